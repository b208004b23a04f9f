"""A portfolio as an experiment: what it refuses, its JSON, and the same bytes however its paths are cut."""

import hashlib
import io
import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.data.joint_history import align
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments import sentence
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.holdings import Holding, holdings_of, reserve_of
from montecarlo.experiments.portfolio import SURVIVORSHIP, Portfolio
from montecarlo.experiments.portfolio_files import BEATING, CONTRIBUTIONS, CORRELATIONS, EQUITY, STYLIZED_FACTS
from montecarlo.experiments.portfolio_result import make_portfolio, simulate_portfolio
from montecarlo.experiments.portfolio_words import of_portfolio
from montecarlo.experiments.run import run_to_folder
from montecarlo.experiments.simulate import make_simulation
from montecarlo.experiments.simulation import CHUNK_WITH_ROWS
from montecarlo.experiments.traded_paths import UNCERTAINTY
from montecarlo.models.joint import JOINT_MODELS, fit_joint
from montecarlo.statistics import stylized_facts
from montecarlo.statistics.portfolio_tally import PortfolioTally
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import BuyAndHold, SmaCrossover
from tests.processors import lesser

SYMBOLS = ("AAPL", "IBM", "MSFT")

PROGRAM = """
from tests.montecarlo.experiments.test_portfolio import digests
print(*digests())
"""


@pytest.fixture(scope="module")
def joint():
    histories = [mc.load_history(symbol, "sample", start="2006-01-01") for symbol in SYMBOLS]
    return align(histories)


@pytest.fixture(scope="module")
def alone():
    return mc.load_history("AAPL", "sample")


def portfolio_of(joint, weights=(0.5, 0.3, 0.1), strategies=None, **settings):
    told = {
        "model": "bootstrap",
        "rebalancing": Rebalancing(rebalance="calendar", every=21),
        "days": 60,
        "iterations": 2 * BLOCK_PATHS + 10,
        "seed": 7,
        "rules": mc.Rules(interest=True, risk_free=0.02),
        "warm_up": False,
        "rows": True,
    } | settings
    return make_portfolio(joint, holdings_of(joint, weights, strategies), **told)


def read_again(portfolio, joint):
    values = json.loads(json.dumps(portfolio.to_dict()))
    return Portfolio.from_dict(values).with_inputs({"prices": joint.to_csv()})


# ---- what is held ----------------------------------------------------------------------------------------------------


def test_weights_are_given_by_symbol_in_order_or_by_a_word(joint):
    assert [each.weight for each in holdings_of(joint)] == [1 / 3] * 3
    by_name = holdings_of(joint, {"MSFT": 0.2, "AAPL": 0.5, "IBM": 0.3}, {"IBM": SmaCrossover(5, 20)})
    assert [(each.symbol, each.weight) for each in by_name] == [("AAPL", 0.5), ("IBM", 0.3), ("MSFT", 0.2)]
    assert [each.strategy for each in by_name] == [BuyAndHold(), SmaCrossover(5, 20), BuyAndHold()]
    inverse = [each.weight for each in holdings_of(joint, "inverse-volatility")]
    deviations = joint.returns.std(axis=0, ddof=1)
    assert inverse == pytest.approx(1 / deviations / (1 / deviations).sum())
    assert reserve_of([0.1] * 10) == 0
    assert reserve_of([0.5, 0.3]) == pytest.approx(0.2)
    assert str(by_name[1]) == "IBM 30 % by sma-crossover, short 5, long 20"


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ((0.5, 0.6, 0.1), "must be 1 together at most, and are 1.2"),
        ((0.5, 0.3, 0.2 + 1e-10), "must be 1 together at most, and are 1.0000000001"),
        ((0.5, 0.0, -0.1), "must each be a number above 0 to 1, not 0.0 for IBM, -0.1 for MSFT"),
        ((0.5, 0.5), "must be 3, one for each of AAPL, IBM, MSFT, not 2"),
        ({"AAPL": 0.5, "IBM": 0.2}, "lack MSFT"),
        ({"AAPL": 0.5, "IBM": 0.2, "MSFT": 0.1, "KO": 0.1}, "name 'KO', and the history has AAPL, IBM, MSFT"),
        ("best", "must be equal, inverse-volatility, or a number for each symbol, not 'best'"),
    ],
)
def test_weights_that_cannot_be_are_refused_in_words(joint, weights, words):
    with pytest.raises(ParameterError) as error:
        holdings_of(joint, weights)
    assert error.value.problems.keys() == {"weights"}
    assert words in error.value.problems["weights"]


