"""Readers of a finished dataset version: what went in, what left, and why."""
