"""Texts to spans and scored pairs: batching around the network, the same for training, evaluation and extraction.

Knows nothing of tables or files. The encoder reads windows by their length, whichever document they are of, so that
padding stays a few per cent; the heads read a document's words together again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from engine.model.batch import PairBatch, collate_pairs, collate_units, collate_windows, fill_budget, window_tokens
from engine.model.chain import read_chains
from engine.model.config import BIO, ExtractorConfig
from engine.model.decode import ScoredSpan, decode_bio, find_mirrors
from engine.model.network import ExtractorNetwork, PairTensors, none_first
from engine.model.pairs import Pair, pair_mentions
from engine.model.second import MarkedPair, batch_by_length, mark_pair
from engine.model.special import special_ids
from engine.model.text import Window, WordReader, Words, cut_windows
from engine.schema import DOCUMENT_LEVEL, ClassLabel, Span

# Padded word pieces a pass. On a CPU small passes pad less: 2,048 was the best of the sizes tried for the plain
# encoder, and 8,192 padded 200 abstracts by 16 %. A GPU wants large ones (not measured).
BUDGET_TOKENS = 2048
GPU_BUDGET_TOKENS = 32768
_PAIR_BUDGET_WORDS = 4096
# Words, padded to the longest document, whose encoder states are held at once, for each word piece of a pass. At 384
# numbers a word that is 50 MB on a CPU, the words of 100 abstracts or more: the more windows there are to choose from,
# the better those of a pass agree in length.
_ROUND_PASSES = 16


@dataclass(frozen=True, slots=True)
class Document:
    """What the predictor reads; `mentions`, if given, replace its own for the relation head: (span, type)."""

    text: str
    sentences: Sequence[Span]
    mentions: Sequence[tuple[Span, str]] | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the network says of one document.

    `spans`: every head's spans, scopes among them. `mentions`: (span, type) that `pairs` index. `labels`: the class of
    each sentence and of the document, where the model has such heads.
    Shapes: `scores` (n_pairs, n_labels), `tags` (n_words, n_heads, 3), probabilities, float32.
    """

    spans: list[ScoredSpan]
    mentions: Sequence[tuple[Span, str]]
    pairs: list[Pair]
    scores: np.ndarray
    labels: Sequence[ClassLabel] = ()
    tags: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, len(BIO)), dtype=np.float32))


@dataclass(slots=True)
class TokenCount:
    """Pieces of documents read so far, once each: `real` with special tokens, `padded` as computed.

    `pairs_again`: pairs that were read a second time; `*_again`: the pieces of their sentences.
    """

    real: int = 0
    padded: int = 0
    pairs_again: int = 0
    real_again: int = 0
    padded_again: int = 0


