"""A language model that answers by rule, for tests of what stands around one."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from engine.generate.request import Answer, EngineDeathError, Request


class ScriptedEngine:
    """Says Yes to claims of passages with "inhibits", No where they say "not", else Unclear.

    Asked for relations it says the first triple that is offered, of a sentence that is nowhere where the passage says
    "invented"; "garbage" in a passage gives no JSON, at the first attempt only with "once". "poison" kills it. What it
    was asked is written to `log`, a line a request.
    """

    revision = "scripted-1"

    def __init__(self, *, log: Path | None = None) -> None:
        self._log = log

    def answer(self, requests: Sequence[Request], /) -> list[Answer]:
        if self._log:
            with self._log.open("a", encoding="utf-8") as log:
                log.writelines(f"{request.user.splitlines()[0]}\n" for request in requests)
        if any("poison" in request.user for request in requests):
            raise EngineDeathError("poisoned")
        return [_say(request) for request in requests]


def open_scripted(*, log: Path | None = None) -> ScriptedEngine:
    return ScriptedEngine(log=log)


def _say(request: Request) -> Answer:
    if request.choices:
        return _verdict(request)
    wants_triples = "triples" in json.loads(request.schema or "{}")["properties"]
    return _relations(request) if wants_triples else _translation(request)


def _verdict(request: Request) -> Answer:
    passage = request.user.split("\n\n")[0]
    if "silence" in passage:
        return Answer(prompt_tokens=10, answer_tokens=1)
    word = "No" if " not " in passage else "Yes" if "inhibits" in passage or "expressed" in passage else "Unclear"
    logprobs = {choice: math.log(0.9 if choice == word else 0.05) for choice in request.choices}
    return Answer(logprobs=logprobs, prompt_tokens=10, answer_tokens=1)


def _relations(request: Request) -> Answer:
    passage = request.user.split("\n\n")[0]
    if "garbage" in passage and (request.seed == 0 or "once" not in passage):
        return Answer(text="I think that", prompt_tokens=20, answer_tokens=3)
    offer = json.loads(request.schema or "")["properties"]["triples"]["items"]["anyOf"][0]["properties"]
    triple = {name: allowed["enum"][0] for name, allowed in offer.items()}
    if "invented" in passage:
        triple["sentence"] = "S99"
    return Answer(text=json.dumps({"triples": [triple]}), prompt_tokens=20, answer_tokens=30)


def _translation(request: Request) -> Answer:
    """The sentence after "xx": "forgetful" ones lose a placeholder, with "once" at the first attempt only.

    Where it says "miscounting", 12 becomes 13.
    """
    text = request.user.split("\n\n")[0].partition(": ")[2]
    said = f"xx {text}"
    if "forgetful" in text and (request.seed == 0 or "once" not in text):
        said = said.replace("[[1]]", "it", 1)
    if "miscounting" in text:
        said = said.replace("12", "13")
    return Answer(text=json.dumps({"translation": said}), prompt_tokens=20, answer_tokens=10)
