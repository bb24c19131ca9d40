"""The metrics: one module is one metric, and its name is the name that a recipe writes."""
