"""Names of the user's own: what a file may say, what it must not, and how the names reach linker and tables."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.link.entry import CURATED, WEAK
from engine.link.lexicon import Concept, Lexicon
from engine.link.linker import Linker
from engine.link.own_names import OwnNamesError, open_lexicon, open_with_names, read_own_names
from engine.pipeline import build_stages
from engine.schema import TAGGED_AS
from engine.tables import derive_entities
from jobs import extract as extract_job
from jobs.cli import main
from jobs.extract import _open_weights
from jobs.ray_session import Capacity, resolve
from jobs.run_record import open_record
from jobs.settings import Settings
from tests.unit.tiny_vocab import pack_tiny_lexicon

GOOD = """name|type|id|preferred|taxon
CPD-17|Drug|acme:CPD-17|acmetinib|
ACM 0017|Drug|acme:CPD-17||
Target K|Gene|hgnc:3236||
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lexicon")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPOGRAPH_CACHE", str(folder / "cache"))
        return pack_tiny_lexicon(folder)


@pytest.fixture(autouse=True)
def _own_cache(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPOGRAPH_CACHE", str(path.parent / "cache"))


def tsv(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    """Bars stand for tabs."""
    file = folder / "names.tsv"
    file.write_bytes(text.replace("|", "\t").encode(encoding))
    return file


def opened(path: Path, folder: Path, text: str) -> Lexicon:
    return open_with_names(path, tsv(folder, text))[0]


def linked(path: Path, folder: Path, rows: str, text: str, name: str, type: str) -> str | None:
    """The id that a mention gets, given the rows below the head line."""
    names = tsv(folder, "name|type|id|preferred|taxon\n" + rows)
    linker = Linker(lexicon=path, own=read_own_names(names, Lexicon.open(path)))
    start = text.index(name)
    (link,) = linker.link_document(text, [(start, start + len(name), type)])
    return link.concept_id if link else None


# ---------------------------------------------------------------------------------------- the lexicon with names


def test_a_new_concept_has_its_names(path: Path, tmp_path: Path) -> None:
    lexicon = opened(path, tmp_path, GOOD)
    expected = Concept("acme:CPD-17", "Drug", "acmetinib", ("CPD-17", "ACM 0017"), (), None)
    assert lexicon.concept("acme:CPD-17") == expected
    for name in ("CPD-17", "cpd17", "ACM-0017", "Acmetinib"):
        assert lexicon.lookup(name, "Chemical") == ("acme:CPD-17",), name
    assert lexicon.lookup("CPD-17", "Gene") == ()
    assert lexicon.edges("acme:CPD-17") == ()
    assert {("CPD-17", "Chemical"), ("acmetinib", "Chemical"), ("Target K", "Gene")} <= set(lexicon.names())
    assert "acme:CPD-17" in lexicon.all_ids()


def test_without_a_preferred_name_the_first_is_it(path: Path, tmp_path: Path) -> None:
    concept = opened(path, tmp_path, "id|name|type\nacme:1|One|Disease\nacme:1|Uno|Disease\n").concept("acme:1")
    assert concept == Concept("acme:1", "Disease", "One", ("Uno",), (), None)


def test_a_known_concept_gains_a_synonym_and_keeps_the_rest(path: Path, tmp_path: Path) -> None:
    plain, lexicon = Lexicon.open(path).concept("hgnc:3236"), opened(path, tmp_path, GOOD).concept("hgnc:3236")
    assert plain is not None
    assert lexicon is not None
    assert lexicon.synonyms == (*plain.synonyms, "Target K")
    assert (lexicon.name, lexicon.xrefs, lexicon.taxon) == (plain.name, plain.xrefs, plain.taxon)


def test_what_no_row_names_is_as_before(path: Path, tmp_path: Path) -> None:
    plain, lexicon = Lexicon.open(path), opened(path, tmp_path, GOOD)
    for name, type in plain.names():
        assert lexicon.candidates(name, type) == plain.candidates(name, type)


def test_search_shows_own_names_first(path: Path, tmp_path: Path) -> None:
    lexicon = opened(path, tmp_path, "name|type|id\nimatizol|Chemical|acme:2\n")
    assert lexicon.search("imati", limit=2) == (("imatizol", "acme:2"), ("Imatinib", "mesh:D000068877"))
    assert lexicon.search("imati", limit=1) == (("imatizol", "acme:2"),)
    assert lexicon.search("") == ()


@pytest.mark.parametrize("id", ["mesh:D000068877", "MESH:D000068877", "drugbank:DB00619", "DrugBank:DB00619"])
def test_an_id_may_be_a_cross_reference_and_its_prefix_in_capitals(path: Path, tmp_path: Path, id: str) -> None:
    lexicon = opened(path, tmp_path, f"name|type|id\nCPD-9|Chemical|{id}\n")
    assert lexicon.lookup("CPD-9", "Chemical") == ("mesh:D000068877",)


def test_a_sheet_as_spreadsheets_write_it(path: Path, tmp_path: Path) -> None:
    plain = read_own_names(tsv(tmp_path, GOOD), Lexicon.open(path))
    odd = GOOD.replace("\n", "\r\n") + "\r\n||||\r\nCPD-17|Drug|acme:CPD-17||\r\n  ACM   0017 |Drug|acme:CPD-17\r\n"
    assert read_own_names(tsv(tmp_path, odd, encoding="utf-8-sig"), Lexicon.open(path)) == plain


def test_a_spreadsheets_quotes_are_no_part_of_a_name(path: Path, tmp_path: Path) -> None:
    rows = 'name|type|id\n"1,3-acmol"|"Drug"|acme:1\n"5""-acmol, salt"|Drug|acme:2\n'
    names = [concept.name for concept in read_own_names(tsv(tmp_path, rows), Lexicon.open(path)).concepts]
    assert names == ["1,3-acmol", '5"-acmol, salt']


@pytest.mark.parametrize(("id", "gene"), [("uniprot:P00533", "hgnc:3236"), ("UniProt:Q01279", "ncbigene:13649")])
def test_a_proteins_id_means_its_gene(path: Path, tmp_path: Path, id: str, gene: str) -> None:
    assert opened(path, tmp_path, f"name|type|id\nTarget Q|Gene|{id}\n").lookup("Target Q", "Gene") == (gene,)


# ---------------------------------------------------------------------------------------- who wins


def test_a_vocabularys_homonym_comes_after(path: Path, tmp_path: Path) -> None:
    lexicon = opened(path, tmp_path, "name|type|id\naspirin|Chemical|acme:3\n")
    found = [(c.concept_id, c.rank) for c in lexicon.candidates("Aspirin", "Chemical")]
    assert found == [("acme:3", CURATED), ("mesh:D001241", WEAK)]


@pytest.mark.parametrize(
    ("row", "text", "name", "type", "expected"),
    [
        ("imatinib|Chemical|acme:3||", "We gave imatinib.", "imatinib", "Chemical", "acme:3"),
        ("Hypertension|Disease|acme:4||", "Patients had hypertension.", "hypertension", "Disease", "acme:4"),
        ("TP53|Gene|hgnc:3236||", "TP53 was mutated.", "TP53", "Gene", "hgnc:3236"),
        # A name that is ours already, for another gene: `pack_tiny_lexicon` has it curated.
        ("p53 tumour suppressor|Gene|acme:5||", "The p53 tumour suppressor fell.", "p53 tumour suppressor", "Gene",
         "acme:5"),
        ("CD25|Gene|hgnc:6130||", "CD25 rose.", "CD25", "Gene", "hgnc:6130"),
        ("cat|Gene|acme:6||", "The cat gene.", "cat", "Gene", "acme:6"),
        ("K9|Gene|hgnc:3236||", "In mice K9 rose; mice died.", "K9", "Gene", "ncbigene:13649"),
        ("p44|Gene|hgnc:3236||", "In mice p44 rose; mice died.", "p44", "Gene", "ncbigene:13649"),
        ("Trp53|Gene|hgnc:11998||", "In mice Trp53 rose; mice died.", "Trp53", "Gene", "ncbigene:22059"),
        ("NF-kB|Gene|hgnc:3236||", "In mice NF-kB rose; mice died.", "NF-kB", "Gene", "ncbigene:13649"),
        ("K9|Gene|acme:7||", "In mice K9 rose; mice died.", "K9", "Gene", "acme:7"),
        ("K9|Gene|acme:7||ncbitaxon:9606", "In mice K9 rose; mice died.", "K9", "Gene", "acme:7"),
        ("K9|GeneFamily|fplx:ERBB||", "K9 rose.", "K9", "Gene", "fplx:ERBB"),
    ],
)  # fmt: skip
def test_the_users_word_wins(
    path: Path, tmp_path: Path, row: str, text: str, name: str, type: str, expected: str | None
) -> None:
    assert linked(path, tmp_path, row + "\n", text, name, type) == expected


def test_a_name_that_the_user_gives_twice_stays_unlinked(path: Path, tmp_path: Path) -> None:
    rows = "K9|Chemical|acme:8||\nK9|Chemical|acme:9||\n"
    assert linked(path, tmp_path, rows, "We gave K9.", "K9", "Chemical") is None


def test_a_defined_short_form_keeps_the_documents_meaning(path: Path, tmp_path: Path) -> None:
    text = "Lysergic acid diethylamide (LSD) was given. LSD is old."
    assert linked(path, tmp_path, "LSD|Chemical|acme:3||\n", text, "LSD", "Chemical") == "mesh:D008238"


# ---------------------------------------------------------------------------------------- bad files


BAD_ROWS = [
    ("|Drug|acme:1||", "no name"),
    ("x1|||acme:1|", "no type"),
    ("x1|Drug", "no id"),
    ("x1|Protien|acme:1||", "type 'Protien': expected one of Gene, GeneFamily, Chemical, Drug, Disease, Phenotype"),
    ("x1|Drug|CPD-17||", "id 'CPD-17': expected prefix:local without spaces"),
    ("x1|Drug|acme:||", "id 'acme:': expected prefix:local without spaces"),
    ("x1|Drug|:17||", "id ':17': expected prefix:local without spaces"),
    ("x1|Drug|acme:CPD 17||", "id 'acme:CPD 17': expected prefix:local without spaces"),
    ("x1|Disease|hgnc:3236||", "type 'Disease': hgnc:3236 is a Gene, 'EGFR'"),
    ("x1|Disease|uniprot:Q01279||", "type 'Disease': ncbigene:13649 is a Gene, 'Egfr'"),
    ("x1|Gene|hgnc:3236|HER1|", "preferred 'HER1': hgnc:3236 is in the lexicon, as 'EGFR'"),
    ("x1|Gene|hgnc:3236||ncbitaxon:10090", "taxon 'ncbitaxon:10090': that of hgnc:3236 is ncbitaxon:9606"),
    ("x1|Gene|hgnc:99999||", "id 'hgnc:99999' is not in the lexicon, which has other ids of hgnc: a new one needs"),
    ("x1|Chemical|drugbank:DB99||", "id 'drugbank:DB99' is not in the lexicon, which has other ids of drugbank"),
    ("x1|Chemical|acme:first||", "type 'Chemical': acme:first is a Drug on line 2"),
    ("x1|Drug|acme:first|second|", "preferred 'second': an earlier row of acme:first has 'first'"),
    ("x1|Drug|acme:1||ncbitaxon:9606", "taxon 'ncbitaxon:9606': only a Gene has one"),
    ("x1|Gene|acme:1||ncbitaxon:7955", "taxon 'ncbitaxon:7955': expected one of ncbitaxon:9606, ncbitaxon:10090"),
    ("--|Drug|acme:1||", "name '--': expected at least two Latin or Greek letters or digits"),
    ("x|Drug|acme:1||", "name 'x': expected at least two"),
    ("x1|Drug|acme:1|?|", "name '?': expected at least two"),
    ("y" * 201 + "|Drug|acme:1||", "a name of 201 characters, 'yyyyyyyyyyyyyyyyyyyy'...: at most 200"),
    ("x1|Drug|acme:1||||", "7 fields for 5 columns"),
]  # fmt: skip
HEAD = "name|type|id|preferred|taxon\nstart|Drug|acme:first|first|\n"


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS)
def test_a_bad_row_is_named_with_line_and_reason(path: Path, tmp_path: Path, row: str, reason: str) -> None:
    names = tsv(tmp_path, f"{HEAD}{row}\n")
    with pytest.raises(OwnNamesError) as caught:
        read_own_names(names, Lexicon.open(path))
    assert f"{names}:3: {reason}" in str(caught.value)


def test_all_bad_rows_are_named_at_once_in_their_order(path: Path, tmp_path: Path) -> None:
    with pytest.raises(OwnNamesError) as caught:
        read_own_names(tsv(tmp_path, HEAD + "".join(f"{row}\n" for row, _ in BAD_ROWS)), Lexicon.open(path))
    lines = [int(line.split(":")[1]) for line in str(caught.value).splitlines()]
    assert set(lines) == set(range(3, 3 + len(BAD_ROWS)))
    assert lines == sorted(lines)


def test_a_cross_reference_of_two_concepts_is_refused(path: Path, tmp_path: Path) -> None:
    class TwoHolders(Lexicon):
        def ids(self):  # type: ignore[no-untyped-def]
            return iter([("cas:1", "mesh:D001241"), ("cas:1", "mesh:D005947")])

    lexicon = TwoHolders.open(path)
    with pytest.raises(OwnNamesError, match="'cas:1' may mean mesh:D001241 and mesh:D005947"):
        read_own_names(tsv(tmp_path, "name|type|id\nx1|Chemical|cas:1\n"), lexicon)


@pytest.mark.parametrize("head", ["", "name|type", "name|type|id|prefered", "name|type|id|id", "CPD-17|Drug|acme:1"])
def test_a_bad_head_line_is_refused(path: Path, tmp_path: Path, head: str) -> None:
    with pytest.raises(OwnNamesError, match=r"names.tsv:1: expected a head line of name, type, id .*; got"):
        read_own_names(tsv(tmp_path, head + "\nx1|Drug|acme:1\n"), Lexicon.open(path))


def test_other_files_are_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent.tsv: no such file of names"):
        read_own_names(tmp_path / "absent.tsv", Lexicon.open(path))
    with pytest.raises(OwnNamesError, match=r"names.tsv:2: expected UTF-8, got byte 0xfc"):
        read_own_names(tsv(tmp_path, "name|type|id\nMüller|Drug|acme:1\n", encoding="latin-1"), Lexicon.open(path))


def test_names_of_another_lexicon_are_refused(path: Path, tmp_path: Path) -> None:
    own = read_own_names(tsv(tmp_path, GOOD), Lexicon.open(path))
    gone = type(own)(names=(("x1", "hgnc:99999"),), concepts=(), version=own.version)
    with pytest.raises(OwnNamesError, match="hgnc:99999 is no concept of"):
        open_lexicon(path, own=gone)


# ---------------------------------------------------------------------------------------- runs


def test_the_version_tells_names_apart(path: Path, tmp_path: Path) -> None:
    changes = [
        GOOD,
        GOOD.replace("acmetinib", "acmetinab"),
        GOOD.replace("|Drug|", "|Chemical|"),
        GOOD.replace("hgnc:3236", "hgnc:11998"),
        GOOD + "K9|Gene|acme:7||\n",
        GOOD + "K9|Gene|acme:7||ncbitaxon:9606\n",
    ]
    versions = [opened(path, tmp_path, text).version for text in changes]
    assert len({*versions, Lexicon.open(path).version}) == len(changes) + 1
    assert opened(path, tmp_path, GOOD).version == versions[0]


def test_the_linker_of_a_run_has_the_names_and_a_resume_wants_the_same(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract_job, "model_revision", lambda _: "m1")
    settings = Settings(lexicon=path, names=tsv(tmp_path, GOOD))
    lexicon, own, fingerprint = _open_weights(settings)
    assert fingerprint.lexicon_version == lexicon.version
    stages = build_stages(resolve(settings, Capacity(cpus=2.0, gpus=0.0), own_names=own))
    link = pickle.loads(pickle.dumps(stages[-1]))  # as Ray hands it to the workers
    (found,) = link.actor(**link.kwargs).link_document("We gave CPD-17.", [(8, 14, "Chemical")])
    assert found.concept_id == "acme:CPD-17"

    out = tmp_path / "out"
    out.mkdir()
    open_record(out, fingerprint=fingerprint, settings=settings, overwrite=False).write(capacity={})
    tsv(tmp_path, GOOD + "K9|Gene|acme:7||\n")
    with pytest.raises(Exception, match=f"begun with lexicon version {lexicon.version.replace('+', '.')}, this is"):
        open_record(out, fingerprint=_open_weights(settings)[2], settings=settings, overwrite=False)


def test_new_concepts_reach_the_entity_table(path: Path, tmp_path: Path) -> None:
    entity, edges = derive_entities({"acme:CPD-17", "hgnc:3236"}, lexicon=opened(path, tmp_path, GOOD))
    rows = {row["concept_id"]: row for row in entity.to_pylist()}
    assert rows["acme:CPD-17"] == {
        "concept_id": "acme:CPD-17",
        "type": "Drug",
        "name": "acmetinib",
        "synonyms": ["CPD-17", "ACM 0017"],
        "xrefs": [],
        "taxon": None,
    }
    assert "Target K" in rows["hgnc:3236"]["synonyms"]
    assert "hgnc:3236" in edges["subject"].to_pylist()


def test_the_commands_take_names(path: Path, tmp_path: Path) -> None:
    flags = ["--lexicon", str(path), "--names", str(tsv(tmp_path, GOOD))]
    info = json.loads(CliRunner().invoke(main, ["lexicon", "info", *flags]).stdout)
    assert (info["counts"]["own_names"], info["counts"]["own_concepts"]) == (4, 1)
    found = CliRunner().invoke(main, ["lexicon", "lookup", "cpd-17", *flags]).stdout.splitlines()
    assert [json.loads(line).get("id") for line in found] == ["acme:CPD-17", None]


@pytest.mark.parametrize(
    "command", [["lexicon", "info"], ["lexicon", "lookup", "x"], ["serve"], ["extract", "in.jsonl", "--out", "out"]]
)
def test_the_commands_report_bad_rows(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    names = tsv(tmp_path, HEAD + "x1|Drug|17||\nx2|Gen|acme:1||\n")
    monkeypatch.chdir(tmp_path)
    Path("in.jsonl").write_text("{}\n", encoding="utf-8")
    result = CliRunner().invoke(main, [*command, "--lexicon", str(path), "--names", str(names)])
    assert result.exit_code == 1, result.output
    assert f"{names}:3: id '17'" in result.output
    assert f"{names}:4: type 'Gen'" in result.output


def test_each_type_is_one_of_the_lexicon() -> None:
    from engine.link import layout, lexicon

    for label, tagged in TAGGED_AS.items():
        assert layout.TYPES.index(label) in lexicon._FAMILIES[tagged]
