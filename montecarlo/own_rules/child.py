"""The process that runs a rule: it limits itself, loads the rule, and answers what it is asked over a socket.

It is started by ``montecarlo.own_rules.process`` as a file, with one argument: the ``Orders`` below as JSON.  Requests
and answers are lines of JSON.  Closes, or bars, come in memory that both processes have; what the rule answers goes
back behind them.
"""

import contextlib
import importlib.util
import json
import math
import mmap
import numbers
import os
import reprlib
import resource
import select
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from montecarlo.own_rules.loading import LoadedRule

MODULE = "own_rule"  # the rule's own name, by which Numba finds again what it has compiled

BARS = ("close", "open", "high", "low")  # in memory in this order; a rule of closes is given the first alone
MOST_FIELDS = 5  # of an answer by name: targets and four kinds of orders

CPU_MARGIN_SECONDS = 5  # the parent looks at the clock; this is for a rule that outlives its parent

OUT_OF_MEMORY = b'{"memory": true}\n'  # made while there is some


class Orders(TypedDict):
    """What the process is told at its start.

    Attributes:
        channel: File descriptor of the socket.
        memory: File descriptor of the memory that both processes have: prices in its first half, answers in its second.
        size: Of that, in bytes.
        path: Where the file of the rule lies.
        name: What people call it.
        columns: Of all closes.
        most_bytes: Of memory of its own.
        roots: Folders whose modules the parent can import, and the rule, too.
    """

    channel: int
    memory: int
    size: int
    path: str
    name: str
    columns: int
    most_bytes: int
    roots: list[str]


def main(orders: Orders) -> None:
    _limit_memory(orders["most_bytes"])
    channel = socket.socket(fileno=orders["channel"])
    _end_with(channel)
    sys.path += [root for root in orders["roots"] if root not in sys.path]
    loading, work = _loading(), _Work(orders)
    answers, path, name = channel.makefile("wb"), orders["path"], orders["name"]
    for line in channel.makefile("rb"):
        try:
            request = json.loads(line)
            _limit_processor(request["seconds"])
            told = _told(work.answer(request, loading))
        except MemoryError:
            told = OUT_OF_MEMORY
        except loading.Unusable as error:
            told = _told({"unusable": str(error)})
        except BaseException as error:  # noqa: BLE001  also what ends a process, such as sys.exit
            contradiction = loading.message_of(error) if isinstance(error, ValueError) else None
            told = _told({"error": loading.told(error, path, name), "contradiction": contradiction})
        with contextlib.suppress(Exception):  # what the rule prints is its own affair
            sys.stdout.flush()
        answers.write(told)
        answers.flush()
    os._exit(0)  # threads of the rule shall not keep it


class _Work:
    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._prices = mmap.mmap(orders["memory"], orders["size"] // 2, prot=mmap.PROT_READ)
        self._both = mmap.mmap(orders["memory"], orders["size"])
        self._rule: LoadedRule | None = None

    def answer(self, request: dict[str, Any], loading: ModuleType) -> dict[str, Any]:
        if self._rule is None:
            source = Path(self._orders["path"]).read_bytes()
            self._rule = loading.load(source, self._orders["path"], self._orders["name"], MODULE)
            described = {"takes_bars": self._rule.takes_bars, "signals": loading.message_of(self._rule.signals)}
            return {"parameters": self._rule.parameters, **described}
        if request["ask"] == "first_decision":
            return _whole_number(self._rule.first_decision(request["settings"]))
        return self._targets(self._rule, request["rows"], request["settings"])

    def _targets(self, rule: "LoadedRule", rows: int, settings: dict[str, Any]) -> dict[str, Any]:
        import numpy as np

        shape = (rows, self._orders["columns"])
        size = math.prod(shape)
        kinds = BARS if rule.takes_bars else BARS[:1]
        given = {
            name: np.frombuffer(self._prices, np.float64, size, offset=8 * size * place).reshape(shape)
            for place, name in enumerate(kinds)
        }
        answer = rule.targets(SimpleNamespace(**given) if rule.takes_bars else given["close"], settings)
        named = dict(answer) if rule.takes_bars and isinstance(answer, Mapping) else None
        fields: list[dict[str, Any]] = []
        place = self._orders["size"] // 2
        for name, wanted in (named if named is not None else {"": answer}).items():
            values = np.asarray(wanted)
            if values.shape in (shape, ()) and values.dtype.kind in "biuf" and values.dtype.itemsize <= 8:
                with np.errstate(invalid="ignore"):
                    small = values.astype(np.int8)
                values = small if np.array_equal(small, values) else values  # an eighth of the way back, as a rule
                if len(fields) < MOST_FIELDS:
                    np.frombuffer(self._both, values.dtype, values.size, offset=place)[...] = values.ravel()
            fields.append(
                {
                    "name": str(name)[:40],
                    "shape": values.shape,
                    "dtype": values.dtype.str,
                    "type": type(wanted).__name__,
                }
            )
            place += 8 * size
        return {"by_name": named is not None, "fields": fields}


def _whole_number(value: object) -> dict[str, Any]:
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return {"first": int(value)}
    return {"first": reprlib.repr(value)}


def _told(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def _limit_memory(most_bytes: int) -> None:
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_DATA, most_bytes)
    with contextlib.suppress(OSError):  # on Linux only: where the machine runs out of memory, it is the rule that ends
        Path("/proc/self/oom_score_adj").write_text("1000")


def _limit_processor(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds) + CPU_MARGIN_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _end_with(channel: socket.socket) -> None:
    """End when the parent has: also a rule that waits for something."""

    def wait() -> None:
        hung_up = select.poll()
        hung_up.register(channel, 0)
        hung_up.poll()
        os._exit(1)

    threading.stack_size(256 * 1024)
    threading.Thread(target=wait, daemon=True).start()
    threading.stack_size(0)


def _loading() -> ModuleType:
    """The module beside this one, without the packages that it is in, which take a second to import."""
    spec = importlib.util.spec_from_file_location("own_rule_loading", Path(__file__).with_name("loading.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
