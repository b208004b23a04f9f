"""The page about the command line is what the command line says of itself."""

import subprocess
import sys
from pathlib import Path


def test_the_page_is_up_to_date():
    """In a process of its own: a command remembers how it was first called, and with that its help."""
    page = subprocess.run([sys.executable, "-m", "spotmc.manual"], capture_output=True, text=True, check=True).stdout
    path = Path(__file__).parents[2] / "docs" / "cli.md"
    assert path.read_text() == page, "run: .venv/bin/python -m spotmc.manual > docs/cli.md"
