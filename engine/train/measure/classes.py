"""Class labels of sentences and documents: an item is a text and its label, of the texts that the corpus labels.

Each of these gets one label, so that over all labels together precision, recall and F1 are the share that is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.train.annotated import Annotated
from engine.train.measure.counts import Item

if TYPE_CHECKING:
    from engine.model.predict import Prediction


def gold_classes(document: Annotated) -> set[Item]:
    """The labels that the corpus gives, a kind for each level and label: `sentence finding`."""
    return {(f"{gold.level} {gold.label}", (gold.start, gold.end)) for gold in document.labels}


def chosen_classes(document: Annotated, prediction: Prediction) -> set[Item]:
    """The labels that were chosen for the texts that have a gold one."""
    asked = {(gold.level, gold.start, gold.end) for gold in document.labels}
    return {
        (f"{said.level} {said.label}", (said.start, said.end))
        for said in prediction.labels
        if (said.level, said.start, said.end) in asked
    }
