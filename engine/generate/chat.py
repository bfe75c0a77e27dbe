"""A request in a model's own chat format, and the tokens by which its answer is read: for asking, and for teaching.

What asks a model and what trains one both come here, so a model is taught exactly what it will be asked. Knows
tokenizers, Hugging Face's, by what it is handed; it imports none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from engine.generate.request import EngineUnavailableError, Request


def check_chat(tokenizer: Any, model: object) -> None:
    """Raises: EngineUnavailableError if the model has no chat format."""
    if not getattr(tokenizer, "chat_template", None):
        raise EngineUnavailableError(f"{model} has no chat template: it is no instruct model")


def prompt_tokens(tokenizer: Any, request: Request) -> list[int]:
    """The tokens after which the answer begins."""
    tokens = tokenizer.apply_chat_template(
        request.messages(), add_generation_prompt=True, tokenize=True, return_dict=False
    )
    return list(tokens)


def choice_tokens(tokenizer: Any, choices: Sequence[str]) -> dict[int, str]:
    """The first tokens that a choice may begin with, spelled as it is, in small letters, or after a space.

    One that begins several choices, as a lone space does in some vocabularies, says nothing and is left out.
    Raises: EngineUnavailableError if the first token of a choice, spelled as it is, begins another too.
    """
    begun: dict[int, list[str]] = defaultdict(list)
    for choice in choices:
        for token in {_first_token(tokenizer, spelling) for spelling in (choice, choice.lower(), f" {choice}")}:
            begun[token].append(choice)
    for choice in choices:
        others = [other for other in begun[_first_token(tokenizer, choice)] if other != choice]
        if others:
            raise EngineUnavailableError(f"{choice!r} and {others[0]!r} begin with one token of this model")
    return {token: by[0] for token, by in begun.items() if len(by) == 1}


def _first_token(tokenizer: Any, text: str) -> int:
    return int(tokenizer.encode(text, add_special_tokens=False)[0])
