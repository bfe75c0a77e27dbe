"""Batches of the graph's writers."""

from __future__ import annotations

import pytest

from graph.write.batch import chunks_by_weight


@pytest.mark.parametrize(
    ("weights", "batches"),
    [
        ([], []),
        ([2, 3, 1, 4], [[2, 3], [1, 4]]),
        ([9, 1, 9, 9, 1], [[9], [1], [9], [9], [1]]),
        ([1, 1, 1, 1, 1, 1], [[1, 1, 1, 1, 1], [1]]),
    ],
)
def test_batches_hold_so_much_and_a_heavy_item_comes_alone(weights: list[int], batches: list[list[int]]) -> None:
    assert [list(batch) for batch in chunks_by_weight(weights, 5, lambda weight: weight)] == batches
