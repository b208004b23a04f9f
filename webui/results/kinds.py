"""How each kind of experiment is shown: a file for each."""

from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep
from webui.results import simulation, sweep
from webui.results.kind import Kind

KINDS: dict[str, Kind] = {Simulation.kind: simulation.KIND, Sweep.kind: sweep.KIND}
