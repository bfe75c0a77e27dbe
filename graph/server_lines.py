"""The release lines of Neo4j that can be started here, and what each needs.

It knows nothing of instances or of processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Line:
    """A release line of Neo4j: the release that we start, the Javas that it runs on, and how."""

    release: str
    java: tuple[int, ...]
    main_class: str
    jvm_options: tuple[str, ...]


_OPENS: Final = tuple(
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
)
LINES: Final = {
    "5.26": Line("5.26.0", (17, 21), "org.neo4j.server.CommunityEntryPoint", _OPENS),
    "2026": Line(
        "2026.09.0", (25,), "org.neo4j.server.Neo4jCommunity", (*_OPENS, "--add-modules=jdk.incubator.vector")
    ),
}
DEFAULT_LINE: Final = "5.26"
