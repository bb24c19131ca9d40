"""The rules of `filter`: one module is one rule, and its name is the key that a recipe writes under `filter`."""
