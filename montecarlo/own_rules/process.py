"""A rule in processes of its own, with limits on their time and memory: whatever it does, this process goes on."""

import fcntl
import json
import math
import mmap
import os
import selectors
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from montecarlo.data.bars import Bars
from montecarlo.errors import RuleError
from montecarlo.own_rules import child
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.own_rules.signature import parameters_of
from montecarlo.parameters import Parameter
from montecarlo.strategies.own_orders import ORDERS, TARGETS, require_order
from montecarlo.strategies.own_rule import Settings, require_numbers
from montecarlo.strategies.strategy import COLUMNS, FloatArray

GIB = 2**30
LOADING_SECONDS = 60.0  # for a rule's imports, and what it compiles when it is loaded
LOOK_SECONDS = 0.25  # between two looks while a rule has the word

SHARED_BYTES = (
    2**29
)  # for closes and targets of two centuries, or bars and orders of one; only what is used takes memory
LONGEST_ANSWER = 2**16  # bytes
LAST_WORDS = 300  # characters of what a rule has printed, told where it has ended

# What a process of a rule is told of this one's environment: no credentials, no settings, nothing of the person's.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPYCACHEPREFIX")
_PASSED_ON_PREFIXES = ("NUMBA_", "NPY_", "OPENBLAS_")
_OF_OUR_OWN = {
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"),
    "PYTHONHASHSEED": "0",  # the order of a set of words is then the same in all of them
    # glibc keeps what NumPy gives back: asking the system for it again takes as long as working out a simple rule.
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**28),
}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a process of a rule may take.

    Args:
        seconds: For each answer: targets of COLUMNS paths, or a first decision.
        most_bytes: Of memory.
    """

    seconds: float = 20.0
    most_bytes: int = 2 * GIB


class RuleProcesses:
    """Runs a rule, while the ``with`` block lasts, for as many threads as ask it, each in a process of its own.

    It is the ``code`` of an ``OwnRule``.

    Args:
        rule: The file.
        limits: What each process may take.
        look: Called some times a second while a rule has the word; what it raises ends that.
        folder: Where the file is put, so that Numba code in it is compiled once; by default one in the folder for
            temporary files, which is this user's alone.

    Raises:
        RuleError: from all methods, and when the block is entered: the rule cannot be loaded, it fails, or it goes
            beyond the limits.
        OSError: a process cannot be started.
    """

    def __init__(
        self,
        rule: RuleFile,
        limits: Limits | None = None,
        *,
        look: Callable[[], object] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._rule, self._limits = rule, limits or Limits()
        self._look, self._folder = look, folder
        self._changed = threading.Condition()
        self._is_open, self._asking = False, 0
        self._idle: list[_Process] = []
        self._path = Path()
        self._parameters: dict[str, Parameter] = {}
        self._takes_bars, self._signals = False, ""

    def __enter__(self) -> Self:
        self._path = _stored(self._rule, self._folder)
        self._is_open = True
        with self._process() as process:
            self._parameters = parameters_of(process.described["parameters"], self._rule.name)
            self._takes_bars = process.described.get("takes_bars") is True
            self._signals = str(process.described.get("signals"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_open = False  # what ends threads that still ask, because whoever started them has given up
            self._changed.wait_for(lambda: not self._asking)
        for process in self._idle:
            process.end()
        self._idle = []

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        return self._parameters

    @property
    def takes_bars(self) -> bool:
        return self._takes_bars

    @property
    def signals(self) -> str:
        return self._signals

    def targets(self, prices: FloatArray | Bars, settings: Settings) -> object:
        with self._process() as process:
            return process.targets(prices, settings)

    def first_decision(self, settings: Settings) -> object:
        with self._process() as process:
            return process.first_decision(settings)

    @contextmanager
    def _process(self) -> "Iterator[_Process]":
        with self._changed:
            self._require_open()
            self._asking += 1
            process = self._idle.pop() if self._idle else None
        try:
            process = process or _Process(self._rule.name, self._path, self._limits, self._look_around)
            yield process
            with self._changed:
                self._idle.append(process)
        except BaseException:
            if process:
                process.end()
            raise
        finally:
            with self._changed:
                self._asking -= 1
                self._changed.notify_all()

    def _look_around(self) -> None:
        self._require_open()
        if self._look:
            self._look()

    def _require_open(self) -> None:
        if not self._is_open:
            raise RuleError(f"{self._rule.name} is not run any more")


class _Process:
    def __init__(self, name: str, path: Path, limits: Limits, look: Callable[[], object]) -> None:
        self._name, self._limits, self._look = name, limits, look
        self._printed = b""
        ours, theirs = socket.socketpair()
        memory = _shared_memory()
        orders: child.Orders = {
            "channel": theirs.fileno(),
            "memory": memory,
            "size": SHARED_BYTES,
            "path": str(path),
            "name": name,
            "columns": COLUMNS,
            "most_bytes": limits.most_bytes,
            "roots": _roots(),
        }
        self._channel = ours
        try:
            self._shared = mmap.mmap(memory, SHARED_BYTES)
            # Not -I, which would take no notice of our own PYTHONHASHSEED either.
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-P", child.__file__, json.dumps(orders)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(), memory),
                env=_environment(path.parent),
                cwd=path.parent,
                start_new_session=True,  # so that what it starts ends with it, and Ctrl-C is for us alone
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(memory)
        try:
            self.described = self._ask({"ask": "load"}, LOADING_SECONDS)
        except BaseException:
            self.end()
            raise

    def targets(self, prices: FloatArray | Bars, settings: Settings) -> object:
        given = [prices] if isinstance(prices, np.ndarray) else [getattr(prices, name) for name in child.BARS]
        closes, most = given[0], SHARED_BYTES // 2 // (8 * COLUMNS * (1 if len(given) == 1 else child.MOST_FIELDS))
        if len(closes) > most:
            raise RuleError(f"{self._name} can be tried on {most:,} closes at most, not {len(closes):,}")
        for place, each in enumerate(given):
            np.frombuffer(self._shared, np.float64, each.size, offset=place * each.nbytes)[...] = each.ravel()
        answer = self._ask({"ask": "targets", "rows": len(closes), "settings": dict(settings)}, self._limits.seconds)
        try:
            fields = answer["fields"][: child.MOST_FIELDS + 1]
            found = {str(field["name"]): self._field(field, closes, place) for place, field in enumerate(fields)}
            by_name = answer["by_name"] is True
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._nonsense() from error
        return found if by_name else found.get("")

    def _field(self, field: dict[str, Any], closes: FloatArray, place: int) -> object:
        """Of an answer; a copy, because what the rule may still write does not matter any more."""
        shape, dtype, what, name = tuple(field["shape"]), np.dtype(field["dtype"]), str(field["type"]), field["name"]
        if place >= child.MOST_FIELDS or name not in ("", TARGETS, *ORDERS):
            return None  # its name is refused
        if name not in ORDERS:
            require_numbers(shape, dtype, closes.shape, self._name, what=what)
        elif what == "NoneType":
            return None
        else:
            require_order(shape, dtype, closes.shape, self._name, name=name)
        size, offset = math.prod(shape), SHARED_BYTES // 2 + place * closes.nbytes
        return np.frombuffer(self._shared, dtype, size, offset=offset).reshape(shape).copy()

    def first_decision(self, settings: Settings) -> object:
        try:
            return self._ask({"ask": "first_decision", "settings": dict(settings)}, self._limits.seconds)["first"]
        except _ContradictionError as error:
            raise ValueError(error.told) from error

    def end(self) -> None:
        """And all that it has started."""
        with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group that has ended
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._channel.close()
        assert self._process.stdout
        self._process.stdout.close()

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        line = self._answer_to(json.dumps(request | {"seconds": seconds}).encode() + b"\n", seconds)
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise self._nonsense() from error
        if not isinstance(answer, dict):
            raise self._nonsense()
        if answer.get("memory"):
            raise RuleError(f"{self._name} took more than {self._limits.most_bytes / GIB:.3g} GiB of memory")
        if "unusable" in answer:
            raise RuleError(str(answer["unusable"]))
        if "error" in answer:
            message = f"{self._name} failed:\n{answer['error']}"
            if request["ask"] == "first_decision" and answer.get("contradiction") is not None:
                raise _ContradictionError(message, str(answer["contradiction"]))
            raise RuleError(message)
        return answer

    def _answer_to(self, request: bytes, seconds: float) -> bytes:
        deadline, answer = time.monotonic() + seconds, b""
        assert self._process.stdout
        with selectors.DefaultSelector() as selector, suppress(ConnectionError):
            selector.register(self._channel, selectors.EVENT_READ)
            selector.register(self._process.stdout, selectors.EVENT_READ)
            self._channel.sendall(request)
            while not answer.endswith(b"\n"):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise RuleError(f"{self._name} did not answer within {seconds:g} s")
                for key, _ in selector.select(min(left, LOOK_SECONDS)):
                    if key.fileobj is self._channel:
                        received = self._channel.recv(LONGEST_ANSWER)
                        answer += received
                        if not received:
                            raise self._ended()
                        if len(answer) > LONGEST_ANSWER:
                            raise self._nonsense()
                    elif not self._heard():
                        selector.unregister(self._process.stdout)
                self._look()
            return answer
        raise self._ended()

    def _heard(self) -> bool:
        """Whether it has printed something; the end of that is kept."""
        assert self._process.stdout
        printed = os.read(self._process.stdout.fileno(), 2**16)
        self._printed = (self._printed + printed)[-LAST_WORDS:]
        return bool(printed)

    def _ended(self) -> RuleError:
        """How it did."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        status = self._process.returncode
        if status is None:
            return RuleError(f"{self._name} closed what its process answers with")
        while self._heard_at_once():
            pass
        last = self._printed.decode(errors="replace").strip().rpartition("\n")[2]
        words = f"; the last it said: {last}" if last else ""
        if status == -signal.SIGXCPU:
            return RuleError(f"{self._name} took more time of the processor than it may have")
        if status < 0:
            by = signal.Signals(-status).name
            why = ", perhaps because this machine ran out of memory" if by == "SIGKILL" else ""
            return RuleError(f"{self._name} was ended by {by}{why}{words}")
        return RuleError(f"{self._name} ended its process, with status {status}{words}")

    def _heard_at_once(self) -> bool:
        assert self._process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            return bool(selector.select(0)) and self._heard()

    def _nonsense(self) -> RuleError:
        return RuleError(f"{self._name} wrote into what its process answers with")


