"""Writes finished shards into a graph: see `load` for the order, `documents` for the life cycle, `edges` for belief."""

from graph.write.load import BATCH_ROWS, LoadReport, load_folder
from graph.write.newest import NewestRows
from graph.write.shards import finished_shards

__all__ = ["BATCH_ROWS", "LoadReport", "NewestRows", "finished_shards", "load_folder"]
