"""Hyperparameters are text, and whatever is wrong with any of them is said at once."""

import pytest

import montecarlo as mc
from container.hyperparameters import SEED, read, require_told
from montecarlo.errors import ParameterError
from montecarlo.parameters import declared
from montecarlo.strategies import STRATEGIES
from montecarlo.strategies.ml_forecast import MlForecast


def problems(**values) -> dict[str, str]:
    with pytest.raises(ParameterError) as refused:
        read(values)
    return refused.value.problems


def test_what_each_one_is_for_is_told_apart_and_quotes_of_sdks_are_taken_off():
    asked = read(
        {
            "work": '"simulate"',
            "strategy": '"ema-crossover"',
            "short": "10",
            "capital": "5000",
            "warm_up": "True",
            "model": "bootstrap",
            "set_model": "block=20, drift=0.05",
            "start": "2005-01-03",
            "threads": "2",
            "_tuning_objective_metric": "return_mean",
            "sagemaker_region": '"eu-central-1"',
        }
    )
    assert (asked.work, asked.strategy, asked.told, asked.threads) == ("simulate", "ema-crossover", {"short": "10"}, 2)
    assert asked.given == {"capital": "5000", "warm_up": "true", "model": "bootstrap", "seed": str(SEED)}
    assert asked.model_settings == {"block": "20", "drift": "0.05"}
    assert f"{asked.prices['start']}" == "2005-01-03"


def test_settings_of_a_training_are_not_told_to_a_strategy():
    asked = read({"work": "train", "n": "5:15:5", "stop_loss": "0.02", "name": "mine"})
    assert (asked.given, asked.told, asked.name) == ({"n": "5:15:5", "stop_loss": "0.02"}, {}, "mine")


def test_whatever_is_wrong_is_said_at_once_and_the_nearest_name_with_it():
    found = problems(work="simulate", iteratons="5", days="0", short="abc", set_model="block", threads="0", seed=5)
    assert found.keys() == {"iteratons", "days", "short", "set_model", "threads", "seed"}
    assert found["iteratons"].endswith("did you mean iterations?")
    assert "must be text in quotes" in found["seed"]


@pytest.mark.parametrize(
    ("values", "name", "words"),
    [
        ({}, "work", "is missing: backtest trades"),
        ({"work": "simulat"}, "work", "must be one of backtest, simulate, sweep, train"),
        ({"work": "backtest", "iterations": "5"}, "iterations", "is for work=simulate and sweep, not for backtest"),
        ({"work": "simulate", "n": "5"}, "n", "is for work=train"),
        ({"work": "simulate", "window": "5"}, "window", "is for strategy=bollinger-reversion"),
        ({"work": "sweep", "precision": "return_mean=1%"}, "precision", "cannot be given: a sweep compares"),
        ({"work": "backtest", "strategy": "mine.py"}, "strategy", "is a file in the channel rule"),
        ({"work": "train", "stoploss": "1"}, "stoploss", "did you mean stop_loss?"),
        ({"work": "backtest", "short": "5" * 2501}, "short", "has 2,501 characters, and SageMaker takes 2,500"),
    ],
)
def test_what_cannot_be_used_is_told_with_what_can(values, name, words):
    assert words in problems(**values)[name]


def test_a_rule_of_ones_own_is_told_what_nobody_else_knows():
    assert read({"work": "backtest", "lookback_days": "5", "capital": "10"}, own_rule=True).told == {
        "lookback_days": "5"
    }


def test_what_a_rule_would_not_hear_of_is_refused(tmp_path):
    rule = tmp_path / "high.py"
    rule.write_text("def targets(closes, *, days=5, level=30.0):\n    return closes > level\n")
    asked = read({"work": "simulate", "days": "70", "level": "5"}, own_rule=True)
    with pytest.raises(ParameterError) as refused:
        require_told(asked, mc.strategy_from(rule))
    assert refused.value.problems.keys() == {"days"}
    require_told(asked, mc.SmaCrossover(5, 20))


@pytest.mark.parametrize("work", ["backtest", "simulate", "sweep"])
@pytest.mark.parametrize("strategy", [*STRATEGIES.values(), MlForecast], ids=lambda each: each.name)
def test_each_parameter_of_each_strategy_is_told_to_it(work, strategy):
    usual = {name: each.default for name, each in declared(strategy).items() if each.default is not None}
    values = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in usual.items()}
    assert read({"work": work, "strategy": strategy.name, **values}).told == values
