"""The thin QLoRA trainer: reads a finished dataset version and nothing else of the engine."""