def test_all_that_an_account_of_several_symbols_cannot_do_is_said_at_once(joint):
    def wrong(**settings):
        with pytest.raises(ParameterError) as error:
            portfolio_of(joint, model="normal", **settings)
        return error.value.problems

    costs = {"commission_model": "per-share", "commission_per_share": 0.01}
    refused = wrong(rules=mc.Rules(shares=10.0, fill="next-open", **costs), days=0)
    assert refused.keys() == {"days", "shares", "fill", "commission_model"}
    assert "its weights say how much" in refused["shares"]
    stopped = wrong(strategies={"IBM": SmaCrossover(5, 20, stop_loss=0.1)})
    assert "as sma-crossover on IBM would" in stopped["strategies"]
    assert "decide before the last day" in wrong(strategies=SmaCrossover(5, 200))["long"]
    assert wrong(iterations=10**9, rows=True).keys() == {"rows"}


def test_holdings_and_model_are_of_the_symbols_of_the_history(joint):
    portfolio = portfolio_of(joint)
    with pytest.raises(ParameterError, match="must be one for each of AAPL, IBM, MSFT, in this order"):
        replace(portfolio, holdings=portfolio.holdings[::-1])
    other = replace(portfolio.model, symbols=("A", "B", "C"))
    with pytest.raises(ParameterError, match="not of A, B, C"):
        replace(portfolio, model=other)
    with pytest.raises(ParameterError, match="must be 19 closes, as the rules need them, or none, not 3"):
        replace(portfolio_of(joint, strategies={"IBM": SmaCrossover(5, 20)}), warm_up=3)


def test_closes_before_the_paths_are_those_that_the_model_starts_behind(joint):
    later = replace(fit_joint(joint, "normal"), start_prices=(1.0, 2.0, 3.0))
    with pytest.raises(ParameterError, match="must end where the model starts"):
        portfolio_of(joint, model=later, strategies={"IBM": SmaCrossover(5, 20)}, warm_up=True)


def test_it_is_told_when_each_holding_first_trades(joint):
    strategies = {"AAPL": SmaCrossover(5, 20)}
    waits = portfolio_of(joint, strategies=strategies)
    assert waits.first_fills == (waits.holdings[0].strategy.first_decision + 1, 1, 1)
    assert waits.first_fill == 1
    warm = portfolio_of(joint, strategies=strategies, warm_up=True)
    assert warm.first_fills == (1, 1, 1)
    assert np.array_equal(warm.warm_up_closes, joint.closes[-1 - warm.warm_up : -1])
    assert Portfolio.from_dict(waits.to_dict()).warm_up_closes.shape == (0, 3)


# ---- through JSON, and however it is cut -----------------------------------------------------------------------------


@pytest.mark.parametrize("model", JOINT_MODELS)
def test_through_json_and_the_bytes_of_its_prices_it_is_the_same(joint, model):
    portfolio = portfolio_of(joint, model=model, strategies={"IBM": SmaCrossover(5, 20)}, warm_up=True)
    values = portfolio.to_dict()
    read = Portfolio.from_dict(json.loads(json.dumps(values)))
    assert read.to_dict() == values
    assert read.inputs == {"prices": joint.digest}
    assert len(json.dumps(values)) < 4000  # the prices are an input, and stand nowhere else
    with pytest.raises(ValueError, match="the prices of AAPL, IBM, MSFT are not at hand"):
        assert read.warm_up_closes is None
    ready = read_again(portfolio, joint)
    assert ready == portfolio
    assert ready.warnings == portfolio.warnings
    assert np.array_equal(ready.warm_up_closes, portfolio.warm_up_closes)
    first, again = (each.paths(0, 16).rows["final_value"] for each in (portfolio, ready))
    assert np.array_equal(first, again)