class Predictor:
    """A network ready to read documents."""

    def __init__(
        self, network: ExtractorNetwork, reader: WordReader, config: ExtractorConfig, *, budget_tokens: int
    ) -> None:
        self.network = network
        self.reader = reader
        self.config = config
        self.budget_tokens = budget_tokens
        self.tokens = TokenCount()
        self._special = special_ids(reader.tokenizer)
        self._device = next(network.parameters()).device
        self._asked = torch.from_numpy(config.asked_labels()).to(self._device)
        second = network.second_reader
        self._second_encoder = second.changed(network.encoder) if second is not None else None

    def predict(self, documents: Sequence[Document]) -> list[Prediction]:
        """Read documents; the order of the answers is that of the questions."""
        words = self.reader.read([document.text for document in documents])
        windows = [
            cut_windows(
                w,
                document.sentences,
                max_tokens=self.config.max_tokens - 2,
                overlap_tokens=self.config.overlap_tokens,
            )
            for w, document in zip(words, documents, strict=True)
        ]
        predictions: dict[int, Prediction] = {}
        for group in fill_budget([len(w) for w in words], budget_tokens=_ROUND_PASSES * self.budget_tokens):
            group = [i for i in group if len(words[i])]
            if group:
                read = self._predict_round(
                    [documents[i] for i in group], [words[i] for i in group], [windows[i] for i in group]
                )
                predictions.update(zip(group, read, strict=True))
        nothing = Prediction([], [], [], np.zeros((0, len(self.config.labels)), dtype=np.float32))
        return [predictions.get(i, nothing) for i in range(len(documents))]

    @torch.no_grad()
    def encode(self, words: Sequence[Words], windows: Sequence[Sequence[Window]]) -> torch.Tensor:
        """The encoder's states of the documents' words, one document after another, shape (N, H)."""
        placed = [(document, window) for document, cut in enumerate(windows) for window in cut]
        lengths = [window_tokens(words[document], window) for document, window in placed]
        offsets = np.cumsum([0, *(len(w) for w in words)])
        states: list[torch.Tensor] = []
        places: list[np.ndarray] = []
        for group in fill_budget(lengths, budget_tokens=self.budget_tokens):
            chosen = [placed[i] for i in group]
            states.append(self._encode_pass([(words[document], window) for document, window in chosen]))
            places += [np.arange(w.own_first, w.own_last) + offsets[document] for document, w in chosen]
        order = torch.from_numpy(np.argsort(np.concatenate(places)))
        return torch.cat(states)[order.to(self._device)]

    def _encode_pass(self, windows: Sequence[tuple[Words, Window]]) -> torch.Tensor:
        special = self._special
        batch = collate_windows(windows, cls_id=special.begin, sep_id=special.end, pad_id=special.pad)
        self.tokens.real += batch.real_tokens
        self.tokens.padded += batch.ids.size
        arrays = (batch.ids, batch.mask, batch.word, batch.cues)
        ids, mask, word, cues = (torch.from_numpy(array).to(self._device) for array in arrays)
        return self.network.encode(ids, mask, word, cues, batch.n_words)

    @torch.inference_mode()
    def _predict_round(
        self, documents: list[Document], words: list[Words], windows: list[list[Window]]
    ) -> list[Prediction]:
        states = self.encode(words, windows)
        counts = [len(w) for w in words]
        logits, chain = self.network.tag(states).cpu().numpy(), self.network.chain().cpu().numpy()
        lengths = [n for w, given in zip(words, documents, strict=True) for n in w.count_by_sentence(given.sentences)]
        tags, probabilities = read_chains(logits, chain, lengths)  # (N, heads), (N, heads, 3)
        bounds = np.cumsum([0, *counts])
        spans = [
            decode_bio(tags[low:high], probabilities[low:high], w)
            for low, high, w in zip(bounds, bounds[1:], words, strict=False)
        ]
        mentions = [
            document.mentions if document.mentions is not None else self._mentions(found)
            for document, found in zip(documents, spans, strict=True)
        ]
        pairs = [
            pair_mentions([m[0] for m in found], [m[1] for m in found], document.sentences, w, self.config)
            for document, found, w in zip(documents, mentions, words, strict=True)
        ]
        word_type = mark_word_types(mentions, words, self.config.mention_heads)
        scores = self._score_pairs(states, word_type, collate_pairs(pairs, counts))
        scores = self._read_again(words, pairs, scores)
        scores_of = np.split(scores, np.cumsum([len(p) for p in pairs])[:-1])
        tags_of = np.split(probabilities, bounds[1:-1])
        labels = self._classify(states, documents, words)
        return [
            Prediction(spans=found, mentions=named, pairs=asked, scores=scored, labels=classes, tags=tagged)
            for found, named, asked, scored, classes, tagged in zip(
                spans, mentions, pairs, scores_of, labels, tags_of, strict=True
            )
        ]

    def _mentions(self, spans: list[ScoredSpan]) -> list[tuple[Span, str]]:
        """Entity spans; where two heads claim the very same span, the surer one has it."""
        names, types = self.config.mention_heads, self.config.entity_types
        entities = [s for s in spans if names[s.head] in types]
        best = {
            (s.start, s.end): max(r.score for r in entities if (r.start, r.end) == (s.start, s.end)) for s in entities
        }
        return [(Span(s.start, s.end), names[s.head]) for s in entities if s.score == best[s.start, s.end]]

    def _score_pairs(self, states: torch.Tensor, word_type: np.ndarray, pairs: PairBatch) -> np.ndarray:
        scores = np.zeros((len(pairs), len(self.config.labels)), dtype=np.float32)
        reader = self.network.pair_reader
        if reader is None or not len(pairs):
            return scores
        projected = reader.project_words(states, torch.from_numpy(word_type).to(self._device))
        lengths = (pairs.context_words[:, 1] - pairs.context_words[:, 0]).tolist()
        for rows in fill_budget(lengths, budget_tokens=_PAIR_BUDGET_WORDS):
            chosen = np.asarray(rows)
            tensors = PairTensors.of(pairs.select(chosen), self._device)
            logits = none_first(reader(projected, tensors).float(), self._asked[tensors.type_pair])
            scores[chosen] = logits.softmax(-1)[:, 1:].cpu().numpy()
        return scores

    def _read_again(self, words: Sequence[Words], pairs: Sequence[Sequence[Pair]], scores: np.ndarray) -> np.ndarray:
        """Scores of both readings where a pair may state something; one too long for a window stays as it is.

        Shapes: `scores` (P, L), of all documents' pairs -> (P, L).
        """
        second, config = self.network.second_reader, self.config
        if second is None or self._second_encoder is None:
            return scores
        of_all = [(source, pair) for source, asked in zip(words, pairs, strict=True) for pair in asked]
        types_of = np.array([pair.type_pair for _, pair in of_all], dtype=np.int64)
        reached = scores.sum(axis=1)
        offsets = np.cumsum([0, *map(len, pairs)])
        for asked, offset in zip(pairs, offsets, strict=False):
            for mirrored in find_mirrors(asked):  # both orders of two genes are read, or neither
                rows = offset + np.array(mirrored)
                reached[rows] = reached[rows].max()
        chosen = np.flatnonzero(reached >= config.chances_to_read_again()[types_of]).tolist()
        marked = [(row, mark_pair(of_all[row][0], of_all[row][1], config)) for row in chosen]
        marked = [(row, pair) for row, pair in marked if len(pair) <= config.max_tokens]
        scores = scores.copy()
        batches = batch_by_length(
            [pair for _, pair in marked], self._special, self._device, budget_tokens=self.budget_tokens
        )
        for places, batch in batches:
            self._count_again([marked[place][1] for place in places.tolist()])
            rows = np.array([marked[place][0] for place in places.tolist()], dtype=np.int64)
            asked_labels = self._asked[torch.from_numpy(types_of[rows]).to(self._device)]
            logits = none_first(second(self._second_encoder, self.network.cue_in, batch).float(), asked_labels)
            again = logits.softmax(-1)[:, 1:].cpu().numpy()
            scores[rows] += config.second_share * (again - scores[rows])
        return scores

    def _count_again(self, pairs: Sequence[MarkedPair]) -> None:
        self.tokens.pairs_again += len(pairs)
        self.tokens.real_again += sum(map(len, pairs))
        self.tokens.padded_again += sum(pair.padded_tokens for pair in pairs)

    def _classify(
        self, states: torch.Tensor, documents: Sequence[Document], words: Sequence[Words]
    ) -> list[list[ClassLabel]]:
        """The surest label of each sentence and document that has a word, level by level."""
        labels: list[list[ClassLabel]] = [[] for _ in documents]
        for level, names in self.config.classes.items():
            units = [
                [span for span in _units(document, level) if w.find(span) is not None]
                for document, w in zip(documents, words, strict=True)
            ]
            ranges = torch.from_numpy(collate_units(units, words)).to(self._device)
            scores = self.network.classify(states, ranges, level).softmax(-1).cpu().numpy()  # (U, n_labels)
            chosen = zip(scores.argmax(axis=1).tolist(), scores.max(axis=1).tolist(), strict=True)
            for found, spans in zip(labels, units, strict=True):
                for span in spans:
                    label, score = next(chosen)
                    found.append(ClassLabel(span.start, span.end, level, names[label], score))
        return labels


def _units(document: Document, level: str) -> Sequence[Span]:
    """The texts of a document that get a class at this level."""
    return [Span(0, len(document.text))] if level == DOCUMENT_LEVEL else document.sentences


def mark_word_types(
    mentions: Sequence[Sequence[tuple[Span, str]]], words: Sequence[Words], heads: Sequence[str]
) -> np.ndarray:
    """For each word of the flat list 0, or 1 + the mention head whose mention it lies in (the last one named wins).

    Returns: shape (n_words,), int64.
    """
    offsets = np.cumsum([0, *(len(w) for w in words)])
    marked = np.zeros(int(offsets[-1]), dtype=np.int64)
    for named, document, offset in zip(mentions, words, offsets, strict=False):
        for span, type in named:
            found = document.find(span)
            if found is not None:
                marked[offset + found[0] : offset + found[1]] = 1 + heads.index(type)
    return marked
