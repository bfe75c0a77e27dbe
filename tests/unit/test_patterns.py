"""Weak labels by wording: what patterns read off a sentence, what they leave alone, and runs as their corpus."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pytest

from engine.output import write_rows
from engine.schema import CHEMICAL, DISEASE, DOCUMENT_ROW, GENE, Span
from engine.train.annotated import Annotated, CorpusError, GoldMention
from engine.train.corpora.run import read_run, read_run_id
from engine.train.examples import UNLABELLED, build_examples
from engine.train.patterns import state_by_pattern
from tests.tiny_model import tiny_reader
from tests.unit.training_examples import CONFIG

TYPES = {"C": CHEMICAL, "D": DISEASE, "G": GENE}
MARKED = re.compile(r"\[([CDG]) ([^]]+)\]")


def annotated(marked: str) -> Annotated:
    """A document of one sentence, in which `[C aspirin]` is a chemical."""
    text, mentions, end = "", [], 0
    for match in MARKED.finditer(marked):
        text += marked[end : match.start()]
        mentions.append(GoldMention(len(text), len(text) + len(match[2]), TYPES[match[1]]))
        text += match[2]
        end = match.end()
    text += marked[end:]
    return Annotated("PMID:1", "run", text, tuple(mentions), sentences=(Span(0, len(text)),))


def labels(marked: str) -> set[str]:
    """What patterns say of the pairs of a sentence, as `aspirin TREATS pain`; `-` for unrelated."""
    document = state_by_pattern(annotated(marked))
    names = [document.text[m.start : m.end] for m in document.mentions]
    stated = {(r.head, r.tail): r.predicate for r in document.relations}
    assert document.asked is not None
    return {f"{names[h]} {stated.get((h, t), '-')} {names[t]}" for h, t in document.asked}


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("[C Lithium] for [D bipolar disorder]: a trial.", {"Lithium TREATS bipolar disorder"}),
        (
            "Patients with essential [D hypertension] were randomized to [C isradipine] or [C enalapril].",
            {"isradipine TREATS hypertension", "enalapril TREATS hypertension"},
        ),
        (
            "[C Clonidine] significantly reduced [C tamoxifen]-induced [D hot flashes] in women.",
            {"Clonidine TREATS hot flashes", "tamoxifen INDUCES hot flashes"},
        ),
        ("Severe [D hyperkalaemia] caused by [C trimethoprim].", {"trimethoprim INDUCES hyperkalaemia"}),
        ("[C Verapamil] caused transient [D hypotension] (n = 3).", {"Verapamil INDUCES hypotension"}),
        ("[C aspirin] and [G ACE] inhibitors were given.", {"aspirin - ACE"}),
        ("[G CYP2C19] and [G CYP1A2], as well as others.", {"CYP2C19 - CYP1A2", "CYP1A2 - CYP2C19"}),
        ("[C Calcium] channel blockers slow [D nephropathy].", {"Calcium - nephropathy"}),
        ("Plasma [C magnesium] levels fell in [D sepsis].", {"magnesium - sepsis"}),
        (
            "[C Clonidine] for the control of [D hot flashes] in women with [D breast cancer].",
            {"Clonidine TREATS hot flashes", "Clonidine - breast cancer"},
        ),
        (
            "[D Myositis] resistant to [C corticosteroids] was treated with [C rituximab].",
            {"corticosteroids - Myositis"},
        ),
        ("The regression of [D metaplasia] in the [C omeprazole] group.", {"omeprazole TREATS metaplasia"}),
        ("[C Morphine] for [D analgesia] in labour.", {"Morphine - analgesia"}),
        ("All took [C furosemide] daily with an [G ACE] inhibitor.", {"furosemide - ACE"}),
        ("[G ACE] inhibitors, beta-blockers and [C spironolactone] were allowed.", {"spironolactone - ACE"}),
        ("The [G ACE] inhibitor [C enalapril] and [C aspirin].", {"aspirin - ACE"}),
        ("[C Celecoxib] inhibits [G COX-2] but spares [G COX-1].", {"COX-2 - COX-1", "COX-1 - COX-2"}),
        ("[G BIG3] in [G ERα]-positive breast cancers.", {"BIG3 - ERα", "ERα - BIG3"}),
    ],
)
def test_sure_wordings_are_labelled(marked: str, said: set[str]) -> None:
    assert labels(marked) == said


@pytest.mark.parametrize(
    "marked",
    [
        "Whether [C aspirin] did not reduce [D pain] is unknown.",
        "[C Perindopril] induced a significant regression of [D hypertrophy].",
        "[C Ziyuglycoside]-induced human [D retinoblastoma] cell apoptosis.",
        "[C Zolmitriptan] produced meaningful [D migraine] relief.",
        "[C Aspirin] was found in patients who had [D asthma].",
        "[G MDM2] and [G p53] interact.",
        "The [G ACE] inhibitor [C enalapril] was given.",
        "The [G ACE] inhibitors [C enalapril] and [C captopril].",
    ],
)
def test_what_is_denied_or_in_doubt_is_left_alone(marked: str) -> None:
    assert labels(marked) <= {"Perindopril TREATS hypertrophy"}


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("[C Aspirin] did not reduce [D pain].", {"Aspirin TREATS pain"}),
        ("[C Losartan] does not cause dry [D cough].", {"Losartan INDUCES cough"}),
        ("[C Cadmium] failed to inhibit [G Sp1].", {"Cadmium INHIBITS Sp1"}),
        (
            "Neither [C acarbose] nor [C placebol] changed [G insulin].",
            {"acarbose REGULATES insulin", "placebol REGULATES insulin"},
        ),
        ("[D Seizure] duration was not altered by [C nicardipine].", {"nicardipine ASSOCIATED_WITH Seizure"}),
        ("There was no association between [D gout] and [G ABCG2].", {"ABCG2 ASSOCIATED_WITH gout"}),
        ("[C Digoxin] had no effect on [D heart failure].", {"Digoxin ASSOCIATED_WITH heart failure"}),
        ("[C Esomeprazole] is not extensively metabolized by [G CYP2C19].", {"Esomeprazole SUBSTRATE_OF CYP2C19"}),
        ("[G p28] does not bind [G cyclin E].", {"p28 BINDS cyclin E"}),
    ],
)
def test_what_is_denied_is_stated_too(marked: str, said: set[str]) -> None:
    assert labels(marked) == said


@pytest.mark.parametrize(
    "marked",
    [
        "[C Aspirin] not only reduced [D pain].",
        "It is not known whether [C aspirin] reduces [D pain].",
        "No patient with [D pain] took [C aspirin].",
        "[C Lithium] was given without [C aspirin] for years, and [D pain] rose.",
    ],
)
def test_a_denial_of_something_else_says_nothing(marked: str) -> None:
    assert labels(marked) == set()


def test_pairs_without_a_label_and_mentions_teach_nothing() -> None:
    document = state_by_pattern(annotated("[C Aspirin]-induced [D ulcers] and, later, [D asthma] with [G COX2]."))
    assert (document.heads, document.corpus) == (frozenset(), "patterns")
    (built,) = build_examples([document], tiny_reader(), CONFIG)
    assert (built.tags == UNLABELLED).all()
    taught = {(p.head, p.tail): set(row.tolist()) for p, row in zip(built.pairs, built.labels, strict=True)}
    assert taught[0, 1] == {0, 1, UNLABELLED}
    assert all(values == {UNLABELLED} for pair, values in taught.items() if pair != (0, 1))


def test_levels_speak_of_treatment_and_harm_only() -> None:
    document = state_by_pattern(annotated("Plasma [C magnesium] levels fell in [D sepsis]."))
    (built,) = build_examples([document], tiny_reader(), CONFIG)
    named = {CONFIG.labels[column][2] for column in (built.labels[0] == 0).nonzero()[0]}
    assert named == {"TREATS", "INDUCES"}


def test_a_run_is_read_with_its_mentions(tmp_path: Path) -> None:
    good = {"doc_id": "PMID:7", "text": "Aspirin.", "sentences": [{"start": 0, "end": 8}], "errors": []}
    good |= {"mentions": [{"start": 0, "end": 7, "type": CHEMICAL, "score": 0.9}], "source_file": "a", "record": 1}
    bad = {"doc_id": None, "text": None, "sentences": None, "errors": [], "source_file": "a", "record": 2}
    write_rows(pa.Table.from_pylist([good, bad], schema=DOCUMENT_ROW), tmp_path / "shards" / "00000" / "rows")
    (tmp_path / "run.json").write_text(json.dumps({"run_id": "r1"}))
    (document,) = read_run(tmp_path)
    assert (document.doc_id, document.mentions) == ("PMID:7", (GoldMention(0, 7, CHEMICAL),))
    assert read_run_id(tmp_path) == "r1"


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no run of the job"):
        read_run_id(tmp_path)
    with pytest.raises(CorpusError, match="no documents"):
        next(read_run(tmp_path))
