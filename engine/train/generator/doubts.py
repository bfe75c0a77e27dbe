"""The relations that an extractor is in doubt of, as the generative stage would ask of them, with what gold says.

To verify these is what a generator is for, so they are the claims that it learns most from. Trade-off: of documents
that trained it an extractor is too sure, so a wider band is taken there than at run time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.generate.prompts import ENTAILED, NEUTRAL
from engine.generate.request import Request
from engine.model.predict import Predictor
from engine.schema import AFFIRMED
from engine.train.annotated import Annotated
from engine.train.generator.lessons import Lesson, ask_about, claim_lesson
from engine.train.generator.triples import Said
from engine.train.readings import score_pairs


@dataclass(frozen=True, slots=True)
class Doubt:
    """A relation between two mentions: the extractor's score, its label's threshold, and whether gold has it."""

    document: Annotated
    said: Said
    score: float
    threshold: float
    is_right: bool

    @property
    def request(self) -> Request:
        """The question whether the passage states it."""
        return ask_about(self.document, self.said, AFFIRMED)

    @property
    def lesson(self) -> Lesson:
        """The question with gold's answer."""
        return claim_lesson(self.document, self.said, AFFIRMED, ENTAILED if self.is_right else NEUTRAL)


def find_doubts(predictor: Predictor, documents: Sequence[Annotated], band: tuple[float, float]) -> list[Doubt]:
    """The relations whose score lies in the band, of documents that relate mentions, in their order."""
    found = []
    config = predictor.config
    for document, read in score_pairs(predictor, documents).readings:
        gold = {(r.head, r.tail, r.predicate) for r in document.relations}
        for pair, scores in zip(read.pairs, read.scores, strict=True):
            types = config.type_pairs[pair.type_pair]
            asked = document.predicates.get(types, frozenset())
            for (*ends, predicate), score, threshold in zip(config.labels, scores, config.thresholds, strict=True):
                if tuple(ends) == types and predicate in asked and band[0] <= score <= band[1]:
                    said = pair.head, pair.tail, predicate
                    found.append(Doubt(document, said, float(score), threshold, said in gold))
    return found
