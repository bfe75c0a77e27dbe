"""A request in a model's own chat format, and the tokens by which its answer is read: for asking, and for teaching.

What asks a model and what trains one both come here, so a model is taught exactly what it will be asked. Knows
tokenizers, Hugging Face's, by what it is handed; it imports none.
"""

from __future__ import annotations

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

    Raises: EngineUnavailableError if two choices begin with one token.
    """
    tokens: dict[int, str] = {}
    for choice in choices:
        for spelling in (choice, choice.lower(), f" {choice}"):
            token = tokenizer.encode(spelling, add_special_tokens=False)[0]
            if tokens.setdefault(token, choice) != choice and spelling == choice:
                raise EngineUnavailableError(f"{choice!r} and {tokens[token]!r} begin with one token of this model")
    return tokens
