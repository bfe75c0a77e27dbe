"""A language model learns, by a LoRA adapter, to judge claims and to extract relations as the generative stage asks."""
