"""Publish: a finished version goes to a place where others find it, and comes back whole."""
