"""Names of classes of drugs that hold the name of what the drugs act on: "ACE inhibitors", "calcium channel blockers".

The gene in such a name is what a drug acts on, not what a sentence relates to a disease: "ACE inhibitor-associated
angioedema" says nothing of ACE.
"""

from __future__ import annotations

import re
from typing import Final

from engine.schema import DISEASE, GENE, Span

_ACTORS: Final = "inhibitors?|blockers?|antagonists?|agonists?|modulators?|activators?|stimulators?"
# What follows the name of a target in the name of a class, as an expression.
MODULATORS: Final = rf"(?:(?:receptor|channel) )?(?:{_ACTORS})"

_FOLLOWS: Final = re.compile(rf"(?: ?\([\w-]{{1,12}}\))?[- ]{MODULATORS}\b", re.I)


def is_of_a_class(head: tuple[Span, str], tail: tuple[Span, str], text: str) -> bool:
    """Whether of a gene and a disease, each a span of `text` and its type, the gene stands in the name of a class."""
    ends = {type: span for span, type in (head, tail)}
    return ends.keys() == {GENE, DISEASE} and _FOLLOWS.match(text, ends[GENE].end) is not None
