"""Reads biomedical text, extracts mentions and relations, links them. Knows nothing of graphs or command lines."""
