"""Training examples written by hand."""

from __future__ import annotations

from engine.model.config import ExtractorConfig
from engine.schema import CHEMICAL, DISEASE, GENE, Span
from engine.train.annotated import Annotated, ConceptRelation, GoldMention
from engine.train.examples import Example, build_examples
from tests.tiny_model import HEADS, tiny_reader

CONFIG = ExtractorConfig(mention_heads=HEADS, max_tokens=512)
INHIBITS = CONFIG.labels.index((CHEMICAL, GENE, "INHIBITS"))
TREATS = CONFIG.labels.index((CHEMICAL, DISEASE, "TREATS"))
INDUCES = CONFIG.labels.index((CHEMICAL, DISEASE, "INDUCES"))


def example(text: str, mentions: list[tuple[str, str]], **annotations: object) -> Example:
    gold = tuple(GoldMention(text.index(s), text.index(s) + len(s), type, s) for s, type in mentions)
    document = Annotated("PMID:1", "c", text, gold, sentences=(Span(0, len(text)),), **annotations)  # type: ignore[arg-type]
    (built,) = build_examples([document], tiny_reader(), CONFIG)
    return built


def induced_asthma(*annotated: str) -> Example:
    """Two mentions of one chemical and one disease, of which a corpus says INDUCES; `annotated`: its predicates."""
    text = "aspirin and aspirin in asthma"
    mentions = (
        GoldMention(0, 7, CHEMICAL, "D1"),
        GoldMention(12, 19, CHEMICAL, "D1"),
        GoldMention(23, 29, DISEASE, "D2"),
    )
    document = Annotated(
        "PMID:1", "c", text, mentions,
        concept_relations=(ConceptRelation("D1", "D2", "INDUCES"),),
        predicates={(CHEMICAL, DISEASE): frozenset(annotated)},
        sentences=(Span(0, len(text)),),
    )  # fmt: skip
    (built,) = build_examples([document], tiny_reader(), CONFIG)
    return built
