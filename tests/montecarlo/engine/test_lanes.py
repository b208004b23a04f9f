"""The cache of machine code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import montecarlo

SIMULATE = """
import montecarlo as mc
from montecarlo.experiments.paths import simulate_rows
model = mc.NormalModel(100.0, 0.1, 0.3)
simulation = mc.Simulation(model=model, strategy=mc.BuyAndHold(), days=5, iterations=1, seed=7)
print(mc.__file__, simulate_rows(simulation, 0, 1)["final_price"][0])
"""


def test_a_change_in_a_file_that_a_stage_only_calls_is_compiled(tmp_path):
    shutil.copytree(Path(montecarlo.__file__).parent, tmp_path / "montecarlo")
    generator = tmp_path / "montecarlo" / "engine" / "generator.py"

    def simulated():
        environment = os.environ | {"PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
        command = [sys.executable, "-c", SIMULATE]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        file, price = done.stdout.split()
        assert Path(file).is_relative_to(tmp_path)
        return price

    before = simulated()
    source = generator.read_text()
    assert "signed & _SIGN" in source
    generator.write_text(source.replace("signed & _SIGN", "0"))
    assert simulated() != before
