"""What a person who waits sees."""

import io
import re

import pytest

from spotmc.progress_bar import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_is_sent_is_shown_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar(3_000_000, "Sending", of_bytes=True) as bar:
        bar(1_000_000)
        bar(900_000)  # a part that is sent again
        bar(3_000_000)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())
    assert "Sending" in shown
    assert "3.0/3.0 MB" in shown


def test_nothing_is_shown_where_no_person_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(3, "Sending", of_bytes=True) as bar:
        bar(2)
    assert capsys.readouterr() == ("", "")
