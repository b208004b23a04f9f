"""A folder as SageMaker lays it out for a training job, and the program ``train`` as a process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from montecarlo.data.sources import load_history
from tests.container.hosting import Endpoint, artefacts, both_sides, endpoint

SAMPLE = {"symbol": "AAPL", "source": "sample"}


@dataclass(frozen=True)
class TrainingJob:
    """A folder, and the program that works in it."""

    root: Path

    @property
    def model(self) -> dict[str, bytes]:
        """The artefacts, by name."""
        return {path.name: path.read_bytes() for path in (self.root / "model").iterdir()}

    @property
    def failure(self) -> str | None:
        """What DescribeTrainingJob would show."""
        file = self.root / "output" / "failure"
        return file.read_text() if file.exists() else None

    @property
    def checkpoints(self) -> list[Path]:
        return sorted((self.root / "checkpoints").rglob("*.chunk"))

    @contextmanager
    def begun(self, before: str = "true", **environment: str) -> Iterator["subprocess.Popen[str]"]:
        """The program while the block lasts, after a command of the shell's; what it prints is in its ``stdout``."""
        program = subprocess.Popen(
            ["sh", "-c", f'{before}; exec "$0" -m container train', sys.executable],
            env={**os.environ, "SPOTMC_OPT_ML": str(self.root), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with program:
            try:
                yield program
            finally:
                program.kill()

    def run(self, before: str = "true", **environment: str) -> tuple[int, str]:
        """Exit code and log of the program, from beginning to end."""
        with self.begun(before, **environment) as program:
            log = program.communicate()[0]
        return program.returncode, log


@pytest.fixture(scope="session")
def snapshot() -> bytes:
    return load_history("AAPL", "sample").to_csv()


@pytest.fixture
def lay_out(tmp_path: Path, snapshot: bytes) -> Callable[..., TrainingJob]:
    """Lay out a folder: hyperparameters by name, and channels as contents of files by their names."""

    def lay_out(
        hyperparameters: Mapping[str, object],
        channels: Mapping[str, Mapping[str, bytes]] | None = None,
        *,
        hosts: tuple[str, ...] = ("algo-1",),
        root: Path = tmp_path / "opt-ml",
    ) -> TrainingJob:
        channels = {"prices": {"AAPL.csv": snapshot}} if channels is None else channels
        files = {
            "hyperparameters": hyperparameters,
            "inputdataconfig": {name: {"TrainingInputMode": "File"} for name in channels},
            "resourceconfig": {"current_host": hosts[0], "hosts": list(hosts)},
        }
        for folder in ("input/config", "input/data", "model", "output", "checkpoints"):
            (root / folder).mkdir(parents=True)
        for name, values in files.items():
            (root / "input" / "config" / f"{name}.json").write_text(json.dumps(values))
        for name, contents in channels.items():
            (root / "input" / "data" / name).mkdir()
            for file, content in contents.items():
                (root / "input" / "data" / name / file).write_bytes(content)
        return TrainingJob(root)

    return lay_out


@pytest.fixture
def spotmc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, bytes]]:
    """Run the command in this process, and give the files that it has written."""
    from spotmc.cli import main

    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> dict[str, bytes]:
        with pytest.raises(SystemExit) as left:
            main((*arguments, "--out", "by-spotmc"))
        assert not left.value.code, capsys.readouterr().err
        return {path.name: path.read_bytes() for path in (tmp_path / "by-spotmc").iterdir()}

    return run


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Endpoint]:
    """A trained model with a forecast for both sides, served by one process."""
    root = artefacts(tmp_path_factory.mktemp("both"), both_sides())
    with endpoint(root, free_port(), SAGEMAKER_MODEL_SERVER_WORKERS="1") as served:
        yield served
