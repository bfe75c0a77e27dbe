"""A small student learns from gold and from what a large teacher says, in probabilities, of unlabelled abstracts."""
