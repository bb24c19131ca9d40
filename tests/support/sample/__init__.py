"""What the shipped sample is made of: word lists, templates and hand-written texts, all invented for this project."""
