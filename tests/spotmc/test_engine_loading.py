"""What happens while a person waits."""

import subprocess
import sys
import time

from spotmc import engine_loading


def test_loading_the_engine_leaves_out_what_no_stage_uses_and_others_may_still_import_it():
    code = (
        "import sys\n"
        "from spotmc.engine_loading import load_engine\n"
        "load_engine()\n"
        "print([name for name in ('scipy.linalg', 'cffi') if name in sys.modules])\n"
        "import cffi, scipy.linalg.cython_blas\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_that_it_is_compiled_is_said_where_the_caller_wants_it(monkeypatch):
    """A worker's log, in which every line is an event."""
    monkeypatch.setattr(engine_loading, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr("montecarlo.experiments.compiling.load_stages", lambda simulation: time.sleep(0.5))
    said: list[str] = []
    engine_loading.load_engine(say=said.append)
    assert len(said) == 1
    assert said[0].startswith("Compiling")
