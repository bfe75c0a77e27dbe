"""What a user would write instead: a token classifier for entities, one marked sequence a pair for relations.

Both are heads of the `transformers` library on an encoder, trained by its trainer on BC5CDR's train and development
documents and read by its pipelines. They find chemicals and diseases, and for each two in a sentence whether the one
induces the other. Nothing is linked, nothing denied: less is computed than Hypograph does, but a sequence is read
for every pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.schema import CHEMICAL, DISEASE, Span
from engine.train.annotated import Annotated
from engine.train.corpora.pubtator import concepts_of
from engine.train.examples import sentences_of

TAGS: Final = ("O", *(f"{place}-{type}" for type in (CHEMICAL, DISEASE) for place in "BI"))
INDUCES: Final = ("NONE", "INDUCES")
MAX_TOKENS: Final = 512
OVERLAP_TOKENS: Final = 64
PAIR_TOKENS: Final = 192
BATCH: Final = 16
RATE: Final = {"entities": 2e-4, "relations": 5e-5}  # at 2e-4 the pairs' loss stayed that of the commoner answer
PASSES: Final = {"entities": 6, "relations": 3}
_DROPOUT: Final = {"attention_probs_dropout_prob": 0.0}  # three times as fast on a CPU; other layers keep theirs

Ends = tuple[Span, Span]  # chemical, disease


@dataclass(frozen=True, slots=True)
class PlainReading:
    """What was found in one document; `pairs` is how many sequences were read for its relations."""

    spans: frozenset[tuple[str, Span]]
    induced: tuple[Ends, ...]
    pairs: int


class PlainReader:
    """Both models of a folder that `train_plain` left, as pipelines on the CPU."""

    def __init__(self, folder: Path) -> None:
        from transformers import pipeline

        self._tag = pipeline(
            "token-classification", model=str(folder / "entities"), aggregation_strategy="first",
            stride=OVERLAP_TOKENS, device=-1,
        )  # fmt: skip
        self._relate = pipeline("text-classification", model=str(folder / "relations"), device=-1)

    def read(self, documents: Sequence[Annotated]) -> list[PlainReading]:
        """Entities of all documents, then the relations of all their pairs."""
        found = [_spans_of(said) for said in self._tag([d.text for d in documents], batch_size=BATCH)]
        pairs = [list(pairs_of(d, spans)) for d, spans in zip(documents, found, strict=True)]
        marked = [mark_pair(d, ends) for d, asked in zip(documents, pairs, strict=True) for ends in asked]
        said = iter(self._relate(marked, batch_size=BATCH, truncation=True, max_length=PAIR_TOKENS) if marked else ())
        return [
            PlainReading(
                frozenset(spans),
                tuple(ends for ends in asked if next(said)["label"] == INDUCES[1]),
                len(asked),
            )
            for spans, asked in zip(found, pairs, strict=True)
        ]


def _spans_of(said: Sequence[dict[str, Any]]) -> list[tuple[str, Span]]:
    return [(entity["entity_group"], Span(entity["start"], entity["end"])) for entity in said]


def pairs_of(document: Annotated, spans: Sequence[tuple[str, Span]]) -> Iterator[Ends]:
    """Each chemical with each disease of its sentence."""
    for sentence in sentences_of(document):
        inside = [(type, span) for type, span in spans if sentence.start <= span.start and span.end <= sentence.end]
        for head in (span for type, span in inside if type == CHEMICAL):
            for tail in (span for type, span in inside if type == DISEASE):
                if not head.overlaps(tail):
                    yield head, tail


def mark_pair(document: Annotated, ends: Ends) -> str:
    """The sentence of a pair, with marks about its two ends."""
    sentence = next(s for s in sentences_of(document) if s.start <= ends[0].start < s.end)
    text, at = "", sentence.start
    for mark, end in sorted(zip("#@", ends, strict=True), key=lambda marked: marked[1].start):
        text += f"{document.text[at : end.start]}{mark} {document.text[end.start : end.end]} {mark}"
        at = end.end
    return text + document.text[at : sentence.end]


def train_plain(encoder: Path, out: Path, documents: Sequence[Annotated], *, seed: int = 13) -> None:
    """Train both models and leave them in `out/entities` and `out/relations`; one that is there is kept."""
    import transformers
    from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(encoder, model_max_length=MAX_TOKENS)
    transformers.set_seed(seed)
    if not is_trained(out / "entities"):
        tagger = AutoModelForTokenClassification.from_pretrained(encoder, **_labels(TAGS), **_DROPOUT)
        _train(tagger, tokenizer, _tagged(documents, tokenizer), out / "entities")
    if not is_trained(out / "relations"):
        judge = AutoModelForSequenceClassification.from_pretrained(encoder, **_labels(INDUCES), **_DROPOUT)
        _train(judge, tokenizer, _judged(documents, tokenizer), out / "relations")


def is_trained(folder: Path) -> bool:
    """Whether a model's training has ended there."""
    return (folder / "config.json").is_file()


