"""The generative stage: an actor that verifies relations in the doubtful band of their score, and extracts new ones.

One pass over a batch of document rows: passages are asked for relations, then all claims, the classifier's doubtful
ones and the new ones, are verified together. What the engine can't answer costs its answer alone: the row keeps
all that it has, with an error that says what was not answered. It knows nothing of Ray, nor which engine answers.
`EngineDeathError` passes through: whoever runs the actor must end its process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from engine.generate.ask import AnswerCache, Asker
from engine.generate.prompts import ask_claim, state_claim
from engine.generate.request import Answer, Engine
from engine.generate.triples import Passage, RelationType, Triple, check_triples, find_passages, parse_answer
from engine.generate.verify import EVEN, Combination, read_verdict
from engine.schema import DOCUMENT_ROW, GENERATE_STAGE, Mention, Span, is_costly, is_kept_for_verifier
from engine.tables import join_sentences, sentences_of

PREFIX: Final = "generator:"
UNANSWERED: Final = "unanswered"  # the kind of error of a prompt without an answer
ATTEMPTS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """What is asked. `band`: relations whose score lies in it are verified, None verifies none.

    `combination` joins the verifier's score with the classifier's. `least_score`: a new relation that the verifier
    believes less than this is dropped, and one that the classifier kept for the verifier stays no evidence where both
    together believe it less.
    """

    generator: str
    band: tuple[float, float] | None = None
    combination: Combination = EVEN
    types: tuple[RelationType, ...] = ()
    max_tokens: int = 512
    least_score: float = 0.5


@dataclass(slots=True)
class _Claim:
    """A relation to verify: the row that it is in, itself, and what the sentences that state it say."""

    row: dict[str, Any]
    relation: dict[str, Any]
    passage: str
    is_new: bool

    def words(self) -> str:
        """What is claimed, in the passage's own words."""
        head, tail = (_name(self.row, self.relation[end]) for end in ("head", "tail"))
        return state_claim(head, self.relation["predicate"], tail, assertion=self.relation["assertion"])


