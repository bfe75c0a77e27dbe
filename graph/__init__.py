"""Owns the graph: its stores, schema, writer, belief and questions. Knows nothing of models."""
