"""The page about the command line is what the command line says of itself."""

from pathlib import Path

from spotmc import manual


def test_the_page_is_up_to_date():
    path = Path(__file__).parents[2] / "docs" / "cli.md"
    assert path.read_text() == manual.page(), "run: .venv/bin/python -m spotmc.manual > docs/cli.md"
