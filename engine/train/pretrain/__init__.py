"""Self-supervised training of an encoder on unlabelled text."""
