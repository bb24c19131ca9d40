"""curate: from raw instruction data to a fine-tuning dataset that you can trust."""

__version__ = "0.1.0"
