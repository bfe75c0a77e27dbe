"""What the SVG pictures of reports share: the page and the titles on it. Plain string templates, no drawing library."""

from __future__ import annotations

from typing import Final

PAGE: Final = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" \
viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
{body}
</svg>
"""
TITLE: Final = '<text x="{x}" y="{y}" font-size="14" font-weight="bold">{text}</text>'
