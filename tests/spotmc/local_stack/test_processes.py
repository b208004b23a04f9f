import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spotmc.local_stack.ports import require_free
from spotmc.local_stack.processes import StackError, running, wait_until


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """A module that runs some lines, and then waits for ever, as a command."""

    def write(lines: str) -> list[str]:
        (tmp_path / "some_module.py").write_text(f"import signal, sys, time\n{lines}\nwhile True: time.sleep(1)\n")
        return ["some_module", "argument"]

    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return write


def test_children_run_while_the_block_lasts(module: Callable[[str], list[str]], tmp_path: Path) -> None:
    command = module("print(sys.argv[1:], __name__, flush=True)")
    with running({"one": command, "two": command}, tmp_path) as children:
        for child in children:
            wait_until(lambda child=child: child.log.read_text() == "['argument'] __main__\n", child)
        pids = [child.process.pid for child in children]
    assert not any(is_alive(pid) for pid in pids)


def test_a_child_is_asked_to_stop_and_may_do_so_in_good_order(
    module: Callable[[str], list[str]], tmp_path: Path
) -> None:
    command = module("signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye'))); print('ready', flush=True)")
    with running({"polite": command}, tmp_path) as [child]:
        wait_until(lambda: "ready" in child.log.read_text(), child)
    assert child.log.read_text() == "ready\nbye\n"
    assert child.process.returncode == 0


def test_a_child_that_ends_by_itself_is_told_with_its_last_words(
    module: Callable[[str], list[str]], tmp_path: Path
) -> None:
    told = pytest.raises(StackError, match=r"(?s)poor ended by itself with status 1 .*no more disk")
    with running({"poor": module("sys.exit('no more disk')")}, tmp_path) as [child], told:
        wait_until(lambda: False, child)


def test_a_child_that_is_killed_is_not_told_with_what_it_wrote_about_something_else(
    module: Callable[[str], list[str]], tmp_path: Path
) -> None:
    with running({"poor": module("print('an older traceback', flush=True)")}, tmp_path) as [child]:
        wait_until(lambda: "older" in child.log.read_text(), child)
        child.process.kill()
        with pytest.raises(StackError, match="poor was ended from outside by SIGKILL") as told:
            wait_until(lambda: False, child)
    assert "traceback" not in str(told.value)


def test_no_child_outlives_a_parent_that_is_killed(
    module: Callable[[str], list[str]], tmp_path: Path, eventually: Callable[..., None]
) -> None:
    parent = f"""
import time
from pathlib import Path
from spotmc.local_stack.processes import running
with running({{"child": {module("")}, "other": {module("")}}}, Path({str(tmp_path)!r})) as children:
    print(*[child.process.pid for child in children], flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert all(is_alive(pid) for pid in pids)
        process.kill()
    eventually(lambda: not any(is_alive(pid) for pid in pids))


def test_a_port_that_is_taken_is_named(free_port: Callable[[], int]) -> None:
    port = free_port()
    require_free(port)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(StackError, match=f"port {port} of 127.0.0.1 cannot be used"):
            require_free(port)
