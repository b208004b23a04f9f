"""The folder that a training job and its container share, ``/opt/ml``: where what lies in it.

SageMaker lays it out before the container starts, and takes what the container leaves there.  On a laptop, or on AWS
Batch, another folder may stand for it: ROOT_VARIABLE says which.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT_VARIABLE = "SPOTMC_OPT_ML"
ROOT = "/opt/ml"

LONGEST_FAILURE = 1024
"""Characters of the file ``failure`` that DescribeTrainingJob shows as FailureReason."""

STRATEGY_FILE = "strategy.json"
"""Among the artefacts: what can be served, as ``to_dict`` of the strategy wrote it.  Of one that trades forecasts the
trained model lies beside it, as model.json; of a rule of a person's own its text, as rule.py."""
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

    def write_failure(self, sentence: str) -> None:
        """What DescribeTrainingJob shows as the reason.

        Raises:
            OSError: it cannot be written.
        """
        self.failure.parent.mkdir(parents=True, exist_ok=True)
        self.failure.write_text(shortened(sentence))


def shortened(sentence: str) -> str:
    """As much of it as is shown; where that is not all, its end says so."""
    if len(sentence) <= LONGEST_FAILURE:
        return sentence
    rest = " … (the log has all of it)"
    return sentence[: LONGEST_FAILURE - len(rest)] + rest
