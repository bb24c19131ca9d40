"""The HTML report: one self-contained page that shows a dataset version, and its two pictures by themselves."""
