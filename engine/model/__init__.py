"""The shared-encoder extractor: network, token windows, decoding, batching, saving and opening a checkpoint."""