class _ContradictionError(RuleError):
    def __init__(self, message: str, told: str) -> None:
        super().__init__(message)
        self.told = told


def _shared_memory() -> int:
    """File descriptor of memory for closes and targets, which takes some when it is written to."""
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryFile() as file:
            file.truncate(SHARED_BYTES)
            return os.dup(file.fileno())
    memory = os.memfd_create("rule", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(memory, SHARED_BYTES)
    # A rule that made it smaller would end whoever looks there.
    fcntl.fcntl(memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return memory


def _environment(folder: Path) -> dict[str, str]:
    passed_on = {
        name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    return passed_on | _OF_OUR_OWN | {"HOME": str(folder)}


def _roots() -> list[str]:
    """Folders of this library and of NumPy, wherever they were installed."""
    packages = (Path(child.__file__).parents[1], Path(np.__file__).parent)
    return [str(package.parent) for package in packages]


def _stored(rule: RuleFile, folder: Path | None) -> Path:
    """Where the file lies; it is written only where it is not there, because Numba looks at its time.

    Raises:
        OSError: it cannot be written, or others can write to its folder.
    """
    if folder is None:
        folder = Path(tempfile.gettempdir(), f"spotmc-rules-{os.getuid()}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f"others can write to {folder}, where rules are kept: remove it")
    path = folder / rule.digest / rule.name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists() or path.read_bytes() != rule.source:
        new = path.with_name(f".{os.getpid()}-{threading.get_ident()}")
        new.write_bytes(rule.source)
        new.replace(path)
    return path
