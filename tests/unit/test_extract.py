from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from engine import schema
from engine.assertion import Scope, cut_denial, judge_assertion, read_denial, read_doubt
from engine.extract import Extractor, assemble
from engine.model.checkpoint import model_revision
from engine.model.config import CheckpointError, ExtractorConfig
from engine.model.decode import ScoredSpan
from engine.model.pairs import Pair
from engine.model.predict import Document, Prediction, Predictor
from engine.pipeline import PipelineSettings, build_stages
from engine.schema import CHEMICAL, GENE, TYPE_PAIRS, Span
from engine.stage_actor import SchemaError, StageActor
from tests.tiny_model import HEADS, save_tiny_model

CHEMICAL_GENE = TYPE_PAIRS.index((CHEMICAL, GENE))
GENE_GENE = TYPE_PAIRS.index((GENE, GENE))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model"))


def rows(*texts: str, **changed: object) -> pa.Table:
    values = [
        {
            "doc_id": f"PMID:{i}",
            "revision": 1,
            "deleted": False,
            "retracted": False,
            "text": text,
            "errors": [],
            "sentences": [{"start": 0, "end": len(text)}],
            **changed,
        }
        for i, text in enumerate(texts, start=1)
    ]
    return pa.Table.from_pylist(values, schema=pa.schema([*schema.SOURCE_ROW, *schema.SEGMENT_COLUMNS]))


def test_rows_come_back_in_order_with_the_declared_schema(model: Path) -> None:
    texts = ["aspirin inhibits COX", "", "imatinib targets ABL and KIT in leukaemia " * 12]
    out = Extractor(model=model, threads=1)(rows(*texts))
    assert set(out.schema.names) == set(schema.DOCUMENT_ROW.names)
    assert all(out.schema.field(f.name).type == f.type for f in schema.DOCUMENT_ROW)
    assert out["text"].to_pylist() == texts
    assert out["mentions"][1].as_py() == []


def test_mentions_lie_in_the_text_and_relations_index_them(model: Path) -> None:
    out = Extractor(model=model, threads=1)(rows("imatinib targets ABL and KIT in leukaemia " * 12)).to_pylist()[0]
    assert out["mentions"], "a random tagger at argmax finds something in 84 words"
    assert all(0 <= m["start"] < m["end"] <= len(out["text"]) for m in out["mentions"])
    assert all(r["head"] < len(out["mentions"]) and r["tail"] < len(out["mentions"]) for r in out["relations"])


def test_batching_does_not_change_the_answer(model: Path) -> None:
    texts = ["aspirin inhibits COX", "imatinib targets ABL and KIT " * 9, "TNF drives arthritis"]
    extractor = Extractor(model=model, threads=1)
    together = extractor(rows(*texts)).to_pylist()
    for text, row in zip(texts, together, strict=True):
        alone = extractor(rows(text)).to_pylist()[0]
        assert [(m["start"], m["end"], m["type"]) for m in alone["mentions"]] == [
            (m["start"], m["end"], m["type"]) for m in row["mentions"]
        ]


