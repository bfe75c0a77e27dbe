"""The line that says how far a run is."""

from __future__ import annotations

import pytest

from jobs import progress


def test_the_line_says_rate_rejects_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    line = progress.ProgressLine(300, every_s=10)
    clock[0] += 5
    line.add(rows=50, rejected=1)
    assert capsys.readouterr().err == ""
    clock[0] += 5
    line.add(rows=50, rejected=0)
    assert capsys.readouterr() == (
        "",
        "100 of about 300 documents, 10.0/s, 1 rejected, 10 s gone, 20 s left\n",
    )


@pytest.mark.parametrize(("seconds", "text"), [(59.4, "59 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")])
def test_seconds_are_readable(seconds: float, text: str) -> None:
    assert progress.format_s(seconds) == text