def _labels(names: Sequence[str]) -> dict[str, Any]:
    return {"id2label": dict(enumerate(names)), "label2id": {name: n for n, name in enumerate(names)}}


def _train(model: Any, tokenizer: Any, rows: list[dict[str, Any]], out: Path) -> None:
    from transformers import DataCollatorForTokenClassification, DataCollatorWithPadding, Trainer, TrainingArguments

    collator = DataCollatorForTokenClassification if out.name == "entities" else DataCollatorWithPadding
    settings = TrainingArguments(
        output_dir=str(out), num_train_epochs=PASSES[out.name], learning_rate=RATE[out.name],
        per_device_train_batch_size=BATCH, warmup_steps=0.05, save_strategy="no", report_to="none", use_cpu=True,
        logging_steps=50, train_sampling_strategy="group_by_length",
    )  # fmt: skip
    trainer = Trainer(model=model, args=settings, train_dataset=rows, data_collator=collator(tokenizer))
    trainer.train()
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


def _tagged(documents: Sequence[Annotated], tokenizer: Any) -> list[dict[str, Any]]:
    """Windows of tokens with the tag of each; what stands for no text has the label that losses pass over."""
    read = tokenizer(
        [d.text for d in documents], truncation=True, max_length=MAX_TOKENS, stride=OVERLAP_TOKENS,
        return_overflowing_tokens=True, return_offsets_mapping=True,
    )  # fmt: skip
    rows = []
    for window, number in enumerate(read["overflow_to_sample_mapping"]):
        labels = []
        for start, end in read["offset_mapping"][window]:
            inside = [m for m in documents[number].mentions if m.start <= start and end <= m.end and start < end]
            tag = f"{'B' if inside[0].start == start else 'I'}-{inside[0].type}" if inside else "O"
            labels.append(TAGS.index(tag) if start < end else -100)
        rows.append({name: read[name][window] for name in ("input_ids", "attention_mask")} | {"labels": labels})
    return rows


def _judged(documents: Sequence[Annotated], tokenizer: Any) -> list[dict[str, Any]]:
    """Marked sentences of gold mentions; a pair is positive if its document relates two of its concepts."""
    rows = []
    for document in documents:
        facts = {(fact.head, fact.tail) for fact in document.concept_relations}
        concepts = {Span(m.start, m.end): concepts_of(m) for m in document.mentions}
        spans = [(m.type, Span(m.start, m.end)) for m in document.mentions]
        for head, tail in pairs_of(document, spans):
            label = any((a, b) in facts for a in concepts[head] for b in concepts[tail])
            read = tokenizer(mark_pair(document, (head, tail)), truncation=True, max_length=PAIR_TOKENS)
            rows.append({**{name: read[name] for name in ("input_ids", "attention_mask")}, "labels": int(label)})
    return rows
