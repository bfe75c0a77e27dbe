"""Names of the user's own, from a TSV, laid over the lexicon without building it again.

A row adds a name to a concept of the lexicon, or to a new one with an id of the user's. Of everything that a name may
mean, the user's word comes first: what else goes by it becomes WEAK, and a gene of another species gives way unless it
is an ortholog of the user's. Bad rows are reported all at once, and none is passed over.
Knows nothing of documents or command lines. Trade-off: the file is read and checked once, by whoever starts a run (a
second if it has new ids, to tell them from cross-references); actors are handed the result, not the path, so that a
file edited meanwhile can't split a run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.link.entry import CURATED, WEAK
from engine.link.layout import TAXA
from engine.link.lexicon import Candidate, Concept, Lexicon, find_lexicon
from engine.link.normalise import IDENTICAL, bare, case_fit, name_key
from engine.link.senses import Sense
from engine.schema import TAGGED_AS

_REQUIRED: Final = ("name", "type", "id")
_COLUMNS: Final = (*_REQUIRED, "preferred", "taxon")
_MOST_CHARS: Final = 200
_CURIE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*:[^\s\x00-\x1f]+")

_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"')


class OwnNamesError(ValueError):
    """A file of names that can't be used; the message has one line for each fault, with file, line and reason."""


@dataclass(frozen=True, slots=True)
class OwnNames:
    """Names that were checked against a lexicon: (name, concept id) in the file's order, and the new concepts."""

    names: tuple[tuple[str, str], ...]
    concepts: tuple[Concept, ...]
    version: str


def open_lexicon(path: Path | None = None, *, own: OwnNames | None = None) -> Lexicon:
    """A lexicon file (None is the shipped one) with the user's names, if there are any.

    Raises: FileNotFoundError; ArchiveError; OwnNamesError if the names were checked against another lexicon.
    """
    return Lexicon.open(path) if own is None else ExtendedLexicon(find_lexicon(path), own)


def open_with_names(path: Path | None, names: Path | None) -> tuple[Lexicon, OwnNames | None]:
    """A lexicon file with the names of a TSV, and these names for the actors to open it with.

    Raises: FileNotFoundError; ArchiveError; OwnNamesError.
    """
    lexicon = Lexicon.open(path)
    if names is None:
        return lexicon, None
    own = read_own_names(names, lexicon)
    return open_lexicon(path, own=own), own


class ExtendedLexicon(Lexicon):
    """A lexicon with the user's names; `len` and `edges` are those of the file."""

    def __init__(self, path: Path, own: OwnNames) -> None:
        super().__init__(path)
        self.version = f"{self.version}+{own.version}"
        self.counts = self.counts | {"own_names": len(own.names), "own_concepts": len(own.concepts)}
        self._new = {concept.concept_id: concept for concept in own.concepts}
        self._added: dict[str, list[str]] = {}
        for name, concept_id in own.names:
            self._added.setdefault(concept_id, []).append(name)
        self._by_key: dict[str, list[tuple[str, Concept]]] = {}
        for concept_id, names in self._added.items():
            concept = self.concept(concept_id)
            if concept is None:
                raise OwnNamesError(f"{concept_id} is no concept of {path}: the names were checked against another one")
            for name in names:
                self._by_key.setdefault(name_key(name), []).append((name, concept))

    def candidates(self, name: str, type: str, *, key: str | None = None) -> tuple[Candidate, ...]:
        """What a name may mean, the user's word first; see `Lexicon.candidates`."""
        found = super().candidates(name, type, key=key)
        own = self._own_candidates(name, type, name_key(name) if key is None else key)
        if not own:
            return found
        others = (self._behind(c, own.values()) for c in found if c.concept_id not in own)
        return tuple(sorted([*own.values(), *(c for c in others if c is not None)]))

    def senses(self, short: str) -> tuple[Sense, ...]:
        """What a short form stands for in texts; nothing for one that the user names."""
        return () if name_key(short) in self._by_key else super().senses(short)

    def concept(self, concept_id: str) -> Concept | None:
        """The concept of an id, with the user's names among its synonyms; None for an id that nobody gave."""
        concept = self._new.get(concept_id) or super().concept(concept_id)
        added = self._added.get(concept_id)
        if concept is None or not added:
            return concept
        names = dict.fromkeys((concept.name, *concept.synonyms, *added))
        return replace(concept, synonyms=tuple(names)[1:])

    def ids(self) -> Iterator[tuple[str, str]]:
        """Every id and cross-reference, the user's concepts last; see `Lexicon.ids`."""
        yield from super().ids()
        yield from ((concept_id, concept_id) for concept_id in self._new)

    def search(self, prefix: str, *, limit: int = 10) -> tuple[tuple[str, str], ...]:
        """Names that start like this one, the user's first; see `Lexicon.search`."""
        start, found = name_key(prefix), dict[str, str]()
        for key in sorted(key for key in self._by_key if start and key.startswith(start)):
            for name, concept in self._by_key[key]:
                found.setdefault(concept.concept_id, name)
        for name, concept_id in super().search(prefix, limit=limit):
            found.setdefault(concept_id, name)
        return tuple((name, concept_id) for concept_id, name in found.items())[:limit]

    def names(self) -> Iterator[tuple[str, str]]:
        """Every name with each tagger's type that it may stand for, the user's last."""
        yield from super().names()
        for held in self._by_key.values():
            yield from ((name, TAGGED_AS[concept.type]) for name, concept in held)

    def _own_candidates(self, name: str, type: str, key: str) -> dict[str, Candidate]:
        best: dict[str, Candidate] = {}
        for surface, concept in self._by_key.get(key, ()):
            if TAGGED_AS[concept.type] != type:
                continue
            # Spelled as the user spells it, even an English word is a gene if the user says so.
            fit = IDENTICAL if name == surface else case_fit(name, surface, titled=type != "Gene")
            if fit is None:
                continue
            found = Candidate(CURATED, fit, concept.concept_id, concept.type, concept.taxon or "", surface)
            best[concept.concept_id] = min(found, best.get(concept.concept_id, found))
        return best

    def _behind(self, other: Candidate, own: Collection[Candidate]) -> Candidate | None:
        """What becomes of a vocabulary's concept beside the user's; an ortholog stays what it is."""
        if all(c.taxon not in {other.taxon, ""} for c in own):
            # Left in, it would be read before the user's in the documents of its species, a family in all others.
            return other if self._orthologs_of(other) & {i for c in own for i in self._orthologs_of(c)} else None
        return replace(other, rank=WEAK)

    def _orthologs_of(self, gene: Candidate) -> set[str]:
        """The gene and the human genes that it is an ortholog of: orthologs have one of them in common."""
        return {gene.concept_id, *self.orthologs(gene.concept_id)}


