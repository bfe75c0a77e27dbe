"""A teacher's answers on disk: a folder of Parquet shards, each written whole, and what they are answers to.

    FOLDER/about.json       the teacher's revision and training; names and SHA-256 of the texts
    FOLDER/00000.parquet    the answers to the first `SHARD_DOCUMENTS` texts, and so on

A probability below `LEAST` is stored as 0 and counts to what is left over: the tag "outside", the pair's "none". The
others are float16: 2.5 kB a document, text included (300 abstracts). Knows nothing of networks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engine.model.config import CheckpointError, ExtractorConfig
from engine.output import atomic_path, write_json
from engine.schema import Span
from engine.train.state import StateError

ABOUT_FILE: Final = "about.json"
SHARD_DOCUMENTS: Final = 256  # what a killed run may lose: about 40 s of MPNet on two CPU cores
LEAST: Final = 0.002

_FORMAT: Final = 1
_SPAN: Final = pa.struct([("start", pa.int32()), ("end", pa.int32())])
_MENTION: Final = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("type", pa.string())])
_COLUMNS: Final = pa.schema(
    [
        ("doc_id", pa.string()),
        ("text", pa.string()),
        ("sentences", pa.list_(_SPAN)),
        ("mentions", pa.list_(_MENTION)),
        ("starts", pa.list_(pa.int32())),
        ("ends", pa.list_(pa.int32())),
        ("tags", pa.list_(pa.float16())),
        ("pairs", pa.list_(pa.int32())),
        ("scores", pa.list_(pa.float16())),
    ]
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a teacher says of one document.

    `mentions`: its own, (span, type). Word `w` of its tokenizer is `text[starts[w]:ends[w]]`.
    Shapes: `starts`, `ends` (n_words,), int32; `tags` (n_words, n_heads, 2), first and later words of a mention,
    float16; `pairs` (n_stated, 3), head and tail in `mentions` and a label's number, int32; `scores` (n_stated,),
    float16.
    """

    doc_id: str
    text: str
    sentences: Sequence[Span]
    mentions: Sequence[tuple[Span, str]]
    starts: np.ndarray
    ends: np.ndarray
    tags: np.ndarray
    pairs: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True, slots=True)
class AnswerFolder:
    """A folder of answers; `about` is what `about.json` says, `config` the teacher's."""

    folder: Path
    about: Mapping[str, Any]
    config: ExtractorConfig

    @classmethod
    def claim(
        cls, folder: Path, *, revision: str, config: ExtractorConfig, texts: Sequence[Mapping[str, str]]
    ) -> AnswerFolder:
        """The folder for the answers of a teacher to texts, new or with some of them in it already.

        Raises: StateError if it holds the answers of another teacher, or to other texts.
        """
        path, about = folder / ABOUT_FILE, {"model_revision": revision, "trained": config.trained, "texts": texts}
        wanted = {"format": _FORMAT, **about}
        if path.is_file():
            found = json.loads(path.read_text(encoding="utf-8"))
            differs = sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))
            if differs:
                raise StateError(
                    f"{folder} holds answers of another teacher or to other texts ({', '.join(differs)} differ); "
                    "choose another folder for them"
                )
        else:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(path, wanted)
        return cls(folder, about, config)

    def shard(self, number: int) -> Path:
        """The file of a shard, there or not."""
        return self.folder / f"{number:05d}.parquet"

    def write(self, number: int, answers: Sequence[Answer]) -> None:
        """Write a shard, whole or not at all."""
        columns = {
            "doc_id": [answer.doc_id for answer in answers],
            "text": [answer.text for answer in answers],
            "sentences": [[{"start": s.start, "end": s.end} for s in answer.sentences] for answer in answers],
            "mentions": [
                [{"start": s.start, "end": s.end, "type": type} for s, type in answer.mentions] for answer in answers
            ],
        }
        lists = {
            name: _as_lists([getattr(answer, name) for answer in answers], _COLUMNS.field(name).type)
            for name in ("starts", "ends", "tags", "pairs", "scores")
        }
        with atomic_path(self.shard(number)) as temporary:
            pq.write_table(pa.table({**columns, **lists}, schema=_COLUMNS), temporary, compression="zstd")

    def read(self) -> Iterator[list[Answer]]:
        """Yield the answers of each shard, in order."""
        for path in sorted(self.folder.glob("*.parquet")):
            yield [self._answer(row) for row in _rows(pq.read_table(path, schema=_COLUMNS))]

    def _answer(self, row: Mapping[str, Any]) -> Answer:
        return Answer(
            doc_id=row["doc_id"],
            text=row["text"],
            sentences=[Span(s["start"], s["end"]) for s in row["sentences"]],
            mentions=[(Span(m["start"], m["end"]), m["type"]) for m in row["mentions"]],
            starts=row["starts"],
            ends=row["ends"],
            tags=row["tags"].reshape(len(row["starts"]), len(self.config.mention_heads), 2),
            pairs=row["pairs"].reshape(-1, 3),
            scores=row["scores"],
        )


def check_questions(teacher: ExtractorConfig, student: ExtractorConfig) -> None:
    """Check that teacher and student have the same heads and labels, symmetric ones too. Raises: CheckpointError."""
    for name in ("mention_heads", "labels", "symmetric"):
        taught, asked = getattr(teacher, name), getattr(student, name)
        if taught != asked:
            other = [str(x) for x in (*taught, *asked) if (x in taught) != (x in asked)]
            reason = f"only one has {', '.join(other)}" if other else "their order differs"
            raise CheckpointError(f"teacher and student must have the same {name}: {reason}")


def _as_lists(arrays: Sequence[np.ndarray], type: pa.DataType) -> pa.Array:
    offsets = np.cumsum([0, *(array.size for array in arrays)])
    empty = np.zeros(0, type.value_type.to_pandas_dtype())
    values = np.concatenate([empty, *(array.ravel() for array in arrays)])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values), type=type)


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows whose lists of numbers are arrays."""
    table = table.combine_chunks()
    numbers = {"starts", "ends", "tags", "pairs", "scores"}
    plain = table.select([name for name in table.column_names if name not in numbers]).to_pylist()
    for index, row in enumerate(plain):
        yield row | {name: table[name][index].values.to_numpy() for name in numbers}