class Generator:
    """Rewrites `relations` of rows that have been extracted and linked."""

    def __init__(self, *, open_engine: Callable[[], Engine], cache: Path, tasks: Tasks) -> None:
        engine = open_engine()
        self._asker = Asker(engine, AnswerCache(cache, revision=engine.revision))
        self._tasks = tasks
        self._counts: dict[str, float] = defaultdict(float)

    @property
    def counters(self) -> Mapping[str, float]:
        """Prompts, cache hits, tokens and seconds by purpose, and what came of them; the run record sums them."""
        return {**self._asker.counters, **self._counts}

    def __call__(self, table: pa.Table) -> pa.Table:
        """Verify and extract in every row that is neither deleted nor rejected by another stage.

        What an earlier pass had no answer to is asked anew, and its errors go.
        """
        names = ["text", "sentences", "mentions", "relations", "deleted", "errors"]
        rows = table.select(names).to_pylist()
        for row in rows:
            row["relations"], row["errors"] = list(row["relations"] or ()), list(row["errors"] or ())
        readable = [row for row in rows if row["text"] and not row["deleted"] and not _is_rejected(row)]
        for row in readable:
            row["errors"] = []
        self._verify([*self._doubtful(readable), *self._extract(readable)])
        for name in ("relations", "errors"):
            field = DOCUMENT_ROW.field(name)
            column = pa.array([row[name] for row in rows], field.type)
            table = table.set_column(table.column_names.index(name), field, column)
        return table

    # ------------------------------------------------------------------------------------------- verify

    def _doubtful(self, rows: Sequence[dict[str, Any]]) -> list[_Claim]:
        if self._tasks.band is None:
            return []
        low, high = self._tasks.band
        return [
            _Claim(row, relation, stating(row, relation), is_new=False)
            for row in rows
            for relation in row["relations"]
            if not relation["extractor"].startswith(PREFIX) and low <= _classifier_score(relation)
            if _classifier_score(relation) <= high or is_kept_for_verifier(relation)
        ]

    def _verify(self, claims: Sequence[_Claim]) -> None:
        requests = [ask_claim(claim.passage, claim.words()) for claim in claims]
        for claim, answer in zip(claims, self._asker.ask(requests, purpose="verify"), strict=True):
            verdict = read_verdict(answer.logprobs)
            if answer.error or verdict is None:
                self._reject(claim.row, claim.words(), answer.error or "the answer is none of Yes, No and Unclear")
                continue
            likeliest = max(("entailed", "contradicted", "neutral"), key=lambda name: float(getattr(verdict, name)))
            self._counts[likeliest] += 1
            if not claim.is_new:
                own = _classifier_score(claim.relation)
                score, was_kept = self._tasks.combination(own, verdict.entailed), is_kept_for_verifier(claim.relation)
                if was_kept and score < self._tasks.least_score:
                    self._counts["kept_doubtful"] += 1
                    continue
                self._counts["raised"] += was_kept
                claim.relation |= {"classifier_score": own, "verifier_score": verdict.entailed, "score": score}
            elif verdict.entailed >= self._tasks.least_score:
                self._counts["extracted"] += 1
                claim.relation |= {"score": verdict.entailed, "verifier_score": verdict.entailed}
                claim.row["relations"] = [r for r in claim.row["relations"] if not _is_same(r, claim.relation)]
                claim.row["relations"].append(claim.relation)
            else:
                self._counts["dropped_not_entailed"] += 1

    # ------------------------------------------------------------------------------------------ extract

    def _extract(self, rows: Sequence[dict[str, Any]]) -> list[_Claim]:
        if not self._tasks.types:
            return []
        asked = [(row, passage) for row in rows for passage in passages_of(row, self._tasks.types)]
        claims: list[_Claim] = []
        for attempt in range(ATTEMPTS):
            answers = self._ask_relations(asked, attempt)
            failed = []
            for (row, passage), answer in zip(asked, answers, strict=True):
                said = parse_answer(answer)
                if not isinstance(said, str):
                    self._counts["said"] += len(said)
                    triples, dropped = check_triples(said, passage)
                    claims += [self._new_claim(row, triple) for triple in triples]
                    for reason, times in dropped.items():
                        self._counts[f"dropped_{reason}"] += times
                elif answer.error or attempt == ATTEMPTS - 1:
                    self._reject(row, f"relations in {passage.span.start}-{passage.span.end}", said)
                else:
                    self._counts["retried"] += 1
                    failed.append((row, passage))
            asked = failed
        return claims

    def _ask_relations(self, asked: Sequence[tuple[dict[str, Any], Passage]], attempt: int) -> list[Answer]:
        most = self._tasks.max_tokens
        requests = [passage.ask(max_tokens=most, attempt=attempt) for _, passage in asked]
        return self._asker.ask(requests, purpose="extract")

    def _new_claim(self, row: dict[str, Any], triple: Triple) -> _Claim:
        relation = {
            "head": triple.head,
            "tail": triple.tail,
            "predicate": triple.predicate,
            "assertion": triple.assertion,
            "extractor": PREFIX + self._tasks.generator,
        }
        return _Claim(row, relation, stating(row, relation), is_new=True)

    def _reject(self, row: dict[str, Any], what: str, reason: str) -> None:
        self._counts["rejected"] += 1
        row["errors"].append({"stage": GENERATE_STAGE, "kind": UNANSWERED, "message": f"{what}: {reason}"})


def _is_rejected(row: Mapping[str, Any]) -> bool:
    return any(map(is_costly, row["errors"]))


def passages_of(row: Mapping[str, Any], types: Sequence[RelationType]) -> list[Passage]:
    """The passages of a document row that could state one of the relations."""
    sentences = [Span(s["start"], s["end"]) for s in row["sentences"] or ()]
    return list(find_passages(row["text"], sentences, _mentions(row), types))


def stating(row: Mapping[str, Any], relation: Mapping[str, Any]) -> str:
    """The sentences of a relation's ends in a document row, as the evidence will show them."""
    head, tail = (row["mentions"][relation[end]] for end in ("head", "tail"))
    return join_sentences(row["text"], sentences_of(row["sentences"], head, tail))


def _is_same(relation: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether one extractor found these between the same mentions, as an earlier pass and this one do."""
    return all(relation[name] == other[name] for name in ("head", "tail", "predicate", "extractor"))


def _classifier_score(relation: Mapping[str, Any]) -> float:
    own = relation["classifier_score"]
    return float(relation["score"] if own is None else own)


def _mentions(row: Mapping[str, Any]) -> list[Mention]:
    return [Mention(**mention) for mention in row["mentions"] or ()]


def _name(row: Mapping[str, Any], mention: int) -> str:
    span = row["mentions"][mention]
    text: str = row["text"][span["start"] : span["end"]]
    return text