# ---------------------------------------------------------------------------------------- reading the file


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    name: str
    type: str
    id: str
    preferred: str
    taxon: str


def read_own_names(path: Path, lexicon: Lexicon) -> OwnNames:
    """Reads a TSV with the columns name, type, id and perhaps preferred and taxon, and checks it against the lexicon.

    `id` is a concept's, one of its cross-references (a gene's protein is one), or new, with a prefix that the lexicon
    doesn't use; prefixes are read in lower case. A new concept goes by its `preferred` name, or by its first one.
    Raises: FileNotFoundError; OwnNamesError naming every row that can't be used, with its line and the reason.
    """
    rows, faults = _read_rows(path)
    known, refused = _resolve({row.id for row in rows}, lexicon)
    first: dict[str, _Row] = {}  # of each new concept
    names: dict[tuple[str, str], None] = {}
    for row in rows:
        if row.id in refused:
            faults.append((row.line, refused[row.id]))
        elif row.id in known:
            faults += ((row.line, reason) for reason in _against_concept(row, known[row.id]))
            names[row.name, known[row.id].concept_id] = None
        else:
            begun = first.setdefault(row.id, row)
            faults += ((row.line, reason) for reason in _against_first(row, begun))
            first[row.id] = replace(begun, preferred=begun.preferred or row.preferred, taxon=begun.taxon or row.taxon)
            names[row.name, row.id] = None
    if faults:
        raise OwnNamesError("\n".join(f"{path}:{line}: {reason}" for line, reason in sorted(faults)))
    concepts = [Concept(r.id, r.type, r.preferred or r.name, (), (), r.taxon or None) for r in first.values()]
    names |= dict.fromkeys((concept.name, concept.concept_id) for concept in concepts)
    return OwnNames(tuple(names), tuple(concepts), _version(names, concepts))