def test_it_takes_no_other_prices(joint):
    read = Portfolio.from_dict(portfolio_of(joint).to_dict())
    shorter = align([mc.load_history(symbol, "sample", start="2007-01-01") for symbol in SYMBOLS])
    with pytest.raises(HistoryError, match="their prices are others than the job says"):
        read.with_inputs({"prices": shorter.to_csv()})


@pytest.mark.parametrize("field", ["symbols", "sources", "currencies", "digest", "first", "closes", "warnings"])
def test_what_cannot_be_of_a_joint_history_is_refused_by_name(joint, field):
    values = portfolio_of(joint).to_dict()
    values["history"][field] = {"closes": 1, "warnings": [1], "symbols": ["AAPL", "AAPL"]}.get(field, "")
    with pytest.raises(ParameterError, match=field):
        Portfolio.from_dict(values)


@pytest.mark.processors
def test_however_it_is_cut_its_files_are_the_same_bytes(joint, tmp_path):
    portfolio = portfolio_of(joint)
    whole = run_to_folder(portfolio, tmp_path, threads=2)  # in pieces
    assert (
        tuple(whole)
        == portfolio.result_files
        == (EQUITY, CONTRIBUTIONS, BEATING, CORRELATIONS, STYLIZED_FACTS, SUMMARY)
    )
    ranges = [(0, BLOCK_PATHS), (BLOCK_PATHS, 2 * BLOCK_PATHS), (2 * BLOCK_PATHS, portfolio.units)]
    rows = [io.BytesIO() for _ in ranges]
    parts = [
        portfolio.partial_result(portfolio.run(*each, into, threads=1).to_bytes())
        for each, into in zip(ranges, rows, strict=True)
    ]
    total = parts[2] + (parts[0] + parts[1])
    content = [each.getvalue() for each in rows]
    read = Portfolio.from_dict(portfolio.to_dict())  # who adds up has no prices
    assert read.results(total, content) == whole
    joined = content[0] + b"".join(each.partition(b"\n")[2] for each in content[1:])
    assert (tmp_path / "paths.csv").read_bytes() == joined
    for name, found in whole.items():
        read.require_whole(name, found)
        with pytest.raises(ValueError, match="breaks off"):
            read.require_whole(name, found[:-1])


def digests():
    """Of all files of a portfolio, uncertainty among them, whose model was fitted elsewhere."""
    joint = align([mc.load_history(symbol, "sample", start="2009-01-01") for symbol in SYMBOLS])
    found = []
    for name in ("normal", "bootstrap"):
        fitted = fit_joint(joint, name)
        round_numbers = {
            "drifts": (0.2, 0.1, 0.05),
            "volatilities": (0.3, 0.2, 0.2),
            "correlations": (0.5, 0.25, 0.375),
        }
        model = replace(
            fitted, **round_numbers, **({"block": 10.0} if name == "bootstrap" else {"variance_error": 0.05})
        )
        portfolio = portfolio_of(joint, model=model, days=5, iterations=BLOCK_PATHS, rows=False, uncertainty=True)
        files = portfolio.results(portfolio.run(0, portfolio.units), ())
        found += [hashlib.sha256(content).hexdigest() for content in files.values()]
    return found


@pytest.mark.thorough
def test_a_lesser_processor_finds_the_same_bytes():
    """NumPy's sums, OpenBLAS and the C library differ between processors; the files do not."""
    oldest = list(lesser().values())[-1]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=os.environ | oldest, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == digests()


