"""Everything that is measured of the linker on gold mentions; the one description of the report's JSON.

    {"schema": 2, "lexicon": version, "split": "test" or "dev", "resamples", "seed",
     "open_seconds", "first_pass_mentions_per_second", "mentions_per_second", "peak_resident_mb",
     "corpora": {"CORPUS/SPLIT": {
        "documents": n,
        "types": {type: {
            "mentions": SIDES, "names": SIDES,
            "no_gold_id": {"gold", "linked"},
            "composites": {"gold", "linked", "right", "all_ids_found"},
            "kin": {"ortholog": n, "family": n},
            "calibration": CALIBRATION}},
        "how": {"TYPE HOW": {"linked", "right", "family", "share"}}}},
     "calibration": {type: CALIBRATION, of all corpora together},
     "end_to_end": {"split": "CORPUS/SPLIT", "documents": n, "model_revision", "dtype",
                    "types": {type: FIGURES of `engine.train.evaluate`}}}
    SIDES = {"carried": SHARES, "all": SHARES}
    SHARES = {"gold", "linked", "right", "linked_share", "precision", "accuracy",
              "intervals_95": {"precision": [low, high], "accuracy": [low, high]}}
    CALIBRATION = {"expected_calibration_error", "forecasts", "bins"} of `engine.train.measure.calibration`

Only mentions with a gold id count as gold; the others are told in "no_gold_id". "all": each of them; "carried": those
of whose gold ids a concept of the lexicon carries one. accuracy = right / gold, precision = right / linked.
A mention is **right** if it has a link and each of its links is, or cross-references, one of its gold ids. A family for
its member and an ortholog are wrong; "kin" says how many wrong links are of these. "composites" are mentions with
several gold ids; "all_ids_found" are those whose links are all right and carry every gold id.
"names": each distinct pair of lower-cased text and set of gold ids counts once, linked or right if most of its mentions
are. Intervals resample documents for mentions, and names for names.
"calibration" and "how" are over links of mentions whose gold id is carried; no gold id is a family's, so links to
families are left out of the first, and the second counts a name once a document. Speed is in seconds of CPU time, of
all threads if the matrix product has several (OPENBLAS_NUM_THREADS=1 for one core's), in batches as the stage has them,
texts included; the first pass fills the linker's memo, the second is warm. "end_to_end" (`measure_documents` of
`engine.train.end_to_end`) is there if a model was given.

Knows nothing of models. `calibrate` and the intervals are those of the extractor's evaluation.
"""

from __future__ import annotations

import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.link.gold import SPLITS, Judge, gold_ids
from engine.link.linker import Link, Linker
from engine.link.scores import FAMILY_PREFIX, LINE, link_score
from engine.schema import GENE
from engine.train.annotated import Annotated
from engine.train.corpora import read_corpus
from engine.train.measure.calibration import calibrate
from engine.train.measure.counts import FOUND, GOLD, PREDICTED, RIGHT, Item, Tally, empty_tally
from engine.train.measure.intervals import RESAMPLES, SEED, Bootstrap

SCHEMA: Final = 2
_AROUND_CHARS: Final = 60
_BATCH_ROWS: Final = 128  # documents, as many as a stage is handed at once

