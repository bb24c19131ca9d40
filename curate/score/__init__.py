"""Score: what a model answers to records, so that training can begin where it fails.

Read in this order: `settings` (what a recipe may say), `match` (predictions made elsewhere), `prompt` (what a model is
asked), `backend` (the two that answer: `local`, a transformers model here, and `endpoint`, a service), `answers` (every
answer is kept), `ask` (the loop over all three), `measure` (how good the answers are), `table` (what that says of each
task).
"""
