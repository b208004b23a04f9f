"""Simulations and sweeps whose orders are kept within the day: what they need, and what comes of them."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.accounting.controls import CONTROLS
from montecarlo.experiments import reference, sweep_uncertainty, uncertainty
from montecarlo.experiments.paths import simulate_drawn, simulate_rows, simulate_together
from montecarlo.experiments.run import run_to_folder
from montecarlo.experiments.warm_up import before_start
from montecarlo.experiments.within_days import fit_for
from montecarlo.statistics.of_trades import OF_TRADES
from montecarlo.statistics.summary import STATISTICS, WITH_TRADES, summary_from_csv
from montecarlo.statistics.tally import BLOCK_PATHS, Tally

HISTORY = mc.load_history("AAPL", source="sample")
MODEL = mc.NormalModel(50.0, 0.1, 0.4, drift_error=0.1, volatility_error=0.02)
STUDENT = mc.StudentTModel(50.0, 0.1, 0.4, degrees_of_freedom=4.0)
RULE = mc.SmaCrossover(3, 8, stop_loss=0.03, take_profit=0.03)
BREAKOUT = mc.DailyBreakout(2, "long", stop_loss=0.05, max_holding=5)


def simulation(strategy=RULE, **changes):
    asked = {"model": MODEL, "strategy": strategy, "days": 60, "iterations": 200, "seed": 5}
    return mc.Simulation(**asked | changes)


# ---- what they need --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "needs"),
    [
        (mc.SmaCrossover(3, 8, stop_loss=0.1, max_holding=5), "stop loss, max holding"),
        (mc.BuyAndHold(entry_limit=0.0), "entry limit"),
        (mc.DailyBreakout(), "daily-breakout"),
    ],
)
def test_a_model_without_bars_is_refused_with_those_that_have_them_and_what_needs_them(strategy, needs):
    with pytest.raises(mc.ParameterError) as error:
        simulation(strategy, model=STUDENT)
    (message,) = error.value.problems.values()
    assert message.startswith(
        "student_t does not tell what prices do within a day; take one that does: normal, gbm, boot"
    )
    assert message.endswith(f"; needed by {needs}")
    with pytest.raises(mc.ParameterError, match=r"needed by stop loss$"):
        mc.sweep(STUDENT, mc.BuyAndHold(), {"stop_loss": [None, 0.1]}, days=20)


def test_a_bootstrap_of_closes_is_refused_with_how_to_fit_it():
    model = mc.fit(HISTORY, "bootstrap")
    with pytest.raises(
        mc.ParameterError, match=r'fit\(history, "bootstrap", bars=True\); needed by stop loss, take prof'
    ):
        mc.simulate(model, RULE, days=20, iterations=10)


def test_a_job_fits_bars_where_they_are_needed_and_nowhere_else():
    plain, next_open = mc.Rules(), mc.Rules(fill="next-open")
    crossover = mc.SmaCrossover(3, 8)
    assert fit_for(HISTORY, "bootstrap", RULE, plain).has_bars
    assert fit_for(HISTORY, "bootstrap", crossover, plain, varied=["stop_loss"]).has_bars
    assert fit_for(HISTORY, "bootstrap", crossover, next_open).has_bars
    assert fit_for(HISTORY, "bootstrap", crossover, plain, varied=["short"]) == mc.fit(HISTORY, "bootstrap")


def test_costs_and_the_next_open_need_no_bars_and_what_they_cannot_show_is_said():
    for changes in ({"fill": "next-open"}, {"commission_model": "per-share", "commission_per_share": 0.01}):
        made = simulation(mc.SmaCrossover(3, 8), model=STUDENT, rules=mc.Rules(**changes))
        assert made.keeps_orders
        assert not made.draws_bars
        assert any("the next open is the close of the signal" in each for each in made.warnings) == ("fill" in changes)
    assert "no price jumps over a stop" in simulation().warnings[-1]
    assert simulation(model=mc.fit(HISTORY, "bootstrap", bars=True)).warnings == HISTORY.warnings
    assert simulation(mc.SmaCrossover(3, 8)).warnings == ()


def test_it_is_more_work_and_comes_in_smaller_pieces():
    assert simulation().work == 5 * simulation(mc.SmaCrossover(3, 8)).work
    assert simulation(days=25_000).chunk < simulation(mc.SmaCrossover(3, 8), days=25_000).chunk


# ---- warm-up ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", [BREAKOUT, mc.DailyBreakout(4), RULE], ids=str)
def test_a_warm_up_gives_what_looks_at_highs_and_lows_those_of_the_real_days(strategy):
    """The engine does what the plain broker does on the real bars with the simulated ones behind them."""
    model = mc.fit(HISTORY)
    warm = simulation(
        strategy, model=model, **before_start(HISTORY, model, strategy.first_decision, strategy.uses_bars)
    )
    assert warm.first_fill == 1
    got, expected = simulate_rows(warm, 0, 70), reference.simulate_rows(warm, 0, 70)
    for name in (*rows.ORDER_COLUMNS, "trades", "final_value", "exposure"):
        np.testing.assert_allclose(got[name], expected[name], rtol=1e-9, atol=1e-9, err_msg=name)
    again = mc.Simulation.from_dict(json.loads(json.dumps(warm.to_dict())))
    assert again == warm
    assert json.dumps(again.to_dict()) == json.dumps(warm.to_dict())


def test_its_bars_end_with_that_of_the_start_price():
    """A close above the high of the real last day is an entry on the first simulated one, whatever came before."""
    bars = ((50.0, 50.0, 50.0),) * 2 + ((50.0, 53.0, 50.0),)
    warm = simulation(
        mc.DailyBreakout(), warm_up=(50.0, 50.0), warm_up_bars=bars, days=2, rules=mc.Rules(fill="same-close")
    )
    closes = mc.simulate_prices(MODEL, days=2, iterations=200, seed=5).to_numpy()
    above, below = closes[1] > 53, closes[1] < 50
    assert 0 < np.count_nonzero(above) < 20
    entered = simulate_rows(warm, 0, 200)["exposure"] > 0
    np.testing.assert_array_equal(entered, above | below)


@pytest.mark.parametrize(
    ("strategy", "bars", "message"),
    [
        (mc.DailyBreakout(), (), "must be those of the 3 days until the start price, not 0 of them"),
        (
            mc.DailyBreakout(),
            ((1.0, 2.0, 0.5),) * 2,
            "must be those of the 3 days until the start price, not 2 of them",
        ),
        (mc.DailyBreakout(), ((1.0, 2.0),) * 3, "must each be an open, a high and a low"),
        (mc.DailyBreakout(), ((1.0, math.nan, 1.0),) * 3, "must each be an open, a high and a low"),
        (mc.DailyBreakout(), [(1.0, 2.0, 0.5)], "must be a list of opens, highs and lows"),
        (mc.Momentum(2, stop_loss=0.1), ((1.0, 2.0, 0.5),) * 3, "must be left out: nothing needs them, not 3 of them"),
    ],
)
def test_bars_of_a_warm_up_that_cannot_be_used_are_refused(strategy, bars, message):
    with pytest.raises(mc.ParameterError, match=f"^warm_up_bars {message}"):
        simulation(strategy, warm_up=(50.0, 50.0), warm_up_bars=bars)


# ---- rows and summary ------------------------------------------------------------------------------------------------


def test_new_columns_stand_at_the_end_of_rows_and_read_back_as_the_same_bits(tmp_path):
    results = run_to_folder(simulation(rows=True), tmp_path)
    content = (tmp_path / "paths.csv").read_bytes()
    header = content.partition(b"\n")[0].decode().replace('"', "").split(",")
    assert header == [*rows.COLUMNS, *rows.ORDER_COLUMNS]
    assert rows.to_csv(rows.from_csv(content)) == content
    assert summary_from_csv(results["summary.csv"])["statistic"].tolist() == list(WITH_TRADES)
    simulation().require_whole("summary.csv", results["summary.csv"])
    plain = simulation(mc.SmaCrossover(3, 8), rows=True)
    assert plain.results(*_done(plain))["summary.csv"].count(b"\n") == len(STATISTICS) + 1
    with pytest.raises(ValueError, match="lines below the header"):
        plain.require_whole("summary.csv", results["summary.csv"])


def _done(asked):
    piece = simulate_rows(asked, 0, asked.iterations)
    return Tally.of(piece), [rows.to_csv(piece)]


def test_statistics_of_trades_are_those_of_all_trades_of_all_paths():
    asked = simulation(iterations=2 * BLOCK_PATHS + 100)
    parts = [Tally.of(simulate_rows(asked, *ends)) for ends in ((0, 1024), (1024, 2048), (2048, asked.iterations))]
    whole = simulate_rows(asked, 0, asked.iterations)
    merged = parts[2] + (parts[0] + Tally.from_bytes(parts[1].to_bytes()))
    assert merged.to_bytes() == Tally.of(whole).to_bytes()
    found = asked.summary(merged, None).set_index("statistic")
    expected = {
        "profit_factor": whole["gains"].sum() / whole["losses"].sum(),
        "expectancy_mean": np.nanmean(whole["expectancy"]),
        "sqn_mean": np.nanmean(whole["sqn"]),
        "longest_losing_streak_mean": whole["longest_losing_streak"].mean(),
        "average_holding": whole["days_held"].sum() / whole["trades"].sum(),
        "ambiguous_bars": whole["ambiguous_bars"].sum(),
        "ambiguous_share": whole["ambiguous_bars"].sum() / whole["trades"].sum(),
    }
    assert list(expected) == list(OF_TRADES)
    for name, value in expected.items():
        assert found["value"][name] == pytest.approx(value, rel=1e-12), name
    assert expected["ambiguous_bars"] > 0
    ends = found.loc[[name for name in OF_TRADES if name != "ambiguous_bars"], ["value", "low", "high"]]
    assert (ends["low"] < ends["value"]).all()
    assert (ends["value"] < ends["high"]).all()


def test_the_interval_of_the_profit_factor_holds_the_truth_as_often_as_it_says():
    """On 100 disjoint ranges of paths, and the truth from 64 times as many."""
    truth = _profit_factor(0, 64 * BLOCK_PATHS)[0]
    held = sum(low <= truth <= high for _, low, high in (_profit_factor(k * 1024, k * 1024 + 400) for k in range(100)))
    assert 88 <= held <= 100


def _profit_factor(first, stop):
    asked = simulation(iterations=stop)
    table = asked.summary(Tally.of(simulate_rows(asked, first, stop)), None).set_index("statistic")
    return table.loc["profit_factor"].tolist()


def test_a_path_without_trades_has_no_ratios_and_the_summary_does_not_count_it():
    asked = simulation(mc.Momentum(30, 0.5, stop_loss=0.1), days=31)
    tally, content = _done(asked)
    assert tally.defined["expectancy"] < tally.paths
    assert b",,0,,0\n" in content[0]


# ---- controls --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fill", ["next-close", "same-close", "next-open"])
def test_controls_gain_nothing_on_average_however_a_day_is_left_and_tell_of_the_return(fill):
    """They bet from close to close with what was held when the day began, which is known the evening before."""
    asked = simulation(
        mc.SmaCrossover(3, 8, stop_loss=0.03, take_profit=0.05, entry_limit=0.005, max_holding=4),
        iterations=8 * BLOCK_PATHS,
        rules=mc.Rules(fill=fill),
    )
    found = simulate_rows(asked, 0, asked.iterations)
    for name in CONTROLS:
        error = found[name].std() / math.sqrt(asked.iterations)
        assert abs(found[name].mean()) < 4 * error, name
    table = asked.summary(Tally.of(found), None).set_index("statistic")
    width = table["high"] - table["low"]
    assert width["return_mean_controlled"] < 0.8 * width["return_mean"]


def test_precision_of_trades_is_of_such_simulations_alone():
    made = simulation(iterations=10_000, precision="profit_factor=0.2, average_holding=5%")
    assert made.precision == "profit_factor=0.2, average_holding=5%"
    with pytest.raises(
        mc.ParameterError, match=r"^precision cannot be reached for sqn_mean, which only simulations with"
    ):
        simulation(mc.SmaCrossover(3, 8), iterations=10_000, precision="sqn_mean=0.1")


# ---- sweeps, and what an answer is worth -----------------------------------------------------------------------------


AXES = {"stop_loss": [0.05, None], "take_profit": [None, 0.1]}


def test_a_combination_has_the_numbers_that_it_has_alone_whether_it_has_exits_or_none():
    for model in (MODEL, mc.fit(HISTORY, "bootstrap", bars=True)):
        made = mc.sweep(model, mc.SmaCrossover(3, 8), AXES, days=60, iterations=300, seed=5).sweep
        assert [each.keeps_orders for each in made.simulations] == [False, True, True, True]
        together = simulate_together(made.simulations, 0, 300)
        for one, found in zip(made.simulations, together, strict=True):
            alone = simulate_rows(one, 0, 300)
            np.testing.assert_array_equal(found["final_value"] - 1, alone["return"])
            np.testing.assert_array_equal(found["trades"], alone["trades"])
        assert mc.Sweep.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_a_sweep_says_where_there_is_no_stop_in_words():
    found = mc.sweep(MODEL, mc.SmaCrossover(3, 8), AXES, days=60, iterations=300, seed=5)
    told = str(found)
    assert "stop_loss none" in told or "take_profit none" in told
    assert "nan" not in told
    assert found.table["stop_loss"].tolist() == [None, None, 0.05, 0.05]


def test_what_an_answer_is_worth_comes_from_paths_with_bars():
    """At the fitted drift it is that of the same paths, whatever else is drawn."""
    asked = simulation(uncertainty=True, iterations=uncertainty.PATHS)
    (at_the_fit,) = (
        drawing for drawing in uncertainty.measure_drifts(asked, 2, lambda _: None) if drawing.setting == "at the fit"
    )
    drawn = MODEL.drawn(bars=True)
    assert at_the_fit.values == uncertainty.values_of(simulate_drawn(asked, drawn, 0, uncertainty.PATHS))
    whole = simulate_rows(asked, 0, uncertainty.PATHS)
    assert at_the_fit.values["probability_of_loss"] == np.mean(whole["return"] < 0)


def test_what_an_answer_is_worth_of_replayed_days_tells_of_trades_too():
    model = mc.fit(HISTORY, "bootstrap", bars=True)
    asked = simulation(model=model, uncertainty=True, days=25)
    found = uncertainty.measure(asked)
    table = found.table(asked.rules, asked.days, 252).set_index(["statement", "statistic"])
    assert 0.5 < table.loc[("predictive", "profit_factor"), "value"].item() < 2
    low, high = found.range_of("probability_of_loss")
    assert 0 < low < high < 1
    asked.require_whole("uncertainty.csv", found.table(asked.rules, asked.days, 252).to_csv(index=False).encode())


def test_a_sweep_with_and_without_exits_is_worth_what_each_is_alone():
    simulations = mc.sweep(MODEL, mc.SmaCrossover(3, 8), AXES, days=60, iterations=300, seed=5).sweep.simulations
    together = sweep_uncertainty.measure(simulations, tell=lambda _: None)
    for one, found in zip(simulations, together, strict=True):
        (alone,) = sweep_uncertainty.measure([one], tell=lambda _: None)
        assert found | {sweep_uncertainty.BEST_IN: 1.0} == alone


def test_what_is_not_given_is_neither_a_fact_nor_in_the_headline():
    told = {parameter.name: value for parameter, value in simulation().facts()}
    assert told["stop_loss"] == told["take_profit"] == 0.03
    assert told["intrabar"] == "stop-first"
    assert not {"entry_limit", "max_holding", "commission_model", "slippage_volatility"} & told.keys()
    assert list(simulation().headline())[-2:] == ["stop_loss", "take_profit"]
    per_share = mc.Rules(commission_model="per-share", commission_per_share=0.01)
    told = {parameter.name for parameter, _ in simulation(replace(RULE, take_profit=None), rules=per_share).facts()}
    assert {"commission_model", "commission_per_share", "slippage"} <= told
    assert not {"commission", "intrabar"} & told
    asked = simulation(mc.SmaCrossover(3, 8), rules=per_share)
    assert math.isnan(asked.summary(_done(asked)[0], None).set_index("statistic")["value"]["commission"])
