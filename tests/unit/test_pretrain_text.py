"""Unlabelled text on its way to the network: files, windows, masks, and the plan of a run."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from engine.train.pretrain.documents import TextError, hold_out, read_documents
from engine.train.pretrain.masking import NOT_ASKED, MaskedWindow, Vocabulary, collate, mask_window
from engine.train.pretrain.plan import StepPlan
from engine.train.pretrain.settings import PretrainSettings
from engine.train.pretrain.windows import TokenizedText, Window, pack_documents, pair_sentences, tokenize
from tests.tiny_model import tiny_tokenizer
from tests.unit.tiny_gold import write_gold

VOCABULARY = Vocabulary.of(tiny_tokenizer())
LONGEST = 29


def tokenized(*texts: str) -> TokenizedText:
    return tokenize(texts, tiny_tokenizer(), longest_word_tokens=LONGEST)


def many(count: int = 40) -> TokenizedText:
    return tokenized(
        *(f"Drug {i} was given. It helped {i * i} of {i + 500} mice! Why it did is open." for i in range(count))
    )


def spelled(text: TokenizedText, window: Window) -> list[str]:
    """What each segment says, without blanks."""
    pieces = {i: piece.removeprefix("##") for piece, i in tiny_tokenizer().get_vocab().items()}
    return ["".join(pieces[i] for i in text.ids[text.words[a] : text.words[b]]) for a, b in window]


def masked(text: TokenizedText, window: Window, seed: int, *, sentence_order: bool = False) -> MaskedWindow:
    generator = np.random.default_rng(seed)
    return mask_window(text, window, VOCABULARY, generator, mask_share=0.15, sentence_order=sentence_order)


def test_documents_of_reported_splits_are_left_out(tmp_path: Path) -> None:
    reported = {"title": "Zinc and asthma of long standing in rats 101.", "abstract": "Other."}
    own = {"title": "Of something else.", "abstract": "Text."}
    (tmp_path / "a.jsonl").write_text(json.dumps(reported) + "\n" + json.dumps(own) + "\n")
    data = write_gold(tmp_path / "data")
    assert read_documents([tmp_path / "a.jsonl"], data=data) == ["Of something else.\nText."]
    assert len(read_documents([tmp_path / "a.jsonl"])) == 2


def test_a_copy_without_an_id_does_not_hide_that_a_reported_split_holds_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"pmid": 101, "abstract": "Other."}) + "\n")
    (tmp_path / "b.txt").write_text("Other.\nText.\n")
    assert read_documents([tmp_path / "a.jsonl", tmp_path / "b.txt"], data=write_gold(tmp_path / "data")) == ["Text."]


def test_documents_come_from_both_formats_each_text_once(tmp_path: Path) -> None:
    rows = [
        {"title": "A title.", "abstract": "An abstract."},
        {"title": "No more."},
        {"text": "A text alone."},
        {"title": "Paper", "abstract": "Short.", "body": "Long."},
        {"title": "Told", "body": "Told twice."},
        {"pmid": "1"},
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress("A text alone.\n\nNaïve α text.\n".encode()))
    assert read_documents([tmp_path / "a.jsonl", tmp_path / "b.txt.gz"]) == [
        *(
            "A title.\nAn abstract.",
            "No more.",
            "A text alone.",
            "Paper\nShort.\nLong.",
            "Told twice.",
            "Naïve α text.",
        ),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_document(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Said."}\n', encoding="utf-8-sig")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress("Said.\nMore.\n".encode("utf-8-sig")))
    assert read_documents([tmp_path / "a.jsonl", tmp_path / "b.txt.gz"]) == ["Said.", "More."]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.txt", None, "no such file"),
        ("empty.txt", b"", "holds no document"),
        ("blank.jsonl", b"\n\n", "holds no document"),
        ("broken.jsonl", b'{"text": "good"}\n{"text"\n', "line 2"),
        ("list.jsonl", b"[1]\n", "expected an object"),
        ("number.jsonl", b'{"text": 3}\n', "must be text"),
        ("half.jsonl", b'{"text": "\\ud800"}\n', "line 1"),
        ("latin.txt", "é".encode("latin-1"), "cannot be read"),
        ("plain.txt.gz", b"not packed", "cannot be read"),
        ("table.csv", b"a,b\n", "no known format"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TextError, match=said) as raised:
        read_documents([tmp_path / name])
    assert name in str(raised.value)


def test_what_is_held_out_depends_on_the_text_alone() -> None:
    documents = [f"text {i}" for i in range(400)]
    _, held_out = hold_out(documents, 0.1)
    assert 20 < len(held_out) < 60
    assert hold_out(documents[::-1], 0.1)[1] == held_out[::-1]
    with pytest.raises(TextError, match="1 to learn from and 0 to measure on"):
        hold_out(documents[:1], 0.1)


def test_packed_windows_are_full_and_hold_every_word_once() -> None:
    text = many()
    windows = pack_documents(text, range(40), max_tokens=32)
    seen = [word for window in windows for first, last in window for word in range(first, last)]
    assert seen == list(range(len(text.words) - 1))
    sizes = [1 + sum(int(text.words[b] - text.words[a]) + 1 for a, b in window) for window in windows]
    assert max(sizes) <= 32
    assert np.mean(sizes[:-1]) > 28
    assert any(len(window) == 2 for window in windows)


def test_a_word_that_fits_no_window_counts_as_several() -> None:
    text = tokenized("x" * 100)
    assert np.diff(text.words).tolist() == [29, 29, 29, 13]
    assert [len(window) for window in pack_documents(text, [0], max_tokens=32)] == [1, 1, 1, 1]


def test_pairs_are_neighbouring_parts_of_one_document_cut_between_sentences() -> None:
    text = tokenized("Ab cd. Ef gh. Ij kl. Mn op.", "Only one sentence", "y" * 40)
    windows = [spelled(text, window) for window in pair_sentences(text, range(3), max_tokens=32)]
    assert windows == [["Abcd.Efgh.".lower(), "ijkl.mnop."], ["onlyonesentence"], ["y" * 29], ["y" * 11]]


def test_a_sentence_begins_with_its_first_word_where_the_blank_before_it_belongs_to_the_word() -> None:
    text = "The drug helps mice. Why it does is open."
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator([text], trainers.BpeTrainer(initial_alphabet=alphabet, show_progress=False))
    read = tokenize([text], tokenizer, longest_word_tokens=LONGEST)
    first = [tokenizer.decode([int(read.ids[read.words[word]])]) for word in read.sentences[:-1]]
    assert [piece[:2] for piece in first] == ["Th", "ĠW"]


def test_a_word_is_hidden_whole() -> None:
    """Of every word that is asked all pieces are asked, and hidden alike."""
    text = many()
    for seed, window in enumerate(pack_documents(text, range(40), max_tokens=32)):
        built = masked(text, window, seed)
        clean = np.concatenate(
            [np.append(text.ids[text.words[a] : text.words[b]], VOCABULARY.special.end) for a, b in window]
        )
        assert np.array_equal(clean[built.asked - 1], built.targets)
        asked = set((built.asked - 1).tolist())
        offset = 0
        for first, last in window:
            for word in range(first, last):
                low, high = (offset + int(text.words[w] - text.words[first]) for w in (word, word + 1))
                assert len(asked & set(range(low, high))) in {0, high - low}
                hidden = built.ids[1 + low : 1 + high] == VOCABULARY.special.mask
                assert hidden.all() or not hidden.any()
            offset += int(text.words[last] - text.words[first]) + 1


def test_fifteen_words_of_a_hundred_are_asked_and_eighty_of_those_masked() -> None:
    text = tokenized(" ".join("abcdefghij"[i % 10] for i in range(20_000)))  # words of one piece each
    built = masked(text, ((0, 20_000),), 7)
    assert len(built.asked) == 3000
    now = built.ids[built.asked]
    is_masked, is_kept = now == VOCABULARY.special.mask, now == built.targets
    assert np.mean(is_masked) == pytest.approx(0.8, abs=0.02)
    assert np.mean(is_kept) == pytest.approx(0.1, abs=0.02)
    drawn = now[~is_masked & ~is_kept]
    assert len(drawn) / 3000 == pytest.approx(0.1, abs=0.02)
    assert len(set(drawn.tolist())) > 100
    assert set(drawn.tolist()) <= set(VOCABULARY.ordinary.tolist())
    assert {
        VOCABULARY.special.begin,
        VOCABULARY.special.end,
        VOCABULARY.special.pad,
        VOCABULARY.special.mask,
    }.isdisjoint(VOCABULARY.ordinary)


def test_the_label_says_whether_the_segments_stand_in_their_order() -> None:
    text = tokenized("Ab cd. Ef gh.")
    (window,) = pair_sentences(text, [0], max_tokens=32)
    labels = []
    for seed in range(200):
        built = masked(text, window, seed, sentence_order=True)
        clean = built.ids.copy()
        clean[built.asked] = built.targets
        first, second = (
            text.ids[text.words[a] : text.words[b]].tolist() for a, b in window[:: 1 if built.in_order else -1]
        )
        assert clean.tolist() == [
            VOCABULARY.special.begin,
            *first,
            VOCABULARY.special.end,
            *second,
            VOCABULARY.special.end,
        ]
        labels.append(built.in_order)
    assert 70 < sum(labels) < 130
    assert masked(text, window, 0).in_order == NOT_ASKED
    assert masked(text, window[:1], 0, sentence_order=True).in_order == NOT_ASKED


def test_collating_keeps_every_target_at_its_place() -> None:
    text = many()
    windows = [masked(text, window, i) for i, window in enumerate(pair_sentences(text, range(9), max_tokens=32))]
    batch = collate(windows, pad_id=VOCABULARY.special.pad)
    assert batch.mask.sum(axis=1).tolist() == [len(window.ids) for window in windows]
    assert (batch.ids[batch.mask == 0] == VOCABULARY.special.pad).all()
    for row, window in enumerate(windows):
        assert batch.columns[batch.rows == row].tolist() == window.asked.tolist()
        assert batch.targets[batch.rows == row].tolist() == window.targets.tolist()


def test_a_step_follows_from_seed_and_number_alone() -> None:
    settings = PretrainSettings(max_tokens=32, batch_windows=8, passes=2.5)
    text = many()
    plan, other = (StepPlan(text, VOCABULARY, settings) for _ in range(2))
    steps = [plan.read_step(number) for number in range(1, plan.steps + 1)]
    for number in (plan.steps, 1, 5):
        again = other.read_step(number)
        assert all(np.array_equal(a.ids, b.ids) for a, b in zip(steps[number - 1], again, strict=True))
    assert plan.steps == round(2.5 * len(plan.windows) / 8)
    assert [len(batch.ids) for batch in steps[0]] == [4, 4]
    assert not np.array_equal(steps[0][0].ids, steps[1][0].ids)


def test_a_pass_reads_every_window_once() -> None:
    settings = PretrainSettings(max_tokens=32, batch_windows=1, micro_batches=1)
    text = many()
    plan = StepPlan(text, VOCABULARY, settings)
    for offset in (0, len(plan.windows)):
        read: list[tuple[int, ...]] = []
        for number in range(offset + 1, offset + len(plan.windows) + 1):
            (batch,) = plan.read_step(number)
            clean = batch.ids[0].copy()
            clean[batch.columns] = batch.targets
            read.append(tuple(clean.tolist()))
        assert len(set(read)) == len(plan.windows)
