"""The notebooks run from top to bottom, on a small graph that knows their names; and what they show isn't stale."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from engine.schema import CHEMICAL, DISEASE, GENE
from graph.connect import open_store
from jobs.notebooks import FOLDER, execute
from tests.small_graph import Entity, Publication, Sentence, SmallGraph

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST_BYTES = 300_000
# The path of a file or a folder of some machine.
MACHINE_PATH = re.compile(r"(?<![\w:/.])/(?:home|root|tmp|usr|work|opt|var|Users)/|/site-packages/|ipykernel_\d")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the notebooks ask of: four drugs, a gene, four diseases and a denial."""
    gemcitabine, cisplatin, oxaliplatin = "mesh:D000093542", "mesh:D002945", "mesh:D000077150"
    furosemide, ascites = "mesh:D005665", "mesh:D001201"
    pancreatic, liver, low_platelets, p53 = "mondo:0009831", "mondo:0007256", "mondo:0002049", "hgnc:11998"
    small = SmallGraph(
        entities=[
            Entity(gemcitabine, CHEMICAL, "Gemcitabine", drug=True),
            Entity(cisplatin, CHEMICAL, "Cisplatin", drug=True),
            Entity(oxaliplatin, CHEMICAL, "Oxaliplatin", drug=True),
            Entity(pancreatic, DISEASE, "malignant pancreatic neoplasm", ("pancreatic cancer",)),
            Entity(furosemide, CHEMICAL, "Furosemide", drug=True),
            Entity(ascites, DISEASE, "Ascites"),
            Entity(liver, DISEASE, "hepatocellular carcinoma"),
            Entity(low_platelets, DISEASE, "thrombocytopenia"),
            Entity(p53, GENE, "TP53"),
        ],
        publications=[Publication("PMID:1", 1999), Publication("PMID:2", 2017)],
    )
    told = [
        (gemcitabine, "TREATS", pancreatic, 1, "affirmed"),
        (gemcitabine, "TREATS", pancreatic, 2, "negated"),
        (gemcitabine, "INDUCES", low_platelets, 1, "affirmed"),
        (cisplatin, "TREATS", pancreatic, 2, "affirmed"),
        (furosemide, "INDUCES", ascites, 2, "affirmed"),
        (oxaliplatin, "ACTIVATES", p53, 2, "affirmed"),
        (cisplatin, "TREATS", liver, 2, "affirmed"),
        (p53, "ASSOCIATED_WITH", liver, 1, "affirmed"),
    ]
    small.sentences = [
        Sentence(f"E:{i}", s, p, o, f"PMID:{n}", 0.9, f"Sentence {i}.", a) for i, (s, p, o, n, a) in enumerate(told)
    ]
    path = str(tmp_path_factory.mktemp("notebooks") / "graph.kgl")
    with open_store(path) as store:
        small.load(store)
    return path


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shape(cell: Any) -> list[tuple[str, tuple[str, ...], list[str]]]:
    """What a cell shows, apart from its values: kinds of output and the columns of tables."""
    outputs = []
    for output in cell.outputs:
        data = output.get("data", {})
        columns = re.findall(r"<th>([a-z_]+)</th>", data.get("text/html", "").partition("</thead>")[0])
        outputs.append((output.output_type, tuple(sorted(data)), columns))
    return outputs


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_its_file_shows(notebook: Path, path: str) -> None:
    kept, ran = nbformat.read(notebook, as_version=4), execute(notebook, graph=path)
    for before, now in zip(code_cells(kept), code_cells(ran), strict=True):
        assert shape(now) == shape(before), f"stale, run `make notebooks`:\n{now.source}"
        assert all(output.get("name") != "stderr" for output in now.outputs), now.outputs
    shown = "".join(str(cell.outputs) for cell in code_cells(ran))
    assert "Sentence 0." in shown or "Sentence 5." in shown


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_small_run_in_order_and_of_no_machine(notebook: Path) -> None:
    text = notebook.read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST_BYTES
    assert not MACHINE_PATH.search(text)
    kept = nbformat.reads(text, as_version=4)
    nbformat.validate(kept)
    assert kept.metadata.kernelspec.name == "python3"
    assert set(kept.metadata) == {"kernelspec", "language_info"}
    cells = code_cells(kept)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert all(not cell.metadata for cell in kept.cells)
    assert sum(len(cell.source) for cell in kept.cells if cell.cell_type == "markdown") > 1_000
    pictures = [kind for cell in cells for output in cell.outputs for kind in output.get("data", {}) if "image" in kind]
    assert pictures


def test_both_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["exploring-a-drug", "repurposing-hypothesis"]
