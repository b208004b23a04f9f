"""What a training job prints: words, and now and then how far it is."""

import sys
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from container.metrics import progress_line
from container.stopping import Stopped

if TYPE_CHECKING:
    from montecarlo.experiments.experiment import Experiment

EVERY = 10.0  # seconds, at most so often


class Log:
    """Prints, and knows how far the work is.

    Attributes:
        look: Called with every step of the work; what it raises ends that.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.look: Callable[[], object] = lambda: None
        self._clock = clock
        self._last = float("-inf")
        self._units = self._done = self._chunk = 0
        self._unit = "unit"

    def say(self, words: str) -> None:
        """Print a line at once, if there are words."""
        if words:
            print(words, flush=True)

    def warn(self, warnings: Iterable[str]) -> None:
        """Print what is doubtful."""
        for each in warnings:
            print(f"warning: {each}", file=sys.stderr, flush=True)

    def begin(self, experiment: "Experiment") -> None:
        """The work on all units of an experiment."""
        self._units, self._unit, self._chunk = experiment.units, experiment.unit, experiment.chunk
        self._last = self._clock()

    def progress(self, done: int) -> None:
        """So many are done.

        Raises:
            Stopped: no more shall be.
        """
        self.look()
        self._done = max(self._done, done)
        if self._clock() - self._last >= EVERY:
            self._last = self._clock()
            self.far()

    def far(self) -> None:
        """Print how far it is."""
        self.say(progress_line(self._done, self._units))

    def stopped(self, by: Stopped, *, checkpoints: bool) -> str:
        """What is to be said where it was told to stop."""
        if not self._units:
            return f"Stopped by {by.name} before the work began; started again, it goes on from its checkpoints, if any"
        if self._units <= self._chunk:
            next_time = "all of it is one piece, so it begins anew when it is started again"
        elif checkpoints:
            next_time = "started again with the same hyperparameters and checkpoints, it goes on from the last of them"
        else:
            next_time = "it has no checkpoints, so it begins anew when it is started again (set CheckpointConfig)"
        unit = self._unit if self._units == 1 else f"{self._unit}s"
        return f"Stopped by {by.name} after {self._done:,} of {self._units:,} {unit}; {next_time}"
