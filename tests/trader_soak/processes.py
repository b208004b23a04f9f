"""A trader that is a process: killed with SIGKILL by what it asks, and started again; or stopped on the way of it."""

import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from fleet.traders.state import ENDED, HALTED, STOPPED
from tests.http_service import Request
from tests.trader_soak.network import Network
from tests.trader_soak.process import HALTS
from tests.trader_soak.runs import Outcome, Scenario, new_world, outcome_of, recorded_days, verdict_on
from tests.trader_soak.two_traders import FIRST, SECOND, Pair
from tests.trader_soak.world import Choose

OURS = ("tests.trader_soak.process",)
SECONDS = 300  # that a process may take, on a busy machine
STARTS_AT_MOST = 60


def play(scenario: Scenario, choose: Choose, command: Sequence[str] = OURS) -> Outcome:
    """As ``runs.play``, with processes.

    Args:
        scenario: What is traded.
        choose: Which faults strike; a kill is one of the process.
        command: A Python module and its arguments; it ends with the statuses of ``spotmc trader run``.
    """
    with new_world(scenario) as world, Network(world) as network, TemporaryDirectory() as folder:
        world.choose = choose
        log = Path(folder) / "log"
        errors: list[str] = []
        for start in range(1, STARTS_AT_MOST):
            status = network.start(command, log).wait(SECONDS)
            if status in (0, HALTS):
                ended = HALTED if status else ENDED if scenario.paper else STOPPED
                return outcome_of(world, scenario, ended, start, errors)
            if status != -signal.SIGKILL:
                errors.append(f"status {status}: {_last_word(log)}")
        return outcome_of(world, scenario, "nothing", start, errors)


def wakes_up(scenario: Scenario, at: int) -> Pair:
    """The first process stops (SIGSTOP) in the middle of a request, until the second one has recorded another day.

    Then the request is done, and the first one goes on.

    Args:
        scenario: What is traded.
        at: Which request.
    """
    with new_world(scenario) as world, TemporaryDirectory() as folder:
        stopped, go_on = threading.Event(), threading.Event()

        def gate(_: Request) -> None:
            if len(world.asked) == at and not stopped.is_set():
                first.send_signal(signal.SIGSTOP)
                stopped.set()
                go_on.wait(SECONDS)

        with Network(world) as network:
            first = network.start(OURS, Path(folder) / FIRST)
            world.gate = gate
            while not stopped.wait(0.05) and first.poll() is None:
                pass
            days = recorded_days(world)
            second = network.start(OURS, Path(folder) / SECOND)
            while recorded_days(world) == days and second.poll() is None:
                time.sleep(0.02)
            go_on.set()
            if first.poll() is None:
                os.kill(first.pid, signal.SIGCONT)
            first.wait(SECONDS)
            second.wait(SECONDS)
        ends = {name: _last_word(Path(folder) / name) for name in (FIRST, SECOND)}
        return Pair(verdict_on(world, scenario), ends)


def _last_word(log: Path) -> str:
    """What a process returned, or the name of the error that ended it."""
    line = ["nothing", *log.read_text().strip().splitlines()][-1]
    return line.partition(":")[0].rpartition(".")[2]