def test_the_tables_say_what_they_are_of(joint):
    result = simulate_portfolio(
        joint, holdings_of(joint, (0.5, 0.3, 0.1)), model="normal", days=60, iterations=2000, seed=7, risk_free=0.02
    )
    summary = result.summary.set_index("statistic")["value"]
    assert np.isnan(summary["return_mean_controlled"])
    for column, name in (("gain_mean", "return_mean"), ("expected_shortfall_95", "expected_shortfall_95")):
        assert result.contributions[column].sum() == pytest.approx(summary[name], abs=1e-9)
    assert result.contributions["final_weight_mean"].sum() == pytest.approx(1)
    assert result.contributions["gain_mean"].iloc[-1] == 0  # cash, which earns nothing unasked
    assert list(result.beating["against"]) == [*SYMBOLS, "equal weight", "never rebalanced"]
    never = summary["probability_of_beating_buy_and_hold"]
    assert result.beating["probability"].iloc[-1] == never
    pairs = result.correlations.set_index(["first", "second"])
    assert list(pairs.index) == [("AAPL", "IBM"), ("AAPL", "MSFT"), ("IBM", "MSFT")]
    real = pd.DataFrame(joint.returns, columns=SYMBOLS).corr()
    assert pairs["history"].to_dict() == pytest.approx({pair: real.loc[pair] for pair in pairs.index})
    closes = mc.simulate_joint_prices(result.portfolio.model, days=60, iterations=256, seed=7)
    of_paths = sorted(closes[path].pct_change().corr().loc["AAPL", "MSFT"] for path in range(256))
    told = pairs.loc[("AAPL", "MSFT"), ["simulated", "low", "high"]]
    assert list(told) == pytest.approx([np.mean(of_paths), of_paths[6], of_paths[-7]])  # the central 95 %
    assert list(result.stylized_facts["statistic"]) == list(stylized_facts.STATISTICS)
    assert len(result.equity) == len(joint.dates)
    assert len(result.fan) == len(set(result.fan["day"]))
    assert len(result.paths) == 2000
    assert result.path_count == 2000


def test_uncertainty_is_that_of_the_mix_and_the_same_whatever_the_threads(joint):
    portfolio = portfolio_of(joint, model="normal", days=5, iterations=10, rows=False, uncertainty=True)
    told = []
    one = portfolio.run(0, 10, threads=1, progress=told.append)
    two = portfolio.run(0, 10, threads=2)
    assert one.to_bytes() == two.to_bytes()
    table = pd.read_csv(io.BytesIO(portfolio.results(one, ())[UNCERTAINTY]), keep_default_na=False)
    drift, error, _ = portfolio.model.mix(np.array(portfolio.weights) / 0.9)  # of what is invested
    at = table[table["statement"] == "drift"].drop_duplicates("setting").set_index("setting")["drift"].astype(float)
    assert at["at the fit"] == pytest.approx(drift)
    assert at["1 standard error"] == pytest.approx(drift + error)
    assert at["zero"] == 0
    assert told[-1] == 10
    assert told == sorted(told)


def test_drifts_that_are_drawn_spread_as_those_of_the_mix(joint):
    portfolio = portfolio_of(joint, model="normal", days=5, iterations=10, uncertainty=True)
    drawn = np.array([each.drift for each in portfolio.left_open.evenly_drawn()])
    drift, error, _ = portfolio.mix
    assert len(drawn) == 200
    assert drawn.mean() == pytest.approx(drift, abs=error / 4)
    assert drawn.std() == pytest.approx(error, rel=0.15)
    moved = portfolio.left_open.at_drift(0.0).models.drifts[0]
    assert moved @ np.array(portfolio.weights) == pytest.approx(0, abs=1e-12)
    assert np.ptp(moved - np.array(portfolio.model.drifts)) == pytest.approx(0, abs=1e-12)


def test_a_drift_is_that_of_what_is_invested_however_much_is_cash(joint):
    all_of_it = portfolio_of(joint, (0.5, 0.3, 0.2), model="normal", rules=mc.Rules(risk_free=0.05))
    for part in (0.5, 1e-6):  # of which a drift of 5 % of the account would be 10 % a year, and 5 million
        mostly_cash = portfolio_of(
            joint, (0.5 * part, 0.3 * part, 0.2 * part), model="normal", rules=mc.Rules(risk_free=0.05)
        )
        assert mostly_cash.mix == pytest.approx(all_of_it.mix)
        moved = [each.left_open.at_drift(0.05).models.drifts[0] for each in (mostly_cash, all_of_it)]
        assert moved[0] == pytest.approx(moved[1])


