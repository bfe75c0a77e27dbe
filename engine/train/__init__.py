"""Corpora, fine-tuning and evaluation of the extractor."""
