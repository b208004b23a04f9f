"""Having the engine's machine code ready, and saying so where it must be compiled."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from montecarlo.experiments.portfolio import Portfolio
    from montecarlo.experiments.traded_paths import TradedPaths

# Numba imports these with the first machine code it loads, for linear algebra and calls into C.  No stage uses them,
# and they take a fifth of the processor time of a short job.
UNUSED_BY_STAGES = ("scipy.linalg.cython_blas", "cffi")


def say_on_stderr(message: str) -> None:
    click.echo(message, err=True)


def load_engine(
    experiment: "TradedPaths | Portfolio | None" = None, say: Callable[[str], object] = say_on_stderr
) -> None:
    """Have the experiment's machine code ready, and say so if it must be compiled; by default that of the example,
    for which a second process compiles a part."""
    from montecarlo.experiments.compiling import EXAMPLE, load_stages

    with ExitStack() as stack:

        def begin() -> None:
            say("Compiling the simulation for this processor, once per machine: some 20 seconds")
            if experiment is None and (os.cpu_count() or 1) > 1:
                stack.enter_context(_another_process())

        stack.enter_context(_where_compiled(begin))
        stack.enter_context(_not_imported(*UNUSED_BY_STAGES))
        load_stages(experiment or EXAMPLE)


@contextmanager
def _another_process() -> Iterator[None]:
    """Have a part of the example compiled; what is not done in time is done here, so it may fail."""
    command = [sys.executable, "-m", "montecarlo.experiments.compiling"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        try:
            yield
        finally:
            process.kill()


@contextmanager
def _not_imported(*modules: str) -> Iterator[None]:
    """Let an import of these modules fail, where they have not been imported yet."""
    kept_out = dict.fromkeys(set(modules) - set(sys.modules))
    sys.modules.update(kept_out)  # type: ignore[arg-type]  # None is how Python is told
    try:
        yield
    finally:
        for name in kept_out:
            del sys.modules[name]


@contextmanager
def _where_compiled(begin: Callable[[], object]) -> Iterator[None]:
    """Call something as soon as machine code is not loaded but compiled; where it cannot be kept either, the engine
    says so itself."""
    from numba.core import event

    from montecarlo.engine.compile_cache import is_kept

    class First(event.Listener):
        begun = False

        def on_start(self, begun: Any) -> None:
            if not self.begun and is_kept(begun.data["dispatcher"]):
                self.begun = True
                begin()

        def on_end(self, ended: Any) -> None:
            pass

    with event.install_listener("numba:compile", First()):
        yield
