"""An element of mixed content to plain text: inline tags, MathML, leftover entities, invisible characters.

Rules, fixed because every offset rests on them:
- `<i>`, `<b>`, `<u>`, `<sub>`, `<sup>` leave their text in place: `CD4<sup>+</sup>` is `CD4+`, `H<sub>2</sub>O` is
  `H2O`. A whole number raised above a digit is a power and keeps a caret: `10<sup>6</sup>` is `10^6`, not `106`.
- MathML is written on one line: fractions with `/`, powers as above, the blanks of its layout left out.
- What stands on lines of its own in print (a displayed formula, a paragraph, the item of a list) is set off by blanks.
- Entities that were escaped twice (`&amp;mdash;`) become their character.
- Runs of white space of any kind become one space; characters that no reader sees (soft hyphen, zero-width
  space, direction marks, MathML's invisible operators, variation selectors, byte order mark) are left out: a
  dictionary would stumble over them.
"""

from __future__ import annotations

import html
import re
from typing import Final

from lxml import etree

_ESCAPED: Final = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_WHOLE_NUMBER: Final = re.compile(r"\s*[-+−–]?\d+\s*")
_SET_OFF: Final = frozenset({"DispFormula", "disp-formula", "p", "list-item", "break"})
_INVISIBLE: Final = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), *range(0xFE00, 0xFE10), 0xFEFF]
)


def flatten(element: etree._Element) -> str:
    """The element's text on one line."""
    if len(element) == 0:
        return clean(element.text or "")
    parts: list[str] = []
    _collect(element, parts)
    return clean("".join(parts))


def clean(text: str) -> str:
    """Resolve what was escaped twice, drop invisible characters, make every run of white space one space."""
    if "&" in text:
        text = _ESCAPED.sub(lambda match: html.unescape(match[0]), text)
    if not text.isascii():
        text = text.translate(_INVISIBLE)
    return " ".join(text.split())


def local_name(element: etree._Element) -> str:
    """The tag without its namespace or prefix."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _collect(element: etree._Element, parts: list[str]) -> None:
    parts.append(element.text or "")
    for child in element:
        name = local_name(child)
        if name == "math":
            parts.append(_math(child))
        elif name in _SET_OFF:
            parts.append(" ")
            _collect(child, parts)
            parts.append(" ")
        else:
            if name == "sup" and _is_power("".join(parts), flatten(child)):
                parts.append("^")
            _collect(child, parts)
        parts.append(child.tail or "")


def _is_power(before: str, raised: str) -> bool:
    return before[-1:].isdigit() and _WHOLE_NUMBER.fullmatch(raised) is not None


def _math(element: etree._Element) -> str:
    """MathML on one line."""
    name = local_name(element)
    if name in ("annotation", "annotation-xml"):
        return ""
    if name == "mspace":
        return " "
    if len(element) == 0:
        return " ".join((element.text or "").split())
    parts = [_math(child) for child in element]
    if name == "mfrac":
        return "/".join(parts)
    if name == "msup" and _is_power(parts[0], parts[-1]):
        return "^".join(parts)
    if name == "msqrt":
        return "√" + "".join(parts)
    if name == "mfenced":
        return f"{element.get('open', '(')}{','.join(parts)}{element.get('close', ')')}"
    return " ".join(parts) if name in ("mtable", "mtr") else "".join(parts)
