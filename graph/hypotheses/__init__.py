"""Hypotheses: pairs of concepts that nobody has joined yet, ranked by the paths A-B-C between them; tested on the past.

Pure are `network` (concepts, edges, degrees; rodent genes merged into human ones), `paths` (scores, signs, open and
closed discovery), `backtest` and `ranking`. `read` goes from a store to a network. What a list of hypotheses shows is a
networkx graph in `subgraph`, written by `export` (GraphML, KGX) and `picture` (SVG, PNG, HTML), or rows in `report`.
"""