def _read_rows(path: Path) -> tuple[list[_Row], list[tuple[int, str]]]:
    """The rows that can be read, and (line, reason) of those that can't. Raises: OwnNamesError for a bad head line."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file of names")
    head, *lines = _text(path).split("\n")
    columns = [column.strip() for column in head.split("\t")]
    unknown = [column for column in columns if column not in _COLUMNS]
    if unknown or not set(_REQUIRED) <= set(columns) or len(set(columns)) < len(columns):
        raise OwnNamesError(
            f"{path}:1: expected a head line of name, type, id and perhaps preferred, taxon, between tabs; got {head!r}"
        )
    rows: list[_Row] = []
    faults: list[tuple[int, str]] = []
    for line, text in enumerate(lines, start=2):
        fields = [_field(value) for value in text.split("\t")]
        if not any(fields):
            continue
        if len(fields) > len(columns):
            faults.append((line, f"{len(fields)} fields for {len(columns)} columns"))
            continue
        row = _row(line, dict(zip(columns, fields, strict=False)))
        reasons = list(_faults(row))
        faults += ((line, reason) for reason in reasons)
        if not reasons:
            rows.append(row)
    return rows, faults


def _field(value: str) -> str:
    """A field without needless blanks, and without the quotes that spreadsheets set about one with a comma."""
    quoted = _QUOTED.fullmatch(value.strip())
    return " ".join((quoted[1].replace('""', '"') if quoted else value).split())


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise OwnNamesError(f"{path}:{line}: expected UTF-8, got byte 0x{content[error.start]:02x}") from error


def _row(line: int, values: Mapping[str, str]) -> _Row:
    id = values.get("id", "")
    prefix, colon, local = id.partition(":")
    return _Row(
        line=line,
        name=values.get("name", ""),
        type=values.get("type", ""),
        id=f"{prefix.lower()}:{local}" if colon else id,
        preferred=values.get("preferred", ""),
        taxon=values.get("taxon", "").lower(),
    )


def _faults(row: _Row) -> Iterator[str]:
    """What is wrong with a row whatever the lexicon says."""
    yield from (f"no {column}" for column in _REQUIRED if not getattr(row, column))
    yield from (reason for reason in map(_fault_of_name, (row.name, row.preferred)) if reason)
    if row.type and row.type not in TAGGED_AS:
        yield f"type {row.type!r}: expected one of {', '.join(TAGGED_AS)}"
    if row.id and not _CURIE.fullmatch(row.id):
        yield f"id {row.id!r}: expected prefix:local without spaces"
    if row.taxon and row.type != "Gene":
        yield f"taxon {row.taxon!r}: only a Gene has one"
    elif row.taxon not in TAXA:
        yield f"taxon {row.taxon!r}: expected one of {', '.join(TAXA[1:])}"


def _fault_of_name(name: str) -> str | None:
    if len(name) > _MOST_CHARS:
        return f"a name of {len(name)} characters, {name[:20]!r}...: at most {_MOST_CHARS} can be read"
    if name and len(bare(name)) < 2:  # the linker looks nothing shorter up
        return f"name {name!r}: expected at least two Latin or Greek letters or digits"
    return None


def _resolve(ids: Collection[str], lexicon: Lexicon) -> tuple[dict[str, Concept], dict[str, str]]:
    """The concepts that ids mean (a protein's its gene), and why some are refused; what is in neither is new."""
    known = {id: concept for id in ids if (concept := lexicon.concept(id)) is not None}
    carriers: dict[str, set[str]] = {id: set() for id in ids if id not in known}
    prefixes: set[str] = set()
    for id, concept_id in lexicon.ids() if carriers else ():
        prefixes.add(id.partition(":")[0])
        if id in carriers:
            carriers[id].add(concept_id)
    for id in [id for id, concept in known.items() if concept.type == "Protein"]:  # names mean genes, never proteins
        carriers[id] = {e.subject for e in lexicon.edges(id) if e.predicate == "ENCODES"}
    refused = {}
    for id, holders in carriers.items():
        prefix = id.partition(":")[0]
        if len(holders) > 1:
            refused[id] = f"id {id!r} may mean {' and '.join(sorted(holders))}: give one of these"
        elif holders and (concept := lexicon.concept(*holders)) is not None:
            known[id] = concept
        elif id not in known and prefix in prefixes:
            refused[id] = (
                f"id {id!r} is not in the lexicon, which has other ids of {prefix}: a new one needs another prefix"
            )
    return known, refused


def _against_concept(row: _Row, concept: Concept) -> Iterator[str]:
    """What a row says of a concept of the lexicon that the lexicon contradicts."""
    if TAGGED_AS.get(concept.type) != TAGGED_AS[row.type]:
        yield f"type {row.type!r}: {concept.concept_id} is a {concept.type}, {concept.name!r}"
    if row.preferred not in {"", concept.name}:
        yield f"preferred {row.preferred!r}: {concept.concept_id} is in the lexicon, as {concept.name!r}"
    if row.taxon not in {"", concept.taxon}:
        yield f"taxon {row.taxon!r}: that of {concept.concept_id} is {concept.taxon}"


def _against_first(row: _Row, first: _Row) -> Iterator[str]:
    """What a row says of a new concept that an earlier one contradicts."""
    if row.type != first.type:
        yield f"type {row.type!r}: {row.id} is a {first.type} on line {first.line}"
    for column in ("preferred", "taxon"):
        said, before = getattr(row, column), getattr(first, column)
        if said and before and said != before:
            yield f"{column} {said!r}: an earlier row of {row.id} has {before!r}"


def _version(names: Collection[tuple[str, str]], concepts: Sequence[Concept]) -> str:
    """Sixteen hexadecimal digits over what the names say, whatever the file's columns and line ends."""
    parts = [*names, *((c.concept_id, c.type, c.name, c.taxon or "") for c in concepts)]
    return hashlib.blake2b("\x1e".join("\x1f".join(part) for part in parts).encode(), digest_size=8).hexdigest()
