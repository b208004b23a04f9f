"""A backtest as an experiment: the same as ``mc.backtest``, through JSON, on any processor."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.historical import EQUITY, SUMMARY, TRADES, HistoricalBacktest, files_of, make_historical
from montecarlo.strategies.ml_forecast import MODEL, MlForecast
from tests.montecarlo.any_forecast import random_model
from tests.processors import lesser

PROGRAM = """
from tests.montecarlo.experiments.test_historical import digests
print(*digests())
"""


@pytest.fixture(scope="module")
def aapl():
    return mc.load_history("AAPL", "sample")


def with_bracket():
    return mc.SmaCrossover(10, 40, stop_loss=0.05, take_profit=0.1)


def digests():
    """Of all files of two backtests."""
    history = mc.load_history("AAPL", "sample")
    experiments = (
        make_historical(history, each, mc.Rules()) for each in (with_bracket(), MlForecast(model=random_model(1)))
    )
    files = (each.results(each.run(0, 1), ()) for each in experiments)
    return [hashlib.sha256(content).hexdigest() for each in files for content in each.values()]


@pytest.mark.parametrize("strategy", [with_bracket(), MlForecast(model=random_model(1))], ids=lambda each: each.name)
def test_through_json_and_the_bytes_of_its_inputs_it_is_the_same_backtest(aapl, strategy):
    rules = mc.Rules(shares=10.0, fill="next-open")
    experiment = make_historical(aapl, strategy, rules)
    read = HistoricalBacktest.from_dict(json.loads(json.dumps(experiment.to_dict())))
    assert read.to_dict() == experiment.to_dict()
    assert read.inputs == {"prices": aapl.digest, **strategy.inputs}
    contents = {"prices": aapl.to_csv()} | ({MODEL: strategy.model.to_json()} if strategy.inputs else {})
    ready = read.with_inputs(contents)
    assert ready.to_dict() == experiment.to_dict()
    partial = ready.run(0, 1)
    results = read.results(read.partial_result(partial.to_bytes()), ())
    assert results == files_of(mc.backtest(aapl, strategy, rules=rules))
    assert list(results) == [EQUITY, TRADES, SUMMARY]
    for name, content in results.items():
        read.require_whole(name, content)
        with pytest.raises(ValueError, match="breaks off"):
            read.require_whole(name, content[:-1])


def test_it_needs_its_prices_at_hand_and_takes_no_others(aapl):
    read = HistoricalBacktest.from_dict(make_historical(aapl, with_bracket(), mc.Rules()).to_dict())
    with pytest.raises(ValueError, match="the prices of AAPL are not at hand"):
        read.run(0, 1)
    shorter = mc.load_history("AAPL", "sample", end=aapl.bars.index[-2].date())
    with pytest.raises(HistoryError, match="its prices are others than the job says"):
        read.with_inputs({"prices": shorter.to_csv()})


def test_what_the_history_cannot_tell_is_said_before_anybody_waits(aapl):
    with pytest.raises(ParameterError, match="must let sma-crossover decide before the last day"):
        make_historical(aapl, mc.SmaCrossover(40, 24_000), mc.Rules())
    closes = replace(aapl, bars=aapl.bars.assign(open=np.nan, high=np.nan, low=np.nan))
    with pytest.raises(HistoryError, match="open, high and low of every day are needed"):
        make_historical(closes, with_bracket(), mc.Rules())


def test_what_was_mended_in_bars_is_told_where_they_matter(aapl):
    opens = aapl.bars["open"].where(np.arange(len(aapl.bars)) != 20)
    lacking = replace(aapl, bars=aapl.bars.assign(open=opens))
    within, closes = (make_historical(lacking, each, mc.Rules()) for each in (with_bracket(), mc.SmaCrossover(10, 40)))
    assert [each for each in within.warnings if "no open on 1 day" in each]
    assert within.warnings == tuple(each for each in mc.backtest(lacking, with_bracket()).warnings)
    assert not [each for each in closes.warnings if "no open" in each]
    assert within.with_inputs({"prices": lacking.to_csv()}).warnings == within.warnings


def test_a_model_that_has_seen_some_of_the_days_is_doubtful_and_on_later_ones_it_is_not(aapl):
    model = random_model(1)
    on = type(model.trained_on)("AAPL", "sample", "0" * 64, *(day.date() for day in aapl.bars.index[[0, 999, 1000]]))
    strategy = MlForecast(model=replace(model, trained_on=on))
    [doubt] = [each for each in make_historical(aapl, strategy, mc.Rules()).warnings if "was trained on" in each]
    assert f"a history that begins on {on.unseen_from} leaves them out (--start)" in doubt
    later = mc.load_history("AAPL", "sample", start=on.unseen_from)
    assert not [each for each in make_historical(later, strategy, mc.Rules()).warnings if "was trained on" in each]


@pytest.mark.parametrize("field", ["symbol", "digest", "first", "closes", "warnings"])
def test_what_cannot_be_of_a_history_is_refused_by_name(aapl, field):
    values = make_historical(aapl, with_bracket(), mc.Rules()).to_dict()
    values["history"][field] = {"closes": 1, "warnings": [1]}.get(field, "")
    with pytest.raises(ParameterError, match=field):
        HistoricalBacktest.from_dict(values)


def test_a_lesser_processor_finds_the_same_bytes():
    """NumPy's sums, OpenBLAS and the C library differ between processors; the files do not."""
    oldest = list(lesser().values())[-1]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=os.environ | oldest, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == digests()
