"""The lesser processors that the tests of decisions are repeated on are ones that this one can be."""

import os
import subprocess
import sys

import pytest

from tests.processors import features, lesser

PROGRAM = """
from tests.processors import features
print(*features())
"""


@pytest.mark.parametrize("what", lesser())
def test_numpy_does_without_what_it_is_told_to_and_complains_of_nothing(what):
    variables = lesser()[what]
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.split() == [each for each in features() if each not in variables["NPY_DISABLE_CPU_FEATURES"]]


def test_the_oldest_has_nothing_beyond_what_numpy_takes_for_granted():
    assert list(lesser().values())[-1]["NPY_DISABLE_CPU_FEATURES"].split() == features()
