"""An answer as the object that was asked for, or why it can't be used. Pure; knows nothing of what is asked."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from engine.generate.request import LENGTH, Answer

T = TypeVar("T", bound=BaseModel)


def parse_object(answer: Answer, kind: type[T]) -> T | str:
    """The object in an answer, in the shape that was asked for; or the reason why there is none.

    Lenient where it costs nothing: words or a code fence around the object, which may be said again, raw control
    characters in strings.
    """
    if answer.error:
        return answer.error
    if answer.finish == LENGTH:
        return f"the answer was cut off after {answer.answer_tokens} tokens"
    start = answer.text.find("{")
    if start < 0:
        return "the answer holds no JSON object"
    try:
        said, _ = json.JSONDecoder(strict=False).raw_decode(answer.text, start)
        json.dumps(said, ensure_ascii=False).encode()  # half a surrogate pair, which JSON can spell, is no text
    except (ValueError, RecursionError) as error:
        return f"the answer is no JSON: {error}"
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        return f"the answer is not what was asked for: {'.'.join(map(str, first['loc']))}: {first['msg']}"
