"""What a private Neo4j server needs on a machine without Docker: a fitting Java, and the server's jars.

The jars come from Maven Central into a cache folder, once a release (about 130 MB); Neo4j Community is GPL, so it is a
separate program that is fetched on request and never bundled. This file knows nothing of instances, ports or
processes. It reads a Java's version from the `release` file beside it and starts a Java only where there is none.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph.errors import ServerError

logger = logging.getLogger(__name__)

# Java installations as Debian, Fedora, macOS, Homebrew, SDKMAN and IntelliJ lay them out.
_INSTALLED: Final = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*",
    "/usr/local/opt/openjdk*",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
)
_DEPENDENCY_PLUGIN: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
# `neo4j-server` alone lacks the entry point, which is in `neo4j`.
_POM: Final = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>hypograph</groupId>
  <artifactId>neo4j-private-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{release}</version></dependency>
    <dependency><groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId><version>{release}</version></dependency>
  </dependencies>
</project>
"""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java installation: its home folder and its major version."""

    home: Path
    major: int

    @property
    def executable(self) -> Path:
        """The `java` program."""
        return self.home / "bin" / "java"


def find_java(accepted: tuple[int, ...]) -> Java:
    """The first Java on this machine whose major version is accepted, in the order of `accepted`.

    Looks at JAVA_HOME_<major>, JAVA_HOME, the `java` on PATH, then where systems install Java.
    Raises: ServerError that lists what was found instead.
    """
    found = list(_installations(accepted))
    for major in accepted:
        for java in found:
            if java.major == major:
                return java
    wanted = " or ".join(str(major) for major in accepted)
    have = ", ".join(f"Java {java.major} in {java.home}" for java in found) or "no Java at all"
    raise ServerError(f"needs Java {wanted}, found {have}; install it, or point JAVA_HOME_{accepted[0]} at it")


def _installations(accepted: tuple[int, ...]) -> Iterator[Java]:
    named = [os.environ.get(name) for major in accepted for name in (f"JAVA_HOME_{major}", f"JAVA_HOME_{major}_X64")]
    homes = [Path(value) for value in [*named, os.environ.get("JAVA_HOME")] if value]
    on_path = shutil.which("java")
    if on_path:
        homes.append(Path(on_path).resolve().parent.parent)
    for pattern in _INSTALLED:
        expanded = Path(pattern).expanduser()
        anchor = Path(expanded.anchor)
        homes.extend(sorted(anchor.glob(str(expanded.relative_to(anchor)))))
    seen: set[Path] = set()
    for home in homes:
        resolved = home.resolve()
        if resolved in seen or not os.access(resolved / "bin" / "java", os.X_OK):
            continue
        seen.add(resolved)
        major = _major_version(resolved)
        if major is not None:
            yield Java(resolved, major)


def _major_version(home: Path) -> int | None:
    release = home / "release"
    if release.is_file():
        text = release.read_text(encoding="utf-8", errors="replace")
    else:
        command = [str(home / "bin" / "java"), "-XshowSettings:properties", "-version"]
        text = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    match = re.search(r"""(?:JAVA_VERSION=|java\.version = )"?(?:1\.)?(\d+)""", text)
    return int(match.group(1)) if match else None


def fetch_jars(release: str, folder: Path, *, java: Java) -> Path:
    """The folder of the server's jars for this release, fetched through Maven the first time.

    Raises: ServerError if Maven is missing or could not fetch them.
    """
    jars = folder / release
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerError(f"Java {java.major} is in {java.home}, but `mvn` (Apache Maven) is not on PATH")
    logger.info("fetching the jars of Neo4j %s through Maven into %s (once, about 130 MB)", release, jars)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{release}-") as work:
        (Path(work) / "pom.xml").write_text(_POM.format(release=release), encoding="utf-8")
        command = [maven, "-q", "-B", f"{_DEPENDENCY_PLUGIN}:copy-dependencies"]
        command += ["-DincludeScope=runtime", "-DoutputDirectory=jars"]
        environment = os.environ if shutil.which("java") else {**os.environ, "JAVA_HOME": str(java.home)}
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = "\n".join((done.stdout + done.stderr).strip().splitlines()[-6:])
            raise ServerError(f"Maven could not fetch Neo4j {release}:\n{reason}")
        # A second process may have been quicker; its folder is as good as ours.
        if not jars.is_dir():
            (Path(work) / "jars").rename(jars)
    return jars
