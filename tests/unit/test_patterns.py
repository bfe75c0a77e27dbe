"""Weak labels by wording: what patterns read off a sentence, what they leave alone, and runs as their corpus."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from engine.output import write_rows
from engine.schema import CHEMICAL, DISEASE, DOCUMENT_ROW, GENE, Span
from engine.train.annotated import Annotated, CorpusError, GoldMention, GoldRelation
from engine.train.corpora.run import read_run, read_run_id
from engine.train.examples import UNLABELLED, build_examples
from engine.train.patterns import state_beside_corpus, state_by_pattern
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
        (
            "[C Celecoxib] inhibits [G COX-2] but spares [G COX-1].",
            {"COX-2 - COX-1", "COX-1 - COX-2", "Celecoxib - COX-1"},
        ),
        ("[C Perindopril] induced a significant regression of [D hypertrophy].", {"Perindopril - hypertrophy"}),
        ("[C Zolmitriptan] produced meaningful [D migraine] relief.", {"Zolmitriptan - migraine"}),
        ("[C Captopril] in non-[D diabetic] patients.", {"Captopril - diabetic"}),
        ("[C Aspirin] did not improve [G insulin] sensitivity.", {"Aspirin - insulin"}),
        ("[G BIG3] in [G ERα]-positive breast cancers.", {"BIG3 - ERα", "ERα - BIG3"}),
        (
            "[C Ramipril] was given to [D hypertensive] patients with [D diabetes].",
            {"Ramipril - diabetes"},
        ),
        ("[C Ramipril] in [D diabetic] patients with [D albuminuria].", {"Ramipril - diabetic"}),
        ("The pharmacokinetics of [C captopril] in patients with [D heart failure].", {"captopril - heart failure"}),
        (
            "Patients who underwent resection of [D cancer] were randomized to [C sufentanil].",
            {"sufentanil - cancer"},
        ),
        ("[C Amlodipine] is comparable to [G ACE] inhibitor for renoprotection.", {"Amlodipine - ACE"}),
        ("[C Carvedilol] added to [G ACE] inhibition.", {"Carvedilol - ACE"}),
        ("A highly specific [G COX-2] inhibitor, [C flosulide], and [C naproxen].", {"naproxen - COX-2"}),
        ("The [G COX-2] inhibitor, [C meloxicam], with [C diclofenac].", {"diclofenac - COX-2"}),
        (
            "[C Nifedipine] is an antagonist, and [C lisinopril] is a new [G ACE] inhibitor.",
            {"Nifedipine - ACE"},
        ),
        ("[G ACE] inhibitor-induced [D cough] after [C losartan].", {"losartan - ACE", "ACE - cough"}),
        (
            "[C Desmethylselegiline], a metabolite of [C selegiline], is an inhibitor of [G MAOB].",
            {"selegiline - MAOB"},
        ),
        ("[C Calcium] antagonists in [D hypertension].", {"Calcium - hypertension"}),
    ],
)
def test_sure_wordings_are_labelled(marked: str, said: set[str]) -> None:
    assert labels(marked) == said


@pytest.mark.parametrize(
    "marked",
    [
        "Whether [C aspirin] did not reduce [D pain] is unknown.",
        "[C Ziyuglycoside]-induced human [D retinoblastoma] cell apoptosis.",
        "[C Aspirin] was found in patients who had [D asthma].",
        "[G MDM2] and [G p53] interact.",
        "The [G ACE] inhibitor [C enalapril] was given.",
        "The [G ACE] inhibitors [C enalapril] and [C captopril].",
        "[C Captopril] was given with the [G ACE] inhibitor [C captopril].",
        "[C Ramipril] versus other [G ACE] inhibitors.",
        "[C Metformin] in [D diabetic] patients with [D obesity].",
        "[C Ramipril] and insulin sensitivity in [D diabetic] patients.",
    ],
)
def test_what_is_denied_or_in_doubt_is_left_alone(marked: str) -> None:
    assert labels(marked) == set()


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
        ("[G CREB] was not activated by [G NGF].", {"NGF UPREGULATES CREB"}),
        ("[D Bleeding] time was unchanged after [C heparin].", {"heparin ASSOCIATED_WITH Bleeding"}),
        ("[C Fondaparinux] reduced mortality without increasing [D bleeding].", {"Fondaparinux INDUCES bleeding"}),
        (
            "[C Losartan] (50 mg/day) was not associated with an increased risk of [D cough].",
            {"Losartan INDUCES cough"},
        ),
        ("[C Glibenclamide], but not [C acarbose], increases [G leptin].", {"acarbose UPREGULATES leptin"}),
        ("[C Gabapentin] is not effective in the treatment of [D mania].", {"Gabapentin TREATS mania"}),
        ("There was no improvement in [D pain] after [C morphine].", {"morphine TREATS pain"}),
        ("[G H1] was inhibited by [C loratadine], but not by [C ranitidine].", {"ranitidine INHIBITS H1"}),
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
        "[G ACE] inhibitors do not increase [G EPO].",
        "[C Ramipril] did not decrease blood flow in [D hypertensive] patients.",
        "[G TIMP3] rose without a change in [G TIMP3] expression.",
        "[C Aspirin] did not alter heart rate but reduced [D pain].",
        "[C Aspirin] was not inferior and reduced [D stroke].",
        "[C Aspirin] did not inhibit [G IL1]-induced apoptosis.",
    ],
)
def test_a_denial_of_something_else_says_nothing(marked: str) -> None:
    assert labels(marked) == set()


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("[G TNF] induced the expression of [G IL6].", {"TNF UPREGULATES IL6", "IL6 - TNF"}),
        ("[G CARP] overexpression suppresses [G TNNC1] transcription.", {"CARP DOWNREGULATES TNNC1", "TNNC1 - CARP"}),
        ("[G ERK] is activated by [G EGF].", {"EGF UPREGULATES ERK", "ERK - EGF"}),
        ("[G NGF]-induced [G CREB] phosphorylation.", {"NGF UPREGULATES CREB", "CREB - NGF"}),
        ("Repression of [G ADH2] by [G MIG1].", {"MIG1 DOWNREGULATES ADH2", "ADH2 - MIG1"}),
        ("[G RSMC] negatively regulates [G RSMB].", {"RSMC DOWNREGULATES RSMB", "RSMB - RSMC"}),
        ("[G PKA] controls [G CREB] activity.", {"PKA REGULATES CREB", "CREB - PKA"}),
        ("Knockdown of [G TNF] reduced [G IL6] expression.", {"TNF - IL6"}),
        ("[G TNF] inhibitors reduced [G IL6] expression.", set()),
        ("[G TNF] may induce [G IL6].", set()),
        ("[G IL10] inhibits [G TNF]-induced apoptosis.", set()),
        ("[G TNF]-induced degradation of [G IKBA].", set()),
        ("[G MDM2] enhances [G p53] degradation.", set()),
        ("Treatment increased [G BAX] expression and decreased [G BCL2] expression.", set()),
        ("[G TNF]-induced reduced [G IL6] expression.", set()),
    ],
)
def test_regulation_of_genes_has_a_direction(marked: str, said: set[str]) -> None:
    assert labels(marked) == said


def test_wording_says_of_a_corpus_what_it_leaves_out() -> None:
    document = replace(
        annotated(
            "[C Aspirin] did not inhibit [G COX1], [C zinc] did not inhibit [G COX2]; "
            "in cultured macrophages [G TNF] induced [G IL6]."
        ),
        corpus="drugprot",
        heads=frozenset({CHEMICAL, GENE}),
        predicates={(CHEMICAL, GENE): frozenset({"INHIBITS"})},
        relations=(GoldRelation(2, 3, "INHIBITS"),),
    )
    labelled = state_beside_corpus(document)
    assert set(labelled.relations) == {GoldRelation(0, 1, "INHIBITS"), GoldRelation(4, 5, "UPREGULATES")}
    assert (labelled.corpus, labelled.heads) == ("patterns", frozenset())
    annotated_both_ways = replace(document, relations=(GoldRelation(2, 3, "INHIBITS"), GoldRelation(5, 4, "BINDS")))
    assert set(state_beside_corpus(annotated_both_ways).relations) == {GoldRelation(0, 1, "INHIBITS")}
    regulated = replace(document, predicates={(GENE, GENE): frozenset({"UPREGULATES"})})
    assert set(state_beside_corpus(regulated).relations) == {GoldRelation(0, 1, "INHIBITS")}


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
    (tmp_path / "run.json").write_text(json.dumps({"run_id": "r1", "status": "running"}))
    with pytest.raises(CorpusError, match="the run isn't finished"):
        next(read_run(tmp_path))
    (tmp_path / "run.json").write_text(json.dumps({"run_id": "r1", "status": "finished"}))
    (document,) = read_run(tmp_path)
    assert (document.doc_id, document.mentions) == ("PMID:7", (GoldMention(0, 7, CHEMICAL),))
    assert read_run_id(tmp_path) == "r1"


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no run of the job"):
        read_run_id(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"run_id": "r1", "status": "finished"}))
    with pytest.raises(CorpusError, match="no documents"):
        next(read_run(tmp_path))
