"""A process that is told to stop ends, whatever it is doing."""

import signal
import subprocess
import sys

import pytest

LISTENS = """
import time
from container.stopping import Stopped, Stopping

stopping = Stopping(lambda stopped: print("last words", stopped.name, flush=True), patience=0.1)
"""
CLEANS_UP = """
try:
    print("ready", flush=True)
    time.sleep(60)
except Stopped as stopped:
    print("heard", stopped.status)
"""
SWALLOWS = """
try:
    print("ready", flush=True)
    time.sleep(60)
except BaseException:
    pass
time.sleep(60)
"""
IS_NEARLY_DONE = """
stopping.enough()
print("ready", flush=True)
input()
print("done")
"""


def told(number, program):
    """Exit code and output of a process that is told to stop once it is ready."""
    command = [sys.executable, "-c", LISTENS + program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        output = process.communicate("\n")[0]
    return process.returncode, output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_being_done_is_ended_and_can_clean_up(number):
    assert told(number, CLEANS_UP) == (0, f"heard {128 + number}\n")


def test_one_that_does_not_hear_it_is_ended_all_the_same():
    code, output = told(signal.SIGTERM, SWALLOWS)
    assert (code, output) == (143, "last words SIGTERM\n")


def test_results_that_are_there_are_finished():
    assert told(signal.SIGTERM, IS_NEARLY_DONE) == (0, "done\n")
