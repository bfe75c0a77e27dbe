"""Linking: mentions to concept ids, over one lexicon that is compiled once and mapped by every actor.

Knows nothing of models, Ray or graphs. Files: `build` compiles, `archive` is the file format, `lexicon` looks
up, `linker` is the pipeline stage.
"""
