"""The folder that a training job and its container share, ``/opt/ml``: where what lies in it, and reading it.

SageMaker lays it out before the container starts, and takes what the container leaves there.  On a laptop, or on AWS
Batch, another folder may stand for it: ROOT_VARIABLE says which.
"""

import json
import os
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from montecarlo.errors import ParameterError, TrainedModelError
from montecarlo.strategies.ml_forecast import MODEL_FILE
from montecarlo.trained.model import LARGEST

ROOT_VARIABLE = "SPOTMC_OPT_ML"
ROOT = "/opt/ml"

LONGEST_FAILURE = 1024
"""Characters of the file ``failure`` that DescribeTrainingJob shows as FailureReason."""

STRATEGY_FILE = "strategy.json"
"""Among the artefacts: what can be served, as ``to_dict`` of the strategy wrote it.  Of one that trades forecasts the
trained model lies beside it, under MODEL_FILE."""
PICTURE_FILE = "picture.png"


@dataclass(frozen=True)
class OptMl:
    """The folder."""

    root: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The one that the environment names."""
        return cls(Path(environment.get(ROOT_VARIABLE) or ROOT))

    @property
    def config(self) -> Path:
        return self.root / "input" / "config"

    @property
    def data(self) -> Path:
        return self.root / "input" / "data"

    @property
    def model(self) -> Path:
        """What becomes model.tar.gz, and what an endpoint is given."""
        return self.root / "model"

    @property
    def failure(self) -> Path:
        return self.root / "output" / "failure"

    @property
    def checkpoints(self) -> Path:
        """What is stored in the bucket while a job runs, and is there again when it is started anew."""
        return self.root / "checkpoints"

    def hyperparameters(self) -> dict[str, Any]:
        """As they stand there, each by its name; none where the file is missing.

        Raises:
            ParameterError: the file cannot be understood.
        """
        return self._config("hyperparameters")

    def require_one_host(self) -> None:
        """
        Raises:
            ParameterError: several machines have been started for one job, and all but one would do nothing.
        """
        hosts = self._config("resourceconfig").get("hosts", [])
        if isinstance(hosts, list) and len(hosts) > 1:
            message = (
                f"are {len(hosts)}, and one machine does all of the work: set InstanceCount to 1, and take a machine "
                "with more cores; many machines share the work of a job that `spotmc submit` sends to the fleet"
            )
            raise ParameterError({"the hosts of this training job": message})

    def channels(self) -> dict[str, Path]:
        """The folder of each channel, by its name.

        Raises:
            ParameterError: a channel is no folder of files, or the file that names them cannot be understood.
        """
        told = self._config("inputdataconfig")
        piped = [
            name for name, each in told.items() if isinstance(each, dict) and each.get("TrainingInputMode") == "Pipe"
        ]
        if piped:
            message = "has the input mode Pipe, which cannot be read twice: set File or FastFile"
            raise ParameterError({f"channel {name}": message for name in piped})
        there = [path.name for path in sorted(self.data.iterdir()) if path.is_dir()] if self.data.is_dir() else []
        return {name: self.data / name for name in dict.fromkeys((*told, *there))}

    def file_of(self, channel: str) -> Path | None:
        """The one file of a channel; None where there is no such channel.

        Raises:
            ParameterError: it has no file, or several.
        """
        folder = self.channels().get(channel)
        if folder is None:
            return None
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
        if len(files) == 1:
            return files[0]
        named = ", ".join(str(path.relative_to(folder)) for path in files[:5]) + (", …" if len(files) > 5 else "")
        has = f"has {len(files)} files, {named}" if files else "has no file"
        raise ParameterError({f"channel {channel}": f"{has}, and needs exactly one"})

    def write_failure(self, sentence: str) -> None:
        """What DescribeTrainingJob shows as the reason.

        Raises:
            OSError: it cannot be written.
        """
        self.failure.parent.mkdir(parents=True, exist_ok=True)
        self.failure.write_text(shortened(sentence))

    def _config(self, name: str) -> dict[str, Any]:
        path = self.config / f"{name}.json"
        try:
            values = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise ParameterError({path.name: f"is no JSON: {error}"}) from error
        if not isinstance(values, dict):
            raise ParameterError({path.name: f"must be a JSON object, not {type(values).__name__}"})
        return values


def shortened(sentence: str) -> str:
    """As much of it as is shown; where that is not all, its end says so."""
    if len(sentence) <= LONGEST_FAILURE:
        return sentence
    rest = " … (the log has all of it)"
    return sentence[: LONGEST_FAILURE - len(rest)] + rest


def trained_model_in(file: Path) -> bytes:
    """The JSON of a trained model: the file itself, or MODEL_FILE in what a training has left as model.tar.gz.

    Raises:
        TrainedModelError: the archive has none, or cannot be read.
        OSError: the file cannot be read.
    """
    if not file.name.endswith((".tar.gz", ".tgz")):
        return file.read_bytes()
    try:
        with tarfile.open(file) as archive:
            for member in archive:
                if member.isfile() and os.path.normpath(member.name) == MODEL_FILE:
                    content = archive.extractfile(member)
                    with content or suppress():
                        return content.read(LARGEST + 1) if content else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        raise TrainedModelError(f"cannot be read as an archive: {error}") from error
    raise TrainedModelError(f"has no {MODEL_FILE}: take what a job with work=train has left")
