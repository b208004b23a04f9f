"""The engine is compiled by two processes at the same time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

PROGRAM = """
from numba.core import event

class Compiled(event.Listener):
    def on_start(self, begun):
        print(begun.data["dispatcher"].__name__)
    def on_end(self, ended):
        pass

from montecarlo.experiments.compiling import EXAMPLE, load_stages
with event.install_listener("numba:compile", Compiled()):
    load_stages(EXAMPLE)
"""


def test_what_another_process_has_compiled_is_not_compiled_again(tmp_path: Path) -> None:
    where = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "montecarlo.experiments.compiling"], env=where, check=True)
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=where, capture_output=True, text=True, check=True)
    compiled = done.stdout.split()
    assert "_run_groups" in compiled  # the loop
    assert "_fill_prices" not in compiled  # of the model
    assert "_fill_targets" not in compiled  # of the strategy
