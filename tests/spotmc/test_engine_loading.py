"""What happens while a person waits."""

import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

from montecarlo.engine.lanes import stage
from spotmc.engine_loading import load_engine
from tests.other_user import run_as_nobody


def test_loading_the_engine_leaves_out_what_no_stage_uses_and_others_may_still_import_it() -> None:
    code = (
        "import sys\n"
        "from spotmc.engine_loading import load_engine\n"
        "load_engine()\n"
        "print([name for name in ('scipy.linalg', 'cffi') if name in sys.modules])\n"
        "import cffi, scipy.linalg.cython_blas\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_that_it_is_compiled_is_said_once_where_the_caller_wants_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Such as a worker's log, in which every line is an event; what is found in the cache is not compiled."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    said: list[str] = []
    for expected in (1, 1):
        double = stage(lambda number: 2 * number)
        monkeypatch.setattr(
            "montecarlo.experiments.compiling.load_stages", lambda simulation, double=double: (double(1), double(0.5))
        )
        load_engine(say=said.append)
        assert len(said) == expected
    assert said[0].startswith("Compiling")


@pytest.mark.parametrize("arguments", [["--help"], ["backtest"], ["jobs"]])
def test_what_simulates_nothing_says_nothing_of_machine_code_though_it_cannot_be_kept(arguments: list[str]) -> None:
    program = "import tempfile; tempfile.tempdir = '/nonexistent'; from spotmc.cli import main; main()"
    done = run_as_nobody(["-c", program, *arguments], Path("/"), {"HOME": "/nonexistent"})
    assert "ompil" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if arguments == ["jobs"] else 0), done.stderr
