"""YAML documents that people write, read strictly: plain values, each with its place, and every fault told at once.

Recipes are such documents, of datasets and of training runs. Reading order: tree (YAML -> nodes with places), fault
(what is wrong, collected), override (`--set` on the command line), check (a part of the tree against a pydantic model,
and its errors in words).
"""