# ---- one symbol is a simulation --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "uncertain"),
    [
        ("bootstrap", True),
        ("normal", True),
        ("gbm", False),
        ("student_t", False),
        *(pytest.param(model, True, marks=pytest.mark.thorough) for model in ("gbm", "student_t")),
    ],
)
def test_all_in_one_symbol_has_the_bytes_of_a_simulation(alone, model, uncertain, tmp_path):
    joint, strategy = align([alone]), SmaCrossover(5, 20)
    settings = {
        "days": 12,
        "iterations": BLOCK_PATHS + 10,
        "seed": 5,
        "rules": mc.Rules(),
        "rows": True,
        "uncertainty": uncertain,
    }
    simulation = make_simulation(mc.fit(alone, model), strategy, warm_up=alone, **settings)
    holdings = holdings_of(joint, [1.0], strategy)
    portfolio = make_portfolio(joint, holdings, model=model, rebalancing=None, warm_up=True, **settings)
    run_to_folder(simulation, tmp_path / "simulation")
    run_to_folder(read_again(portfolio, joint), tmp_path / "portfolio")
    for name in ("paths.csv", SUMMARY, *([UNCERTAINTY] if uncertain else [])):
        assert (tmp_path / "portfolio" / name).read_bytes() == (tmp_path / "simulation" / name).read_bytes(), name
    assert (tmp_path / "portfolio" / CORRELATIONS).read_text().count("\n") == 1


def test_with_a_reserve_or_a_second_symbol_it_is_none(alone, joint):
    one = align([alone])
    assert portfolio_of(one, (1.0,)).alone is not None
    assert portfolio_of(one, (0.9,)).alone is None
    assert portfolio_of(joint).alone is None


# ---- in words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "rebalance", "traded", "others"),
    [
        ((0.5, 0.3, 0.1), "calendar", None, (*SYMBOLS, "equal weight", "never rebalanced")),
        ((0.5, 0.3, 0.1), "never", None, (*SYMBOLS, "equal weight")),
        ("equal", "never", None, SYMBOLS),
        ("equal", "calendar", None, (*SYMBOLS, "equal weight", "never rebalanced")),
        ("equal", "never", SmaCrossover(5, 20), (*SYMBOLS, "equal weight", "never rebalanced")),
    ],
)
def test_it_is_never_set_against_itself(joint, weights, rebalance, traded, others):
    portfolio = portfolio_of(
        joint, weights, traded, model="normal", rebalancing=Rebalancing(rebalance=rebalance), iterations=200
    )
    assert portfolio.others == others
    total = portfolio.run(0, 200)
    assert tuple(portfolio.beating(total)["against"]) == others
    words = of_portfolio(
        portfolio,
        summary := portfolio.summary(total, None),
        portfolio.beating(total),
        portfolio.contributions(total, summary),
    )
    assert ("left alone" in words) == (rebalance == "calendar")
    assert ("equal weights" in words) == (weights != "equal")


def test_one_symbol_is_set_against_itself_only_where_it_is_traded_or_some_is_cash(alone):
    one, settings = align([alone]), {"model": "normal", "rebalancing": Rebalancing(rebalance="never")}
    assert portfolio_of(one, (1.0,), **settings).others == ()
    assert portfolio_of(one, (1.0,), SmaCrossover(5, 20), **settings).others == ("AAPL",)
    assert portfolio_of(one, (0.9,), **settings).others == ("AAPL",)


def test_what_came_of_it_is_said_in_sentences_whose_numbers_are_those_of_the_tables(joint, tmp_path):
    portfolio = portfolio_of(joint, iterations=2000)
    files = run_to_folder(portfolio, tmp_path)
    words = sentence.of_results("AAPL&IBM&MSFT", portfolio, files.__getitem__)
    summary = pd.read_csv(io.BytesIO(files[SUMMARY])).set_index("statistic")["value"]
    beating = pd.read_csv(io.BytesIO(files[BEATING])).set_index("against")["probability"]
    hardest = beating[list(SYMBOLS)].idxmin()
    assert words.startswith("In 2,000 futures like the past of AAPL, IBM and MSFT, the portfolio loses money in ")
    assert f"loses money in {100 * summary['probability_of_loss']:.0f} %" in words
    assert f"beats {hardest} alone, its hardest to beat, in {100 * beating[hardest]:.0f} %" in words
    assert f"every 21 days, it ends above them left alone in {100 * beating['never rebalanced']:.0f} %." in words
    assert f"it loses {100 * summary['expected_shortfall_95']:.0f} % on average" in words
    names = [each.label for each, _ in portfolio.facts()]
    assert names[:5] == ["Symbols", "First day", "Last day", "Closes", "Holdings"]
    assert portfolio.headline()["holdings"] == ("AAPL 50 %", "IBM 30 %", "MSFT 10 %")
    assert portfolio.title == "AAPL 50 %, IBM 30 %, MSFT 10 %"


