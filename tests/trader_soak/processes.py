"""A trader that is a process: killed with SIGKILL by what it asks, and started again; or stopped on the way of it."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from fleet.traders.state import ENDED, HALTED, STOPPED
from tests.http_service import Request
from tests.trader_soak import process
from tests.trader_soak.network import FORKING, Network
from tests.trader_soak.process import HALTS
from tests.trader_soak.runs import Outcome, Scenario, new_world, outcome_of, recorded_days
from tests.trader_soak.two_traders import FIRST, SECOND, Pair, pair_of
from tests.trader_soak.world import Choose, World

OURS = ("tests.trader_soak.process",)
SECONDS = 300  # that a process may take, on a busy machine
STARTS_AT_MOST = 60
MEETS = 5.0  # seconds that one of two waits for the other


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

        with Network(world, FIRST) as one, Network(world, SECOND) as other:
            first = one.start(OURS, Path(folder) / FIRST)
            world.gate = gate
            while not stopped.wait(0.05) and first.poll() is None:
                pass
            days = recorded_days(world)
            second = other.start(OURS, Path(folder) / SECOND)
            while recorded_days(world) == days and second.poll() is None:
                time.sleep(0.02)
            go_on.set()
            if first.poll() is None:
                os.kill(first.pid, signal.SIGCONT)
            first.wait(SECONDS)
            second.wait(SECONDS)
        ends = {name: _last_word(Path(folder) / name) for name in (FIRST, SECOND)}
        return pair_of(world, scenario, ends)


def at_once(scenario: Scenario, seed: int) -> Pair:
    """Two processes begin at the same moment.

    Of an even seed, both are told that nobody has the lease before either can ask for it.

    Args:
        scenario: What is traded.
        seed: Whether they do.
    """
    with new_world(scenario) as world, Network(world, FIRST) as one, Network(world, SECOND) as other:
        meets = _meeting(world) if seed % 2 == 0 else lambda _: None
        both = FORKING.Barrier(2)
        ends: dict[str, str] = {}
        begun: list[tuple[str, BaseProcess, Connection]] = []

        def gate(request: Request) -> None:
            meets(request)
            if world.over:  # for the one that waits, too
                for _, trader, _ in begun:
                    trader.terminate()

        world.gate = gate
        for name, network in ((FIRST, one), (SECOND, other)):
            hears, says = FORKING.Pipe(duplex=False)
            begun.append((name, network.fork(process.begin, name, both, says), hears))
            says.close()
        for name, trader, hears in begun:
            ends[name] = hears.recv() if hears.poll(SECONDS) else "nothing"
            trader.join(SECONDS)
            hears.close()
        return pair_of(world, scenario, ends)


def _meeting(world: World) -> Callable[[Request], object]:
    """Keeps both on the way back from their first look at the lease, until both have looked."""
    both, passed = threading.Barrier(2), Counter[str]()

    def gate(request: Request) -> None:
        if request.path.endswith("/lease.json") and request.method == "GET":
            me = threading.current_thread().name
            passed[me] += 1
            if passed[me] == 2 and not world.effects:
                with suppress(threading.BrokenBarrierError):
                    both.wait(MEETS)

    return gate


def _last_word(log: Path) -> str:
    """What a process returned, or the name of the error that ended it."""
    line = ["nothing", *log.read_text().strip().splitlines()][-1]
    return line.partition(":")[0].rpartition(".")[2]
