"""What docs/learning.md says of training is so."""

import re
from pathlib import Path

import pytest

from montecarlo.learning import Training
from montecarlo.learning.classifying import TREE_SETTINGS, TREES
from montecarlo.learning.split import CALIBRATION
from montecarlo.trained import Skill, TrainedModel
from montecarlo.trained.model import VERSION
from tests.programs import ROOT

TEXT = (ROOT / "docs/learning.md").read_text()


def test_the_example_says_what_stands_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    [lines] = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(lines, {})
    said = capsys.readouterr().out.splitlines()[0]
    # Training promises no bits: all but the last digit.
    roughly = re.compile(r"(0\.\d\d)\d")
    [quoted] = [" ".join(block.replace("> ", "").split()) for block in re.findall(r"(?:^> .*\n)+", TEXT, re.MULTILINE)]
    assert roughly.sub(r"\1", quoted) == roughly.sub(r"\1", said)
    assert TrainedModel.from_json((tmp_path / "apple.json").read_bytes()).name == "apple"


def test_numbers_are_those_of_the_program() -> None:
    settings = Training()
    assert f"(n = {settings.n}: {2 * settings.n} numbers)" in TEXT
    assert f"The first {100 * settings.share:.0f} % of the days train (`share`)" in " ".join(TEXT.split())
    assert f"fit ({100 - 100 * CALIBRATION:.0f} %)" in TEXT
    assert (TREES, TREE_SETTINGS["num_leaves"]) == (100, 8)
    assert "a hundred trees of eight leaves" in TEXT
    assert f"JSON file of version {VERSION}" in TEXT


def test_every_figure_of_skill_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", TEXT))
    bounds = ("volatility_auc_low", "volatility_auc_high", "excess_auc_low", "excess_auc_high")
    assert set(Skill.__dataclass_fields__) - explained <= set(bounds)
