"""A request in a model's own chat format, and the tokens by which its answer is read: for asking, and for teaching.

What asks a model and what trains one both come here, so a model is taught exactly what it will be asked. Knows
tokenizers, Hugging Face's, by what it is handed; it imports none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from engine.generate.request import EngineUnavailableError, Request


def check_chat(tokenizer: Any, model: object) -> None:
    """Raises: EngineUnavailableError if the model has no chat format."""
    if not getattr(tokenizer, "chat_template", None):
        raise EngineUnavailableError(f"{model} has no chat template: it is no instruct model")


def prompt_tokens(tokenizer: Any, request: Request) -> list[int]:
    """The tokens after which the answer begins.

    A chat format without a system role, such as Gemma 2's, refuses one: there the user says both.
    """
    from jinja2 import TemplateError

    both = {"role": "user", "content": f"{request.system}\n\n{request.user}"}
    try:
        return _chat_tokens(tokenizer, request.messages())
    except TemplateError:
        return _chat_tokens(tokenizer, [both])


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


def _chat_tokens(tokenizer: Any, messages: Sequence[Mapping[str, str]]) -> list[int]:
    return list(tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=True, return_dict=False))


def _first_token(tokenizer: Any, text: str) -> int:
    return int(tokenizer.encode(text, add_special_tokens=False)[0])
