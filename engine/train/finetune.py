"""Fine-tunes an encoder with mention and relation heads on several corpora together.

The whole run is planned before it starts: which documents stand in which micro-batch of which step follows from the
settings and the seed alone. So a run that was killed goes on at the step of its last checkpoint, by the same command.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from engine.model.batch import collate_pairs, collate_windows, fill_budget
from engine.model.checkpoint import fresh_network, open_tokenizer, save_network, special_ids
from engine.model.config import ExtractorConfig
from engine.model.network import ExtractorNetwork, PairTensors
from engine.model.predict import BUDGET_TOKENS, Predictor, mark_word_types
from engine.schema import ENTITY_TYPES
from engine.train.annotated import NEGATION_SCOPE, SPECULATION_SCOPE, Annotated
from engine.train.corpora import REPORTED, TRAINING, read_corpus
from engine.train.evaluate import Scores, choose_thresholds, count_relations, score_pairs, score_spans
from engine.train.examples import UNLABELLED, Example, build_examples, teaching_sentences

log = logging.getLogger(__name__)

_LEAST_TAUGHT = 30
MENTION_HEADS = (*ENTITY_TYPES, NEGATION_SCOPE, SPECULATION_SCOPE)


@dataclass(frozen=True, slots=True)
class FinetuneSettings:
    """How to train. `passes`: how often each corpus is read in the whole plan; a fraction reads a part of it.

    `by_sentence`: corpora of which only the teaching sentences are read, see `teaching_sentences`.
    `steps` ends the plan early: the learning rate falls to zero there, and each corpus has had its share by then.

    Units: `*_tokens` padded word pieces, `*_rate` per step, `carve_share` and `warmup_share` shares of 1.
    """

    passes: Mapping[str, float] = field(
        default_factory=lambda: {
            "bc5cdr": 4.5,
            "ncbi-disease": 3.0,
            "biored": 3.0,
            "drugprot": 5.0,
            "bc2gm": 1.8,
            "genia": 3.0,
            "bioscope": 2.4,
        }
    )
    by_sentence: tuple[str, ...] = ("drugprot", "genia", "bioscope")
    encoder_rate: float = 4e-4
    head_rate: float = 1.5e-3
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warmup_share: float = 0.06
    steps: int | None = 770
    micro_batch_tokens: int = 3000
    micro_batches: int = 2
    mention_weight: float = 8.0
    relation_weight: float = 1.0
    carve_share: float = 0.06
    evaluations: int = 1
    checkpoint_every_steps: int = 50
    seed: int = 13


def is_carved(doc_id: str, share: float) -> bool:
    """Whether a training document belongs to the carved part: decided by a hash of its id, so never by its corpus."""
    return int.from_bytes(sha256(doc_id.encode()).digest()[:4], "big") < share * 2**32


def read_training_documents(data: Path, *, corpora: Sequence[tuple[str, str]] = TRAINING) -> list[Annotated]:
    """Read the training splits, less every document that a reported split holds, by id and by text."""
    reported = [document for name, split in REPORTED for document in read_corpus(name, split, data=data)]
    ids = {document.doc_id for document in reported}
    sentences = {_letters(document.text) for document in reported if document.corpus == "bc2gm"}
    titles = {_letters(document.text.split("\n")[0]) for document in reported if document.corpus != "bc2gm"}
    documents: list[Annotated] = []
    for name, split in corpora:
        read = list(read_corpus(name, split, data=data))
        kept = [
            document
            for document in read
            if document.doc_id not in ids
            and _letters(document.text.split("\n")[0]) not in titles
            and not any(_letters(part) in sentences for part in document.text.replace("\n", ". ").split(". "))
        ]
        log.info(
            "%s/%s: %d documents, %d left out because a reported split holds them",
            name,
            split,
            len(kept),
            len(read) - len(kept),
        )
        documents += kept
    return documents


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def plan_steps(examples: Sequence[Example], settings: FinetuneSettings) -> list[list[list[int]]]:
    """Lay out the run: steps of micro-batches of example indices.

    Each corpus's passes are spread evenly over the run. Within a stretch of the run documents of like length share a
    micro-batch, so padding stays small, and the micro-batches are shuffled.
    """
    generator = np.random.default_rng(settings.seed)
    when: list[tuple[float, int]] = []
    for corpus, passes in settings.passes.items():
        members = [i for i, example in enumerate(examples) if example.corpus == corpus]
        full, part = int(passes), passes - int(passes)
        for round_ in range(full + (part > 0)):
            share = 1.0 if round_ < full else part
            chosen = generator.permutation(members)[: round(share * len(members))]
            when += [
                ((round_ + share * u) / passes, int(i))
                for u, i in zip(generator.random(len(chosen)), chosen, strict=True)
            ]
    order = [i for _, i in sorted(when)]
    batches: list[list[int]] = []
    stretch = 512
    for begin in range(0, len(order), stretch):
        members = order[begin : begin + stretch]
        groups = fill_budget([examples[i].length_tokens for i in members], budget_tokens=settings.micro_batch_tokens)
        shuffled = generator.permutation(len(groups))
        batches += [[members[j] for j in groups[g]] for g in shuffled]
    size = settings.micro_batches
    return [batches[i : i + size] for i in range(0, len(batches) - size + 1, size)]


class Trainer:
    """One training run over planned steps."""

    def __init__(
        self, network: ExtractorNetwork, tokenizer: Tokenizer, config: ExtractorConfig, settings: FinetuneSettings
    ) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self.config = config
        self.settings = settings
        self._special = special_ids(tokenizer)
        self._device = next(network.parameters()).device
        self.optimizer = torch.optim.AdamW(_parameter_groups(network, settings), fused=True)
        self._base_rates = [group["lr"] for group in self.optimizer.param_groups]

    def run_step(self, micro_batches: Sequence[Sequence[Example]], progress: float) -> dict[str, float]:
        """Take one optimizer step; `progress` is the share of the run that is done.

        Returns: the losses, means over the micro-batches.
        """
        self.network.train()
        for group, rate in zip(self.optimizer.param_groups, self._base_rates, strict=True):
            group["lr"] = rate * _schedule(progress, self.settings.warmup_share)
        sums = {"mention": 0.0, "relation": 0.0}
        for examples in micro_batches:
            mention, relation = self._losses(examples)
            loss = self.settings.mention_weight * mention + self.settings.relation_weight * relation
            (loss / len(micro_batches)).backward()  # type: ignore[no-untyped-call]
            sums["mention"] += float(mention.detach()) / len(micro_batches)
            sums["relation"] += float(relation.detach()) / len(micro_batches)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return sums

    def _losses(self, examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
        cls_id, sep_id, pad_id = self._special
        words = [example.words for example in examples]
        batch = collate_windows(
            words, [example.windows for example in examples], cls_id=cls_id, sep_id=sep_id, pad_id=pad_id
        )
        ids, mask, word = (torch.from_numpy(a).to(self._device) for a in (batch.ids, batch.mask, batch.word))
        states = self.network.encode(ids, mask, word, batch.n_words)  # (N, H)
        tags = torch.from_numpy(np.concatenate([example.tags for example in examples])).to(self._device)  # (N, heads)
        mention = states.sum() * 0.0
        if bool((tags != UNLABELLED).any()):
            logits = self.network.tag(states)  # (N, heads, 3)
            mention = F.cross_entropy(logits.flatten(0, 1), tags.flatten(), ignore_index=UNLABELLED)
        pairs = collate_pairs([example.pairs for example in examples], [len(w) for w in words])
        if not len(pairs):
            return mention, states.sum() * 0.0
        heads = self.config.mention_heads
        word_type = torch.from_numpy(mark_word_types([e.mentions for e in examples], words, heads)).to(self._device)
        reader = self.network.pair_reader
        scores = reader(reader.project_words(states, word_type), PairTensors.of(pairs, self._device))  # (P, L)
        return mention, _relation_loss(scores, examples, self._device)


def _relation_loss(logits: Tensor, examples: Sequence[Example], device: torch.device) -> Tensor:
    """Binary cross-entropy a label over statements; the best pair of a group speaks for it."""
    labels = torch.from_numpy(np.concatenate([example.labels for example in examples])).to(device)  # (P, L)
    offset, groups = 0, []
    for example in examples:
        groups.append(example.groups + offset)
        offset += int(example.groups.max()) + 1 if len(example.groups) else 0
    index = torch.from_numpy(np.concatenate(groups)).to(device)[:, None].expand_as(logits)  # (P, L)
    best = logits.new_full((offset, logits.shape[1]), -torch.inf).scatter_reduce(0, index, logits, "amax")
    gold = labels.new_full((offset, logits.shape[1]), UNLABELLED).scatter_reduce(0, index, labels, "amax")
    known = gold != UNLABELLED
    if not bool(known.any()):
        return logits.sum() * 0.0
    losses = F.binary_cross_entropy_with_logits(best[known], gold[known].to(best.dtype), reduction="sum")
    return losses / known.any(1).sum()


def _schedule(progress: float, warmup: float) -> float:
    """Linear warm-up, then linear decay to zero."""
    return progress / warmup if progress < warmup else (1.0 - progress) / (1.0 - warmup)


def _parameter_groups(network: ExtractorNetwork, settings: FinetuneSettings) -> list[dict[str, object]]:
    """Lower layers learn slower: each layer's rate is `layer_decay` of the one above; vectors don't decay."""
    layers = network.encoder_layers
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        rate = settings.head_rate
        if name.startswith("encoder."):
            parts = name.split(".")
            depth = int(parts[parts.index("layer") + 1]) + 1 if "layer" in parts else 0
            rate = settings.encoder_rate * settings.layer_decay ** (layers - depth)
        decay = settings.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": members, "lr": rate, "weight_decay": decay} for (rate, decay), members in groups.items()]


def score_carved(
    predictor: Predictor, carved: Sequence[Annotated], taught: np.ndarray
) -> tuple[ExtractorConfig, Scores]:
    """Choose thresholds on the carved documents and score them there; an optimistic figure, for choosing only."""
    spans = score_spans(predictor, [d for d in carved if d.heads])
    pairs = score_pairs(predictor, [d for d in carved if d.predicates])
    config = replace(predictor.config, thresholds=choose_thresholds(pairs, predictor.config, taught=taught))
    return config, Scores(spans, count_relations(pairs, config))


def selection_score(scores: Scores) -> float:
    """What a checkpoint is chosen by: the mean of the entity heads' span F1 and the relations' micro-F1, half each."""
    entity = [counts.f1 for head, counts in scores.spans.items() if head in ENTITY_TYPES]
    return 0.5 * float(np.mean(entity)) + 0.5 * scores.relations_micro.f1


def count_taught(examples: Sequence[Example]) -> np.ndarray:
    """How many pairs state each label; shape (n_labels,)."""
    stated = np.zeros(examples[0].labels.shape[1], dtype=np.int64)
    for example in examples:
        stated += (example.labels == 1).sum(axis=0)
    return stated


def _cut(documents: Sequence[Annotated], by_sentence: Sequence[str]) -> list[Annotated]:
    """Replace the documents of some corpora by their teaching sentences."""
    cut: list[Annotated] = []
    for document in documents:
        cut += teaching_sentences(document) if document.corpus in by_sentence else [document]
    return cut


def finetune(
    encoder: Path, out: Path, *, data: Path, settings: FinetuneSettings, max_steps: int | None = None
) -> dict[str, object]:
    """Train, choose the best evaluated checkpoint on the carved part, and leave a model folder in `out`.

    `out/.training` holds the state to resume from and is kept. Returns: the report, also in `out/training.json`.
    """
    torch.manual_seed(settings.seed)
    config = ExtractorConfig(mention_heads=MENTION_HEADS)
    tokenizer = open_tokenizer(encoder)
    documents = read_training_documents(data)
    carved = [d for d in documents if is_carved(d.doc_id, settings.carve_share)]
    kept = [d for d in documents if not is_carved(d.doc_id, settings.carve_share)]
    examples = build_examples(_cut(kept, settings.by_sentence), tokenizer, config)
    steps = plan_steps(examples, settings)[: settings.steps]
    planned_tokens = sum(examples[i].length_tokens for step in steps for batch in step for i in batch)
    log.info(
        "%d documents to learn from, %d carved out; %d steps, %d tokens",
        len(kept),
        len(carved),
        len(steps),
        planned_tokens,
    )
    network = fresh_network(encoder, config)
    trainer = Trainer(network, tokenizer, config, settings)
    run = _Run(out, trainer, carved, count_taught(examples), documents=len(kept), planned_tokens=planned_tokens)
    first = run.resume()
    evaluate_at = {round(len(steps) * (k + 1) / settings.evaluations) for k in range(settings.evaluations)}
    for number, step in enumerate(steps[:max_steps], start=1):
        if number <= first:
            continue
        run.note(
            number, len(steps), trainer.run_step([[examples[i] for i in b] for b in step], (number - 1) / len(steps))
        )
        if number in evaluate_at:
            run.evaluate(number)
        if number % settings.checkpoint_every_steps == 0 or number in evaluate_at:
            run.checkpoint(number)
    return run.report()


class _Run:
    """Progress, checkpoints and evaluations of one run."""

    def __init__(
        self,
        out: Path,
        trainer: Trainer,
        carved: Sequence[Annotated],
        taught: np.ndarray,
        *,
        documents: int,
        planned_tokens: int,
    ) -> None:
        self.out = out
        self.trainer = trainer
        self.carved = carved
        self.taught = taught >= _LEAST_TAUGHT
        self.sizes = {"documents": documents, "carved_documents": len(carved), "planned_tokens": planned_tokens}
        self.state_path = out / ".training" / "state.pt"
        self.history: list[dict[str, object]] = []
        self.losses: list[dict[str, float]] = []
        self.best = -1.0
        self.seconds = 0.0
        self._since = time.monotonic()

    def resume(self) -> int:
        """Load the last checkpoint, if any; returns the number of the last finished step."""
        if not self.state_path.is_file():
            return 0
        state = torch.load(self.state_path, weights_only=False)
        if state["settings"] != asdict(self.trainer.settings):
            raise ValueError(f"{self.state_path} belongs to a run with other settings; choose another --out")
        self.trainer.network.load_state_dict(state["network"])
        self.trainer.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        self.history, self.losses, self.best = state["history"], state["losses"], state["best"]
        self.seconds = state["seconds"]
        log.info("resumed after step %d", state["step"])
        return int(state["step"])

    def note(self, number: int, total: int, losses: dict[str, float]) -> None:
        self.losses.append(losses)
        if number % 20 == 0:
            now = time.monotonic()
            self.seconds += now - self._since
            self._since = now
            recent = {name: np.mean([row[name] for row in self.losses[-20:]]) for name in losses}
            left = self.seconds / number * (total - number)
            log.info(
                "step %d of %d, mention %.4f, relation %.4f, %.0f s, about %.0f s left",
                number, total, recent["mention"], recent["relation"], self.seconds, left,
            )  # fmt: skip

    def evaluate(self, number: int) -> None:
        trainer = self.trainer
        trainer.network.eval()
        predictor = Predictor(trainer.network, trainer.tokenizer, trainer.config, budget_tokens=BUDGET_TOKENS)
        config, scores = score_carved(predictor, self.carved, self.taught)
        chosen = selection_score(scores)
        self.history.append({"step": number, "selection": round(chosen, 4), **scores.as_dict()})
        spans = {head: round(counts.f1, 4) for head, counts in scores.spans.items()}
        log.info("step %d, carved part: %s, relations %.4f", number, spans, scores.relations_micro.f1)
        if chosen > self.best:
            self.best = chosen
            trained = {**self.sizes, "step": number, "settings": asdict(trainer.settings)}
            config = replace(config, trained=trained)
            save_network(trainer.network, config, trainer.tokenizer, self.out)

    def checkpoint(self, number: int) -> None:
        self.state_path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.state_path.with_suffix(".partial")
        torch.save(
            {
                "settings": asdict(self.trainer.settings),
                "step": number,
                "network": self.trainer.network.state_dict(),
                "optimizer": self.trainer.optimizer.state_dict(),
                "rng": torch.get_rng_state(),
                "history": self.history,
                "losses": self.losses,
                "best": self.best,
                "seconds": self.seconds,
            },
            partial,
        )
        partial.replace(self.state_path)

    def report(self) -> dict[str, object]:
        import json

        report = {
            **self.sizes,
            "seconds": round(self.seconds),
            "selection": round(self.best, 4),
            "history": self.history,
        }
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "training.json").write_text(json.dumps(report, indent=1) + "\n")
        return report
