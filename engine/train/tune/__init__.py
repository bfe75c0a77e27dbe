"""Search for a fine-tuning's settings in short runs; knows nothing of what runs them."""