Spans = Sequence[tuple[int, int, str]]
Links = tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class JudgedLink:
    """A link of a gold mention; `kin` says how a wrong one is related to the gold id, if it is."""

    concept_id: str
    how: str
    score: float
    right: bool
    kin: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A gold mention and what the linker said of it; `document` is its place in the split."""

    document: int
    name: str
    type: str
    gold: tuple[str, ...]
    carried: bool
    links: tuple[JudgedLink, ...]
    all_ids_found: bool = False

    @property
    def right(self) -> bool:
        """Whether it is linked, and to gold ids only."""
        return bool(self.links) and all(link.right for link in self.links)


def evaluate_linker(
    split: str,
    *,
    data: Path,
    lexicon: Path | None = None,
    only: Collection[str] | None = None,
    least_score: float = LINE,
) -> tuple[dict[str, Any], list[dict[str, object]]]:
    """Link the gold mentions of a key of `SPLITS` and measure; single-threaded.

    `only`: ids of the documents to take, by default all. `least_score`: as the linker's.
    Returns: the report, and a row for each mention with a carried gold id that isn't right.
    Raises: FileNotFoundError or ArchiveError of the lexicon; CorpusError if a corpus is absent.
    """
    begin = time.perf_counter()
    linker = Linker(lexicon=lexicon, least_score=least_score)
    opened = time.perf_counter() - begin
    corpora = {
        f"{corpus}/{part}": [d for d in read_corpus(corpus, part, data=data) if only is None or d.doc_id in only]
        for corpus, part in SPLITS[split]
    }
    linked, speed = _link_twice(linker, corpora)
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "lexicon": linker.lexicon.version,
        "split": split,
        "resamples": RESAMPLES,
        "seed": SEED,
        "open_seconds": round(opened, 3),
        **speed,
        "peak_resident_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "corpora": {},
    }
    judge, pooled = Judge(linker.lexicon), list[Answer]()
    misses: list[dict[str, object]] = []
    for name, documents in corpora.items():
        answers = judge_links(documents, linked[name], judge)
        report["corpora"][name] = {"documents": len(documents), **measure_answers(answers, len(documents))}
        misses += _list_misses(documents, answers)
        pooled += answers
    report["calibration"] = {type: _calibrate(some) for type, some in _by_type(pooled).items()}
    return report, misses


def link_mentions(linker: Linker, text: str, mentions: Spans, *, widen: bool) -> list[Links]:
    """The links of each (start, end, type) of a document; see `link_batch`."""
    (found,) = link_batch(linker, [(text, mentions)], widen=widen)
    return found


def link_batch(linker: Linker, documents: Iterable[tuple[str, Spans]], *, widen: bool) -> list[list[Links]]:
    """The links of each mention of each document; the one place that knows how many a mention may have.

    `widen`: as the pipeline does; not where gold gives the borders.
    """
    read = linker.link_documents([(text, mentions, ()) for text, mentions in documents], widen=widen)
    return [[tuple(link for _, _, link in parts if link is not None) for parts in found] for found in read]


def judge_links(documents: Sequence[Annotated], linked: Sequence[Sequence[Links]], judge: Judge) -> list[Answer]:
    """What was said of each gold mention, documents and mentions in order."""
    answers = []
    for place, (document, links) in enumerate(zip(documents, linked, strict=True)):
        for mention, found in zip(document.mentions, links, strict=True):
            gold = gold_ids(mention)
            judged = tuple(_judge(link, mention.type, gold, judge) for link in found)
            held = frozenset[str]().union(*(judge.ids(link.concept_id) for link in found))
            answers.append(
                Answer(
                    document=place,
                    name=document.text[mention.start : mention.end],
                    type=mention.type,
                    gold=gold,
                    carried=judge.carried(gold),
                    links=judged,
                    all_ids_found=bool(gold) and all(link.right for link in judged) and held.issuperset(gold),
                )
            )
    return answers


def measure_answers(answers: Sequence[Answer], n_documents: int) -> dict[str, Any]:
    """Figures of one corpus by type, and its links by the way that they were found."""
    bootstrap = Bootstrap(n_documents)
    types = {type: _measure_type(some, bootstrap) for type, some in _by_type(answers).items()}
    return {"types": types, "how": _count_ways(answers)}


def tally_ids(
    stated: Sequence[Collection[Item]], gold: Sequence[Collection[Item]], ids: Callable[[str], Collection[str]]
) -> Tally:
    """Count (type, concept id) against (type, gold id) of each document.

    A concept matches a gold id of its type that is among its `ids`. Each matches at most one; the most pairs count.
    """
    tally = empty_tally(stated, gold)
    for place, (said, true) in enumerate(zip(map(set, stated), map(set, gold), strict=True)):
        for type, counts in tally.items():
            wanted = {str(id) for kind, id in true if kind == type}
            options = {str(id): sorted(wanted.intersection(ids(str(id)))) for kind, id in said if kind == type}
            pairs = _count_pairs(options)
            counts[place, [RIGHT, PREDICTED, FOUND, GOLD]] = pairs, len(options), pairs, len(wanted)
    return tally


# ------------------------------------------------------------------------------------------- inside


def _link_twice(
    linker: Linker, corpora: Mapping[str, Sequence[Annotated]]
) -> tuple[dict[str, list[list[Links]]], dict[str, int]]:
    """The links of each document's gold mentions, and mentions per second without and with the linker's memo."""
    asked = {
        name: [(d.text, [(m.start, m.end, m.type) for m in d.mentions]) for d in documents]
        for name, documents in corpora.items()
    }
    mentions = sum(len(spans) for documents in asked.values() for _, spans in documents)
    linked: dict[str, list[list[Links]]] = {}
    speed: dict[str, int] = {}
    for figure in ("first_pass_mentions_per_second", "mentions_per_second"):
        begin = time.process_time()
        for name, documents in asked.items():
            batches = (documents[i : i + _BATCH_ROWS] for i in range(0, len(documents), _BATCH_ROWS))
            linked[name] = [links for batch in batches for links in link_batch(linker, batch, widen=False)]
        speed[figure] = round(mentions / max(1e-9, time.process_time() - begin))
    return linked, speed


def _judge(link: Link, type: str, gold: tuple[str, ...], judge: Judge) -> JudgedLink:
    right = judge.right(link.concept_id, gold)
    kin = judge.kin(link.concept_id, gold) if type == GENE and not right else None
    return JudgedLink(link.concept_id, link.how, link_score(type, link.how), right, kin)


def _by_type(answers: Iterable[Answer]) -> dict[str, list[Answer]]:
    groups: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[answer.type].append(answer)
    return dict(sorted(groups.items()))


def _measure_type(answers: Sequence[Answer], bootstrap: Bootstrap) -> dict[str, Any]:
    gold = [answer for answer in answers if answer.gold]
    without = [answer for answer in answers if not answer.gold]
    composites = [answer for answer in gold if len(answer.gold) > 1]
    kin = Counter(link.kin for answer in answers for link in answer.links)
    by_mention = [(a.document, a.carried, bool(a.links), a.right) for a in gold]
    by_name = _majorities(gold)
    return {
        "mentions": _sides(by_mention, bootstrap),
        "names": _sides(by_name, Bootstrap(len(by_name))),
        "no_gold_id": {"gold": len(without), "linked": sum(bool(a.links) for a in without)},
        "composites": {
            "gold": len(composites),
            "linked": sum(bool(a.links) for a in composites),
            "right": sum(a.right for a in composites),
            "all_ids_found": sum(a.all_ids_found for a in composites),
        },
        "kin": {name: kin[name] for name in ("ortholog", "family")},
        "calibration": _calibrate(answers),
    }


def _majorities(answers: Iterable[Answer]) -> list[tuple[int, bool, bool, bool]]:
    """Each unique name as (place, carried, linked, right): what more than half of its mentions are."""
    groups: dict[tuple[str, frozenset[str]], list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[answer.name.lower(), frozenset(answer.gold)].append(answer)
    return [
        (
            place,
            group[0].carried,
            2 * sum(bool(a.links) for a in group) > len(group),
            2 * sum(a.right for a in group) > len(group),
        )
        for place, group in enumerate(groups.values())
    ]


def _sides(items: Sequence[tuple[int, bool, bool, bool]], bootstrap: Bootstrap) -> dict[str, dict[str, object]]:
    """SHARES of items (resampled unit, carried, linked, right)."""
    tally = {side: np.zeros((bootstrap.drawn.shape[1], 4), dtype=np.int64) for side in ("carried", "all")}
    for unit, carried, linked, right in items:
        for side in ("carried", "all") if carried else ("all",):
            tally[side][unit, GOLD] += 1
            tally[side][unit, PREDICTED] += linked
            tally[side][unit, [RIGHT, FOUND]] += right
    return {side: _shares(tally[side], figures) for side, figures in bootstrap.describe(tally).items()}


def _shares(counts: np.ndarray, figures: Mapping[str, Any]) -> dict[str, object]:
    """SHARES from FIGURES: of linked mentions recall is accuracy, since each gold mention is asked."""
    gold, linked, right = (int(counts[:, column].sum()) for column in (GOLD, PREDICTED, RIGHT))
    intervals = figures["intervals_95"]
    return {
        "gold": gold,
        "linked": linked,
        "right": right,
        "linked_share": round(linked / max(1, gold), 4),
        "precision": figures["precision"],
        "accuracy": figures["recall"],
        "intervals_95": {"precision": intervals["precision"], "accuracy": intervals["recall"]},
    }


def _calibrate(answers: Iterable[Answer]) -> dict[str, object]:
    links = [
        link for answer in answers if answer.carried for link in answer.links if not link.how.startswith(FAMILY_PREFIX)
    ]
    scores = np.array([[link.score] for link in links], dtype=np.float64).reshape(-1, 1)
    return calibrate(scores, np.array([[link.right] for link in links], dtype=np.int8).reshape(-1, 1))


def _count_ways(answers: Iterable[Answer]) -> dict[str, dict[str, float]]:
    """Links by way; a document that repeats a name says no more about its way than one that names it once."""
    said = {
        (answer.document, answer.name, answer.gold, link)
        for answer in answers
        if answer.carried
        for link in answer.links
    }
    types = {(answer.document, answer.name, answer.gold): answer.type for answer in answers}
    ways: dict[str, Counter[str]] = defaultdict(Counter)
    for document, name, gold, link in said:
        way = ways[f"{types[document, name, gold]} {link.how}"]
        way.update(linked=1, right=int(link.right), family=int(link.kin == "family"))
    return {way: {**count, "share": round(count["right"] / count["linked"], 3)} for way, count in sorted(ways.items())}


def _list_misses(documents: Sequence[Annotated], answers: Sequence[Answer]) -> list[dict[str, object]]:
    """What went wrong with its surroundings; for reading, since it quotes the corpus."""
    mentions = [mention for document in documents for mention in document.mentions]
    rows: list[dict[str, object]] = []
    for answer, mention in zip(answers, mentions, strict=True):
        if answer.carried and not answer.right:
            document = documents[answer.document]
            around = document.text[max(0, mention.start - _AROUND_CHARS) : mention.end + _AROUND_CHARS]
            rows.append(
                {
                    "corpus": document.corpus,
                    "doc": document.doc_id,
                    "type": answer.type,
                    "text": answer.name,
                    "gold": answer.gold,
                    "links": [link.concept_id for link in answer.links],
                    "how": [link.how for link in answer.links],
                    "kin": [link.kin for link in answer.links],
                    "around": around,
                }
            )
    return rows


def _count_pairs(options: Mapping[str, Sequence[str]]) -> int:
    """The most concepts that can each have a gold id of their own among their options.

    Source: H. W. Kuhn, The Hungarian Method for the Assignment Problem (1955): augmenting paths.
    """
    holder: dict[str, str] = {}

    def place(concept: str, tried: set[str]) -> bool:
        for id in options[concept]:
            if id not in tried:
                tried.add(id)
                if id not in holder or place(holder[id], tried):
                    holder[id] = concept
                    return True
        return False

    return sum(place(concept, set()) for concept in options)
