"""What a document is about, end to end: the extractor's own mentions, linked, against the document's gold ids.

Each concept and each gold id of a document counts once, however often it is mentioned; a mention that stays unlinked
says nothing. Types that the corpus doesn't annotate are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from engine.link.evaluate import link_mentions, tally_ids
from engine.link.gold import Judge, gold_ids
from engine.link.linker import Linker
from engine.model.config import CheckpointError, ExtractorConfig
from engine.model.predict import Predictor
from engine.train.annotated import Annotated
from engine.train.corpora import read_corpus
from engine.train.leak import check_unseen, read_training_of
from engine.train.measure.intervals import Bootstrap
from engine.train.readings import open_predictor, read_documents

# It annotates both chemicals and diseases, in whole abstracts.
CORPUS: Final = "bc5cdr"


def evaluate_documents(
    model: Path, split: str, *, data: Path, lexicon: Path | None, threads: int | None
) -> dict[str, object]:
    """Check that the model hasn't learned from BC5CDR's split, then measure it.

    Returns: "end_to_end" of the report that `engine.link.evaluate` describes.
    Raises: CheckpointError or ArchiveError if model or lexicon can't be opened, or the model lacks a mention head;
    CorpusError if a file is absent; LeakError if training saw a document of the split.
    """
    name, config = f"{CORPUS}/{split}", ExtractorConfig.load(model)
    documents = list(read_corpus(CORPUS, split, data=data))
    missing = frozenset[str]().union(*(d.heads for d in documents)).difference(config.mention_heads)
    if missing:
        raise CheckpointError(f"{name} annotates {', '.join(sorted(missing))}, for which the model has no head")
    check_unseen(name, documents, read_training_of(config.trained, data=data))
    predictor, opened = open_predictor(model, threads=threads)
    linker = Linker(lexicon=lexicon)
    types = measure_documents(predictor, linker, Judge(linker.lexicon), documents)
    return {"split": name, "documents": len(documents), **opened, "types": types}


def measure_documents(
    predictor: Predictor, linker: Linker, judge: Judge, documents: Sequence[Annotated]
) -> dict[str, dict[str, Any]]:
    """Figures by type, over the documents' sets of ids."""
    stated: list[set[tuple[str, str]]] = []
    for document, found in zip(documents, read_documents(predictor, documents), strict=True):
        mentions = [(span.start, span.end, type) for span, type in found.mentions if type in document.heads]
        linked = zip(mentions, link_mentions(linker, document.text, mentions, widen=True), strict=True)
        stated.append({(type, link.concept_id) for (_, _, type), links in linked for link in links})
    gold = [{(mention.type, id) for mention in d.mentions for id in gold_ids(mention)} for d in documents]
    return Bootstrap(len(documents)).describe(tally_ids(stated, gold, judge.ids))