def test_the_sentence_names_the_days_where_they_are_less_than_three_years(tmp_path):
    short = align([mc.load_history(symbol, "sample", start="2012-08-16") for symbol in SYMBOLS])
    weeks = replace(short, bars_per_year=52, year_given=True)
    enough = align([mc.load_history(symbol, "sample", start="2010-02-25") for symbol in SYMBOLS])
    said = {
        name: _said(portfolio_of(history, model="normal", iterations=64, days=5), tmp_path / name)
        for name, history in {"short": short, "weeks": weeks, "enough": enough}.items()
    }
    assert said["short"].startswith(
        f"In 64 futures like the {len(short.dates)} common days of AAPL, IBM and MSFT from 2012-08-16 to 2013-03-01, "
        "the portfolio loses money in "
    )
    assert f"like the {len(short.dates)} common bars of " in said["weeks"]
    assert said["enough"].startswith("In 64 futures like the past of AAPL, IBM and MSFT, the portfolio ")


def test_of_one_symbol_no_days_are_common(tmp_path):
    one = align([mc.load_history("AAPL", "sample", start="2012-08-16")])
    said = _said(portfolio_of(one, (0.9,), model="normal", iterations=64, days=5), tmp_path)
    assert said.startswith(f"In 64 futures like the {len(one.dates)} days of AAPL from 2012-08-16 to 2013-03-01, the ")


def _said(portfolio, folder):
    files = run_to_folder(portfolio, folder)
    return sentence.of_results("", portfolio, files.__getitem__)


def test_a_range_with_rows_is_no_longer_than_that_of_a_simulation(joint):
    with_rows, without = (portfolio_of(joint, iterations=10**6, days=1, rows=rows) for rows in (True, False))
    assert with_rows.chunk == CHUNK_WITH_ROWS < without.chunk


def test_a_running_range_tells_what_it_amounts_to_so_far(joint):
    told = []
    portfolio = portfolio_of(joint, iterations=40 * BLOCK_PATHS, rows=False, days=5)
    portfolio.run(0, portfolio.units, threads=1, so_far=told.append)
    assert all(isinstance(each, PortfolioTally) for each in told)
    assert [each.units for each in told][-1] == portfolio.units
    first = told[0]
    summary = portfolio.summary(first, None)
    assert portfolio.contributions(first, summary)["gain_mean"].sum() == pytest.approx(
        summary.set_index("statistic").loc["return_mean", "value"], abs=1e-9
    )


def test_a_model_whose_parameters_are_set_by_hand_has_nothing_to_tell(joint):
    model = replace(fit_joint(joint, "normal", drift=0.05), variance_error=0.0)
    with pytest.raises(ParameterError, match="has nothing to tell"):
        portfolio_of(joint, model=model, uncertainty=True)
    asked = portfolio_of(joint, model=model, uncertainty=None)
    assert not asked.uncertainty
    assert any("no range is given" in each for each in asked.warnings)


def test_what_is_chosen_among_those_still_there_is_warned_of_once_where_there_is_a_list(joint, alone):
    assert portfolio_of(joint).warnings.count(SURVIVORSHIP) == 1
    assert SURVIVORSHIP not in portfolio_of(align([alone]), (1.0,)).warnings


def test_a_holding_says_what_its_weight_must_be():
    with pytest.raises(ParameterError, match="must each be a number above 0 to 1, not 2 for AAPL"):
        Holding("AAPL", 2)
