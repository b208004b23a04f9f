"""A trader that is a process, killed with SIGKILL by what it asks, and started again."""

import signal
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from fleet.traders.state import ENDED, HALTED, STOPPED
from tests.trader_soak.network import Network
from tests.trader_soak.runs import Outcome, Scenario, new_world, outcome_of
from tests.trader_soak.world import Choose

OURS = ("tests.trader_soak.process",)
SECONDS = 300  # that a process may take, on a busy machine
STARTS_AT_MOST = 60


def play(scenario: Scenario, choose: Choose, command: Sequence[str] = OURS) -> Outcome:
    """As ``runs.play``, with processes.

    Args:
        scenario: What is traded.
        choose: Which faults strike; a kill is one of the process.
        command: A Python module and its arguments.
    """
    with new_world(scenario) as world, Network(world) as network, TemporaryDirectory() as folder:
        world.choose = choose
        log = Path(folder) / "log"
        errors: list[str] = []
        for start in range(1, STARTS_AT_MOST):
            status = network.start(command, log).wait(SECONDS)
            said = log.read_text().strip().splitlines()[-1:]
            if status == 0:
                ended = next((each for each in (ENDED, HALTED, STOPPED) if each in said[0]), said[0])
                return outcome_of(world, scenario, ended, start, errors)
            if status != -signal.SIGKILL:
                errors.append(f"status {status}: {said}")
        return outcome_of(world, scenario, "nothing", start, errors)
