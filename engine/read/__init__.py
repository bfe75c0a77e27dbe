"""Readers: one file a format, each turns a stream of bytes into rows of `engine.schema.SOURCE_ROW`."""
