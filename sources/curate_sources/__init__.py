"""The sources that come with curate: one module is one source, and its name is the name that a recipe writes."""