def test_windows_of_long_and_short_documents_share_passes_and_change_nothing(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts of one to five windows of the tiny model's 64 pieces: read together, in small rounds, and each alone."""
    from engine.model import predict
    from engine.model.predict import Document

    words = ["imatinib", "targets", "ABL", "and", "KIT", "in", "leukaemia", "but", "spares", "healthy", "marrow"]
    texts = [" ".join(itertools.islice(itertools.cycle(words), n)) for n in (3, 40, 7, 25, 11, 0, 33, 5, 18, 29)]
    types = {"imatinib": CHEMICAL, "ABL": GENE, "KIT": GENE}
    named = [[(Span(*m.span()), types[m[0]]) for m in re.finditer("|".join(types), text)] for text in texts]
    documents = [Document(text, [Span(0, len(text))], some) for text, some in zip(texts, named, strict=True)]
    predictor = Extractor(model=model, threads=1, budget_tokens=256, dtype="float32").predictor

    def read(*groups: list[Document]) -> tuple[list[Prediction], float]:
        predictor.tokens.real = predictor.tokens.padded = 0
        read = [prediction for group in groups for prediction in predictor.predict(group)]
        return read, 1 - predictor.tokens.real / predictor.tokens.padded

    together, padding = read(documents)
    alone, _ = read(*([document] for document in documents))
    assert padding < 0.1
    assert sum(len(prediction.pairs) for prediction in together) > 20
    monkeypatch.setattr(predict, "_ROUND_PASSES", 60 / 256)
    in_rounds, _ = read(documents)
    for one, other, third in zip(together, alone, in_rounds, strict=True):
        for found in (other, third):
            assert (one.mentions, one.pairs) == (found.mentions, found.pairs)
            assert np.allclose(one.tags, found.tags, atol=1e-5)
            assert np.allclose(one.scores, found.scores, atol=1e-5)


@pytest.mark.parametrize("changed", [{"deleted": True}, {"errors": [{"stage": "read", "kind": "k", "message": "m"}]}])
def test_deleted_and_failed_rows_are_passed_through(model: Path, changed: dict[str, object]) -> None:
    row = Extractor(model=model, threads=1)(rows("aspirin inhibits COX", **changed)).to_pylist()[0]
    assert (row["mentions"], row["relations"]) == ([], [])
    assert row["errors"] == changed.get("errors", [])


def stage_actor(model: Path, journal: Path) -> StageActor:
    stage = next(stage for stage in build_stages(PipelineSettings(model=model)) if stage.name == "extract")
    return StageActor(stage=replace(stage, timeout_s=None), journal=journal, actor_id="a")


def test_one_unreadable_document_does_not_take_its_batch_along(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict = Predictor.predict

    def fail_on_poison(predictor: Predictor, documents: Sequence[Document]) -> list[Prediction]:
        if any("poison" in d.text for d in documents):
            raise RuntimeError("bad document")
        return predict(predictor, documents)

    monkeypatch.setattr(Predictor, "predict", fail_on_poison)
    out = stage_actor(model, tmp_path)(rows("aspirin inhibits COX", "poison", "TNF")).to_pylist()
    assert [[e["message"] for e in row["errors"]] for row in out] == [[], ["RuntimeError: bad document"], []]


def test_a_broken_device_ends_the_run_although_some_rows_ask_nothing_of_it(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(predictor: Predictor, documents: Sequence[Document]) -> list[Prediction]:
        if documents:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        return []

    monkeypatch.setattr(Predictor, "predict", fail)
    monkeypatch.setattr("engine.stage_actor.MAX_FAULTS_IN_A_ROW", 8)
    batch = pa.concat_tables([rows("aspirin", "inhibits", "COX"), rows("gone", deleted=True), rows("")])
    actor = stage_actor(model, tmp_path)
    actor(batch)
    actor(batch)
    with pytest.raises(SchemaError, match="stage extract took none of the last 8 documents"):
        actor(batch)


def test_an_incomplete_model_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"hypograph\.json"):
        Extractor(model=tmp_path)
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        model_revision(tmp_path)


def test_the_revision_follows_the_files(tmp_path: Path) -> None:
    first = model_revision(save_tiny_model(tmp_path / "a"))
    assert first == model_revision(save_tiny_model(tmp_path / "b"))
    assert first != model_revision(save_tiny_model(tmp_path / "c", seed=1))


NO_TEXT = Document(" " * 40, [Span(0, 40)])  # it denies nothing and leaves nothing open


def prediction(
    pairs: list[Pair], said: list[dict[str, float]], types: list[str], scopes: list[ScoredSpan]
) -> Prediction:
    config = ExtractorConfig(mention_heads=HEADS)
    spans = [ScoredSpan(10 * i, 10 * i + 5, HEADS.index(type), 0.9) for i, type in enumerate(types)]
    scores = np.zeros((len(pairs), len(config.labels)), dtype=np.float32)
    for row, (pair, values) in enumerate(zip(pairs, said, strict=True)):
        for predicate, value in values.items():
            scores[row, config.labels.index((*TYPE_PAIRS[pair.type_pair], predicate))] = value
    mentions = [(Span(s.start, s.end), HEADS[s.head]) for s in spans]
    return Prediction(spans + scopes, mentions, pairs, scores)


def pair(head: int, tail: int, type_pair: int) -> Pair:
    return Pair(head, tail, type_pair, (0, 1), (1, 2), (0, 2))


def test_relations_reach_their_threshold_and_carry_the_assertion() -> None:
    denial = ScoredSpan(8, 15, HEADS.index("NegationScope"), 0.8)
    read = prediction([pair(0, 1, CHEMICAL_GENE)], [{"INHIBITS": 0.7, "BINDS": 0.4}], [CHEMICAL, GENE], [denial])
    mentions, relations = assemble(read, ExtractorConfig(mention_heads=HEADS), NO_TEXT)
    assert [m.type for m in mentions] == [CHEMICAL, GENE]
    assert [(r.predicate, round(r.score, 2), r.assertion, r.assertion_score) for r in relations] == [
        ("INHIBITS", 0.7, "negated", 0.8)
    ]


def test_an_extractor_decides_at_the_operating_point_that_it_is_given(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model", seed=7, thresholds=2.0)
    config = ExtractorConfig.load(folder)
    with pytest.raises(CheckpointError, match="no balanced thresholds; `hypograph models rethreshold"):
        Extractor(model=folder, threads=1, operating_point="balanced")
    replace(config, balanced_thresholds=(0.01,) * len(config.labels)).save(folder)
    text = "imatinib targets ABL and KIT in leukaemia " * 12
    found = {
        point: Extractor(model=folder, threads=1, operating_point=point)(rows(text)).to_pylist()[0]
        for point in ("precise", "balanced")
    }
    assert found["precise"]["mentions"] == found["balanced"]["mentions"]
    assert found["precise"]["relations"] == []
    assert found["balanced"]["relations"]


def test_where_the_text_denies_all_labels_together_decide() -> None:
    denial = ScoredSpan(8, 15, HEADS.index("NegationScope"), 0.8)
    config = ExtractorConfig(mention_heads=HEADS, denied_threshold=0.4)
    never = list(config.labels).index((CHEMICAL, GENE, "REGULATES"))
    config = replace(config, thresholds=tuple(2.0 if i == never else 0.5 for i in range(len(config.labels))))

    def said(scores: dict[str, float], *scopes: ScoredSpan, config: ExtractorConfig = config) -> list[str]:
        read = prediction([pair(0, 1, CHEMICAL_GENE)], [scores], [CHEMICAL, GENE], list(scopes))
        return [f"{r.predicate} {r.assertion}" for r in assemble(read, config, NO_TEXT)[1]]

    unsure = {"INHIBITS": 0.2, "DOWNREGULATES": 0.3}
    assert said(unsure, denial) == ["DOWNREGULATES negated"]
    assert said(unsure) == [], "what is affirmed must be sure of one label"
    assert said(unsure, denial, config=replace(config, denied_threshold=None)) == []
    assert said({"INHIBITS": 0.2, "REGULATES": 0.9}, denial) == [], "a label that nothing taught doesn't count"
    assert said({"INHIBITS": 0.6, "DOWNREGULATES": 0.3}, denial) == ["INHIBITS negated"]


def test_what_does_not_reach_its_threshold_may_be_kept_for_a_verifier() -> None:
    config = ExtractorConfig(mention_heads=HEADS)
    never = list(config.labels).index((CHEMICAL, GENE, "REGULATES"))
    config = replace(config, thresholds=tuple(2.0 if i == never else 0.5 for i in range(len(config.labels))))

    def said(scores: dict[str, float], least: float | None) -> list[tuple[str, float | None]]:
        read = prediction([pair(0, 1, CHEMICAL_GENE)], [scores], [CHEMICAL, GENE], [])
        found = assemble(read, config, NO_TEXT, doubtful_from=least)[1]
        return [(r.predicate, r.classifier_score and round(r.classifier_score, 2)) for r in found]

    unsure = {"INHIBITS": 0.2, "DOWNREGULATES": 0.3, "REGULATES": 0.9}
    assert said(unsure, None) == []
    assert said(unsure, 0.25) == [("DOWNREGULATES", 0.3)]
    assert said(unsure, 0.35) == [], "a label that nothing taught is never kept"
    assert said({"INHIBITS": 0.6, "DOWNREGULATES": 0.3}, 0.2) == [("INHIBITS", None)], "one label a pair"


def test_of_two_orders_one_that_is_stated_speaks_before_one_that_is_kept() -> None:
    pairs = [pair(0, 1, GENE_GENE), pair(1, 0, GENE_GENE)]
    read = prediction(pairs, [{"REGULATES": 0.55}, {"UPREGULATES": 0.45}], [GENE, GENE], [])
    found = assemble(read, ExtractorConfig(mention_heads=HEADS), NO_TEXT, doubtful_from=0.2)[1]
    assert [(r.predicate, r.classifier_score) for r in found] == [("REGULATES", None)]


def test_symmetric_predicates_are_said_once_with_the_mean_of_both_orders() -> None:
    pairs = [pair(0, 1, GENE_GENE), pair(1, 0, GENE_GENE)]
    read = prediction(pairs, [{"BINDS": 0.6}, {"BINDS": 0.8, "UPREGULATES": 0.6}], [GENE, GENE], [])
    _, relations = assemble(read, ExtractorConfig(mention_heads=HEADS), NO_TEXT)
    assert [(r.head, r.tail, r.predicate, round(r.score, 2)) for r in relations] == [(0, 1, "BINDS", 0.7)]


def test_a_pair_states_what_exceeds_its_threshold_by_most() -> None:
    config = ExtractorConfig(mention_heads=HEADS)
    thresholds = [0.5] * len(config.labels)
    thresholds[config.labels.index((CHEMICAL, GENE, "BINDS"))] = 0.2
    thresholds[config.labels.index((CHEMICAL, GENE, "INHIBITS"))] = 0.7
    read = prediction([pair(0, 1, CHEMICAL_GENE)], [{"INHIBITS": 0.72, "BINDS": 0.4}], [CHEMICAL, GENE], [])
    _, relations = assemble(read, ExtractorConfig(mention_heads=HEADS, thresholds=tuple(thresholds)), NO_TEXT)
    assert [r.predicate for r in relations] == ["BINDS"]


def test_a_vague_predicate_gives_way_to_a_precise_one() -> None:
    pairs = [pair(0, 1, GENE_GENE), pair(1, 0, GENE_GENE)]
    read = prediction(pairs, [{"INTERACTS_WITH": 0.9}, {"INTERACTS_WITH": 0.9, "UPREGULATES": 0.6}], [GENE, GENE], [])
    _, relations = assemble(read, ExtractorConfig(mention_heads=HEADS), NO_TEXT)
    assert [(r.head, r.tail, r.predicate) for r in relations] == [(1, 0, "UPREGULATES")]


def test_of_two_denied_orders_the_one_that_is_sure_speaks() -> None:
    denial = ScoredSpan(8, 15, HEADS.index("NegationScope"), 0.8)
    config = ExtractorConfig(mention_heads=HEADS, denied_threshold=0.4)
    said = [{"INTERACTS_WITH": 0.9}, {"INTERACTS_WITH": 0.5, "UPREGULATES": 0.2, "DOWNREGULATES": 0.3}]
    read = prediction([pair(0, 1, GENE_GENE), pair(1, 0, GENE_GENE)], said, [GENE, GENE], [denial])
    assert [r.predicate for r in assemble(read, config, NO_TEXT)[1]] == ["INTERACTS_WITH"]


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("COX by aspirin or without ibuprofen.", "negated"),
        ("COX and aspirin with or without cox.", "affirmed"),
        ("COX and aspirin with/without COX-2.", "affirmed"),
    ],
)
def test_with_or_without_denies_nothing(text: str, assertion: str) -> None:
    """The tagger's scope begins at "without" and covers what follows."""
    begin = text.index("without")
    denial = ScoredSpan(begin, len(text) - 1, HEADS.index("NegationScope"), 0.8)
    read = prediction([pair(0, 1, CHEMICAL_GENE)], [{"INHIBITS": 0.7}], [CHEMICAL, GENE], [])
    tail = text.rindex(" ") + 1
    mentions = [(Span(8, 15), CHEMICAL), (Span(tail, len(text) - 1), GENE)]
    spans = [ScoredSpan(s.start, s.end, HEADS.index(t), 0.9) for s, t in mentions]
    read = replace(read, mentions=mentions, spans=[*spans, denial])
    (said,) = assemble(read, ExtractorConfig(mention_heads=HEADS), Document(text, [Span(0, len(text))]))[1]
    assert said.assertion == assertion


def test_a_scope_over_either_end_decides_and_denial_outranks_doubt() -> None:
    head, tail = Span(0, 5), Span(20, 25)
    doubt, denial = Scope(Span(0, 30), "speculated", 0.9), Scope(Span(15, 30), "negated", 0.7)
    elsewhere = Scope(Span(6, 19), "negated", 0.9)
    text = "x" * 30
    assert judge_assertion(head, tail, [elsewhere], text) == ("affirmed", None)
    assert judge_assertion(head, tail, [doubt, elsewhere], text) == ("speculated", 0.9)
    assert judge_assertion(head, tail, [doubt, denial], text) == ("negated", 0.7)


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("Captopril does [not lower aldosterone].", "negated"),
        ("Captopril [cannot block renin].", "negated"),
        ("Captopril was [not significantly associated with asthma].", "negated"),
        ("There was [no effect of captopril on asthma].", "negated"),
        ("Captopril is [not only a diuretic] but relieves asthma.", "affirmed"),
        ("Captopril may [not fully suppress aldosterone].", "affirmed"),
        ("Captopril was [not more effective than enalapril in asthma].", "speculated"),
        ("Captopril was [not more effective than placebo in asthma].", "negated"),
        ("Captopril was [not more effective than enalapril]. Controls received saline.", "speculated"),
        ("Captopril was [not more effective than enalapril]\nPlacebo in asthma", "speculated"),
        ("Captopril was [not superior to insulin] for glycemic control in diabetes.", "speculated"),
        ("Captopril was [not superior to insulin] in glycemic control.", "speculated"),
        ("Captopril and enalapril did [not differ] in a placebo-controlled trial.", "speculated"),
        ("Captopril was [not superior] vs. placebo in asthma.", "negated"),
        ("Captopril was [not more effective] (12% vs. 13%) than placebo in asthma.", "negated"),
        ("Renin was [not different from those who were given placebo].", "negated"),
        ("Renin did [not differ] from i.v. saline on captopril.", "negated"),
        ("Renin did [not differ] from the control group on captopril.", "negated"),
        ("Captopril was [not better than enalapril] in patients with normal renal function.", "speculated"),
        ("Captopril was [not better than enalapril] in those under control of their asthma.", "speculated"),
        ("Renin did [not differ significantly from normal] on captopril.", "negated"),
        ("Renin was [not higher on captopril than in normal subjects].", "negated"),
        ("Captopril does [not necessarily prevent asthma].", "speculated"),
        ("Survival did [not differ on captopril].", "speculated"),
        ("Survival did [not differ on captopril] or placebo.", "negated"),
        ("There were [no significant differences in asthma between captopril and enalapril].", "speculated"),
        ("There were [no significant differences in asthma between captopril and controls].", "negated"),
        ("They showed [no difference in asthma on captopril].", "negated"),
        ("Half of them did [not receive captopril for asthma].", "speculated"),
        ("Captopril has [not been studied in asthma].", "speculated"),
        ("There are [no reliable data on captopril in asthma].", "speculated"),
        ("It had [no known effect on asthma].", "negated"),
        ("There was [no effect of captopril treatment on asthma].", "negated"),
        ("There was [no treatment effect on asthma].", "negated"),
        ("Asthma was [not lower on captopril].", "speculated"),
        ("Captopril was [no more effective than enalapril in asthma].", "speculated"),
        ("Captopril was [no better than enalapril] in asthma.", "speculated"),
        ("Captopril was [no different from enalapril] in asthma.", "speculated"),
        ("Captopril was [no more effective than placebo in asthma].", "negated"),
        ("Captopril was [no longer effective in asthma].", "negated"),
        ("[Not all patients with asthma respond to captopril].", "affirmed"),
        ("[The effect of captopril on asthma has not been studied].", "speculated"),
        ("[Asthma was not more common with captopril than with enalapril].", "speculated"),
        ("[Asthma was not more common with captopril than with placebo].", "negated"),
        ("[Asthma was not only relieved by captopril], but cured.", "affirmed"),
        ("[Aldosterone was not lowered by captopril].", "negated"),
        ("[Response to captopril was not determined by renin].", "negated"),
        ("[Captopril was not taken up] by renin.", "negated"),
        ("[A role of captopril in asthma cannot be ruled out].", "speculated"),
        ("[A role of captopril in asthma cannot be completely excluded].", "speculated"),
        ("We [cannot exclude a role of captopril in asthma].", "speculated"),
        ("Captopril is not [without risk of asthma].", "affirmed"),
        ("Captopril relieved asthma in patients [without diabetes].", "speculated"),
        ("Captopril relieved asthma in patients with [no diabetes].", "speculated"),
        ("In 12 patients [no asthma after captopril was seen].", "negated"),
        ("Captopril was given to 20 patients [without asthma].", "negated"),
    ],
)
def test_a_denial_says_what_the_words_from_its_cue_on_deny(text: str, assertion: str) -> None:
    """Brackets show the tagger's scope."""
    begin, end = text.index("["), text.index("]") - 1
    assert read_denial(text.replace("[", "").replace("]", ""), Span(begin, end)) == assertion


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("It did [not lessen {salt}-induced {hypertension}].", "affirmed"),
        ("But [not the {H2} receptor antagonist {ranitidine}].", "affirmed"),
        ("{Salt}-induced [{hypertension} was not lessened by it].", "affirmed"),
        ("There was [no {salt}-induced {hypertension}].", "negated"),
        ("It was [without {salt}-related {hypertension}].", "negated"),
        ("{Salt} did [not lessen {hypertension}].", "negated"),
        ("It did [not lessen {salt}]-induced {hypertension}.", "negated"),
        ("In contrast to {enalapril}, losartan does [not cause {cough}].", "affirmed"),
        ("Unlike the older {enalapril}, losartan does [not cause {cough}].", "affirmed"),
        ("In trials {enalapril} does [not cause {cough}].", "negated"),
        ("{GSTT1} raised its risk, while GSTM1 was [not associated with {lymphoma}].", "affirmed"),
        ("{Cetirizine} helped sneezing, whereas [not much effective on {obstruction}].", "negated"),
        ("{IL-6} was lowered by losartan, whereas [{ranitidine} had no effect].", "negated"),
        ("{IL-6} was lowered by losartan, but [not by the H(2) antagonist {ranitidine}].", "negated"),
        ("(1) [no relation to {asthma}] was seen, and (2) {renin} rose.", "affirmed"),
        ("[No toxicity of {bupivacaine}] was seen, while controls had {nausea}.", "negated"),
        ("Mxi1, which [cannot be degraded by {S6K1}], is more stable in {cancer}.", "affirmed"),
        ("{Losartan} (50 mg; n = 30) did [not reduce {proteinuria}].", "negated"),
        ("[No association with {asthma}] (OR 1.1; 95% CI 0.9) was found for {GSTM1}.", "negated"),
        ("{Losartan} lowered blood pressure; it did [not cause {cough}].", "negated"),
        ("{Losartan} lowered blood pressure; however, [no {cough} was observed].", "negated"),
        ("{Losartan} lowered pressure, while having [no effect on {proteinuria}].", "negated"),
        ("Infants exposed to {fluoxetine} while in utero did [not develop {seizures}].", "negated"),
        ("{Carboplatin} [lacks {nephrotoxicity}].", "negated"),
        ("The [lack of {sedation} with {loratadine}] was clear.", "negated"),
        ("{Metformin} did [not reduce {tumor} volume].", "negated"),
        ("Of 13 {cancers} [lacking {Fhit}], ten had lost its gene.", "affirmed"),
        ("The [lack of {Fhit} protein in {cancers}] went with its gene's.", "affirmed"),
        ("{Ramipril} [lacks {ACE} inhibitory activity].", "negated"),
        ("{EGF} was [not related to {tumour} size].", "speculated"),
        ("There was [no correlation of {EGF} with the stage of {cancer}].", "speculated"),
        ("{EGF} was [not related to {cancer} risk].", "negated"),
        ("It was lowered by {losartan} but [not by {enalapril}].", "negated"),
        ("{Losartan} lowered pressure but [not {proteinuria}].", "negated"),
    ],
)
def test_what_a_sentence_takes_for_granted_is_not_denied(text: str, assertion: str) -> None:
    """Brackets show the tagger's scope, braces the two ends."""
    marks = {
        mark: [len(re.sub(r"[][{}]", "", text[: m.start()])) for m in re.finditer(re.escape(mark), text)]
        for mark in "[]{}"
    }
    ends = [Span(start, end) for start, end in zip(marks["{"], marks["}"], strict=True)]
    denial = Scope(Span(marks["["][0], marks["]"][0]), "negated", 0.9)
    for head, tail in (ends, ends[::-1]):
        assert judge_assertion(head, tail, [denial], re.sub(r"[][{}]", "", text))[0] == assertion


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("{Losartan} may lower {renin}.", "speculated"),
        ("The {ACE} inhibitor {captopril} may help.", "affirmed"),
        ("The {angiotensin converting enzyme} (ACE) inhibitor {captopril} may help.", "affirmed"),
        ("{Captopril} (CPT), a selective {ACE} inhibitor, may help.", "affirmed"),
        ("{Captopril}, a drug that {ACE} may be inhibited by", "speculated"),
        ("It may lessen {salt}-induced {hypertension}.", "affirmed"),
        ("Its effect on {seizures} induced by {pilocarpine}.", "affirmed"),
        ("To learn whether {IL-6} (IL6) inhibition with {tocilizumab} matters.", "affirmed"),
        ("The effects of the {ACE} inhibitor captopril ({SQ 14225}) on pressure.", "affirmed"),
        ("To compare an {ACE} inhibitor ({captopril}) with another.", "affirmed"),
        ("To test {meloxicam}, a new drug which preferentially inhibits {COX-2}, in pain.", "affirmed"),
        ("It is owed to {nobiletin}, which possibly inhibits {MMP-9}.", "speculated"),
        ("To find a {peptide} that inhibits {ACE}.", "speculated"),
        ("To learn of {CYP3A4} inhibition by {nefazodone}.", "speculated"),
        ("{Meloxicam}, which may inhibit {COX-2}.", "speculated"),
        ("It was a possible {amiodarone}-induced {hepatitis}.", "speculated"),
        ("It was a putative {EGFR} inhibitor {AG1478}.", "speculated"),
        ("To test {atomoxetine}, a new and highly selective inhibitor of the {transporter}, in ADHD.", "affirmed"),
        ("The potential {eprosartan}-induced {cough}.", "speculated"),
        ("To compare the {COX-2} specific inhibitor {valdecoxib} with naproxen.", "affirmed"),
        ("To review {cholinesterase} inhibitors (donepezil, galantamine, and {tacrine}) in dementia.", "affirmed"),
        ("To learn of {EGFR} inhibition ({ERK} phosphorylation).", "speculated"),
        ("To test {X1}, a putative inhibitor of {COX-2}.", "speculated"),
        ("To compare {losartan} (or {ACE} inhibitors) with placebo.", "speculated"),
        ("To test {losartan}, a diuretic and an inhibitor of {ACE}.", "speculated"),
        ("To test {aspirin}, a statin, and an {ACE} inhibitor.", "speculated"),
        ("To compare the {ACE} inhibitor captopril and {losartan}.", "speculated"),
        ("To test a {proton pump} inhibitor, amoxicillin and {clarithromycin}.", "speculated"),
        ("The potential for {amiodarone}-induced {hepatitis}.", "speculated"),
        ("To test {telmisartan} (long acting {AT1} blocker) in hypertension.", "affirmed"),
        ("To test {theophylline}, a known {CYP1A2} substrate.", "affirmed"),
        ("To test {telmisartan} and an {AT1} blocker.", "speculated"),
    ],
)
def test_what_a_name_tells_is_not_doubted(text: str, assertion: str) -> None:
    """Braces show the two ends; all of the text is a scope of doubt."""
    ends = [Span(m.start() - 2 * n, m.end() - 2 * n - 2) for n, m in enumerate(re.finditer(r"{[^}]+}", text))]
    plain = re.sub("[{}]", "", text)
    doubt = Scope(Span(0, len(plain)), "speculated", 0.9)
    for head, tail in (ends, ends[::-1]):
        assert judge_assertion(head, tail, [doubt], plain)[0] == assertion


