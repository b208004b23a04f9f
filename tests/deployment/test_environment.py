"""Wheels unpacked for a machine, as it will find them in its place."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deployment import environment
from deployment.environment import PACKAGES, install, of_a_worker, of_research
from deployment.wheels import PYTHON, WheelsError


def wheel(folder: Path, name: str, **files: str) -> Path:
    path = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return path


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    files = {
        "thing/__init__.py": "def main():\n    print('hello')\n    return 7\n",
        "thing/tests/test_thing.py": "",
        "thing/fast.pyx": "",
        "thing-1.data/": "",  # as a folder of its own, which some wheels have
        "thing-1.data/scripts/shout": "#!python\nprint('HELLO')\n",
        "thing-1.data/data/share/thing/page.html": "page",
        "thing-1.data/headers/thing.h": "",
        "thing-1.data/purelib/beside.py": "",
        "thing-1.dist-info/entry_points.txt": "[console_scripts]\nthing = thing:main\nmore = thing:main [extra]\n",
    }
    install([wheel(tmp_path, "thing", **files)], tmp_path / "place")
    return tmp_path / "place"


def test_every_part_of_a_wheel_is_where_pip_would_put_it_and_what_nobody_imports_is_left_out(unpacked: Path) -> None:
    found = {file.relative_to(unpacked).as_posix() for file in unpacked.rglob("*") if file.is_file()}
    assert found == {
        f"{PACKAGES}/thing/__init__.py",
        f"{PACKAGES}/beside.py",
        f"{PACKAGES}/thing-1.dist-info/entry_points.txt",
        "bin/shout",
        "bin/thing",
        "bin/more",
        "share/thing/page.html",
    }


def test_commands_are_run_by_the_machines_python(unpacked: Path) -> None:
    for command in ("shout", "thing", "more"):
        assert (unpacked / "bin" / command).read_text().startswith("#!/opt/spotmc/bin/python\n")
        assert os.access(unpacked / "bin" / command, os.X_OK)
    where = os.environ | {"PYTHONPATH": str(unpacked / PACKAGES)}
    script = str(unpacked / "bin/thing")
    done = subprocess.run([sys.executable, script], env=where, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (7, "hello\n")


def test_two_wheels_with_the_same_file_are_refused(tmp_path: Path) -> None:
    wheels = [wheel(tmp_path, name, **{"thing.py": name}) for name in ("one", "two")]
    with pytest.raises(WheelsError, match=r"two wheels have a file thing\.py"):
        install(wheels, tmp_path / "place")


def test_bytecode_names_the_place_on_the_machine_and_is_believed_without_its_source(unpacked: Path) -> None:
    python = environment.python_here()
    if python is None:
        pytest.skip(f"there is no Python {PYTHON} here, so machines compile what they import")
    environment.compile_bytecode(unpacked)
    [compiled] = (unpacked / PACKAGES / "thing/__pycache__").iterdir()
    assert f"/opt/spotmc/{PACKAGES}/thing/__init__.py".encode() in compiled.read_bytes()
    (unpacked / PACKAGES / "thing/__init__.py").write_text("raise RuntimeError")
    code = "import thing; thing.main()"
    done = subprocess.run(
        [python.split()[0], "-c", code], env={"PYTHONPATH": str(unpacked / PACKAGES)}, capture_output=True, check=False
    )
    assert done.stdout == b"hello\n"


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("botocore/data/sqs/2012-11-05/service-2.json.gz", True),
        ("botocore/data/endpoints.json", True),
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", False),
        ("boto3/data/ec2/2016-11-15/resources-1.json", True),
        ("botocore/session.py", True),
    ],
)
def test_a_worker_knows_the_services_that_it_talks_to(file: str, *, wanted: bool) -> None:
    assert of_a_worker(file) == wanted


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", False),
        ("fontTools/agl.py", True),
        ("fontTools/misc/loggingTools.py", True),
        ("fontTools/subset/__init__.py", False),
        ("matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf", True),
        ("matplotlib/mpl-data/sample_data/topobathy.npz", False),
    ],
)
def test_what_draws_one_kind_of_picture_lacks_what_the_others_need(file: str, *, wanted: bool) -> None:
    assert of_research(file) == wanted


WITHOUT_WHAT_IS_LEFT_OUT = """
import sys
from fnmatch import fnmatchcase
from deployment.environment import LEFT_OUT

class Hidden:
    def find_spec(self, name, path=None, target=None):
        file = name.replace(".", "/")
        if any(fnmatchcase(each, pattern) for each in (f"{file}.py", f"{file}/__init__.py") for pattern in LEFT_OUT):
            raise ModuleNotFoundError(f"{name} is left out")

sys.meta_path.insert(0, Hidden())
import montecarlo as mc
history = mc.load_history("AAPL", "sample")
for method in ("logistic", "trees"):
    print(mc.train(history, method=method, n=4, direction="long").model.made_by)
"""


def test_what_trains_does_without_what_is_left_out() -> None:
    """scipy takes all names of numpy along, and so imports whatever numpy has."""
    command = [sys.executable, "-c", WITHOUT_WHAT_IS_LEFT_OUT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "scikit-learn" in done.stdout
    assert "lightgbm" in done.stdout.lower()
