"""Checks values that go to a store as parameters: what every store can take, and no larger than anybody needs.

The stores' drivers fail on some values with exceptions of their own (half a surrogate pair, a number beyond 64 bits, a
list a thousand deep), and each on others; so they are refused here, with the parameter's name, by the same words
whichever store is open. It knows no question: what a parameter means is checked by `graph.ask`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graph.errors import QuestionError

MAX_TEXT_CHARS: Final = 1_000  # of a question's parameter: no name comes near it
MAX_ITEMS: Final = 20_000  # of one parameter of a reader's own Cypher, lists and maps counted with what they hold
MAX_DEPTH: Final = 16
_SHOWN_CHARS: Final = 60


def check_scalar(name: str, value: object) -> None:
    """Whether this may be the value of a question's parameter: a text or a number. Raises: QuestionError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise QuestionError(f"{name} is a {_kind(value)}, expected a text or a number")
    if isinstance(value, str):
        if len(value) > MAX_TEXT_CHARS:
            raise QuestionError(f"{name} has {len(value):,} characters, at most {MAX_TEXT_CHARS:,} are taken")
        check_text(name, value)


def check_parameters(parameters: Mapping[str, object]) -> None:
    """Whether a store can take these with a reader's own Cypher. Raises: QuestionError."""
    for name, value in parameters.items():
        check_text("a parameter's name", name)
        _count_items(name, value, depth=0)


def check_text(name: str, text: str) -> None:
    """Whether a store can take this text, whatever it is. Raises: QuestionError."""
    if not _is_whole(text):
        raise QuestionError(f"{name} is {shown(text)}: it holds half a surrogate pair")


def shown(value: object) -> str:
    """The value for a message, cut if it is long."""
    text = ascii(value) if isinstance(value, str) and not _is_whole(value) else repr(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 3]}..."


def _count_items(name: str, value: object, *, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise QuestionError(f"{name} is nested more than {MAX_DEPTH} deep")
    if isinstance(value, str):
        check_text(name, value)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise QuestionError(f"{name} is {shown(value)}, expected a number of at most 64 bits")
    elif isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise QuestionError(f"{name} is a map with the key {shown(key)}, expected texts as keys")
            check_text(name, key)
        return _sum_items(name, list(value.values()), depth)
    elif isinstance(value, list | tuple):
        return _sum_items(name, value, depth)
    elif value is not None and not isinstance(value, bool | int | float):
        raise QuestionError(f"{name} is a {_kind(value)}, expected text, number, true or false, list or map")
    return 1


def _sum_items(name: str, values: list[object] | tuple[object, ...], depth: int) -> int:
    total = 1
    for value in values:
        total += _count_items(name, value, depth=depth + 1)
        if total > MAX_ITEMS:
            raise QuestionError(f"{name} holds more than {MAX_ITEMS:,} values")
    return total


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _kind(value: object) -> str:
    return {bool: "true or false", type(None): "null", dict: "map"}.get(type(value), type(value).__name__)