@pytest.mark.parametrize(
    ("scope", "assertion"),
    [
        ("can reduce pain", "affirmed"),
        ("can only reduce pain", "speculated"),
        ("should be the drug of choice for pain", "affirmed"),
        ("should therefore be used for pain", "affirmed"),
        ("can be assumed to cause pain", "speculated"),
        ("should not be used for pain", "speculated"),
        ("should be the subject of trials", "speculated"),
        ("should be studied in pain", "speculated"),
        ("may reduce pain", "speculated"),
        ("indicate that pain is reduced", "affirmed"),
        ("indicate that pain may be reduced", "speculated"),
        ("indicate a role in pain", "speculated"),
        ("indicate whether pain is reduced", "speculated"),
        ("indicate that pain is reduced; this may be due to COX", "affirmed"),
    ],
)
def test_what_a_drug_can_do_or_should_be_used_for_is_no_doubt(scope: str, assertion: str) -> None:
    text = f"Fentanyl {scope}."
    assert read_doubt(text, Span(9, len(text))) == assertion


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("X fell; Y did not change", "Y did not change"),
        ("Y did not change, whereas X fell", "Y did not change,"),
        ("Y did not change with X", "Y did not change with X"),
        ("Y changed; X fell", "Y changed; X fell"),  # without a cue there is no clause of it
    ],
)
def test_a_denial_goes_as_far_as_its_clause(text: str, kept: str) -> None:
    cut = cut_denial(text, Span(0, len(text)))
    assert text[cut.start : cut.end].strip() == kept


def test_what_its_sentence_tells_to_be_unrelated_is_left_out_however_sure() -> None:
    """Each sentence is read by itself: in the second one the drug is said to inhibit."""
    text = "Spironolactone was given in addition to ACE inhibition. Spironolactone inhibits ACE."
    middle = text.index(". ") + 1
    named = [("Spironolactone", CHEMICAL), ("ACE", GENE)]
    mentions = [
        (Span(at, at + len(name)), type)
        for part in (0, middle)
        for name, type in named
        for at in [text.index(name, part)]
    ]
    scores = [{"INHIBITS": 0.99}, {"INHIBITS": 0.9}]
    pairs = [pair(0, 1, CHEMICAL_GENE), pair(2, 3, CHEMICAL_GENE)]
    read = prediction(pairs, scores, [type for _, type in mentions], [])
    spans = [ScoredSpan(s.start, s.end, HEADS.index(t), 0.9) for s, t in mentions]
    read = replace(read, mentions=mentions, spans=spans)
    sentences = [Span(0, middle), Span(middle + 1, len(text))]
    _, relations = assemble(read, ExtractorConfig(mention_heads=HEADS), Document(text, sentences))
    assert [(said.head, said.tail) for said in relations] == [(2, 3)]
