"""How parameters are written for a person, by what they declare."""

from dataclasses import replace

import pytest

import montecarlo as mc
from fleet.job import Job
from montecarlo.experiments.facts import fact
from montecarlo.experiments.kinds import KINDS
from montecarlo.parameters import Choice, Number, Parameter, Switch, Whole
from montecarlo.statistics.tally import BLOCK_PATHS
from webui.results import kinds
from webui.results.facts import facts

NUMBER, WHOLE = Number(0, 1e12), Whole(0, 2**64 - 1)


@pytest.mark.parametrize(
    ("kind", "unit", "value", "written"),
    [
        (WHOLE, "trading days", 1, "1 trading day"),
        (WHOLE, "trading days", 40, "40 trading days"),
        (WHOLE, "trading days", 1260, "1,260 trading days (5.0 years)"),
        (WHOLE, "paths", 10**12, "1,000,000,000,000 paths"),
        (WHOLE, "", 18446744073709551615, "18446744073709551615"),
        (NUMBER, "dollars", 100_000.0, "100,000 dollars"),
        (NUMBER, "dollars", 1234.5, "1,234.5 dollars"),
        (NUMBER, "dollars", 12345678.9, "12,345,679 dollars"),
        (NUMBER, "", 56.137353095488, "56.1374"),
        (NUMBER, "per year", 0.07, "7 % per year"),
        (NUMBER, "per year", -0.123456789, "-12.3457 % per year"),
        (NUMBER, "of the traded value", 0.00005, "0.005 % of the traded value"),
        (NUMBER, "standard deviations", 2.0, "2 standard deviations"),
        (NUMBER, "shares", None, "as many as cash can pay"),
        (NUMBER, "dollars", None, "none"),
        (Switch(), "", True, "yes"),
        (Switch(), "", False, "no"),
        (Switch(), "real closes", 99, "99 real closes"),
        (Switch(), "real closes", 1, "1 real close"),
        (Switch(), "real closes", 0, "no"),
        (Choice(("long", "both")), "", "both", "both"),
        (WHOLE, "trading days", tuple(range(5, 55, 5)), "5, 10 … 50 trading days"),
        (WHOLE, "trading days", (5, 10, 20), "5, 10, 20 trading days"),
        (WHOLE, "trading days", (5, 10, 20, 40, 80), "5, 10, 20, 40, 80 trading days"),
        (NUMBER, "of the earlier close", (0.01, 0.02, 0.03, 0.04, 0.05), "1 %, 2 % … 5 % of the earlier close"),
        (Choice(("long", "both")), "", ("both", "long"), "both, long"),
        (Switch(), "", (False, True), "no, yes"),
    ],
)
def test_a_value_is_written_as_its_unit_wants_it(kind, unit, value, written):
    assert fact(Parameter.of("name", kind, label="Label", unit=unit), value) == written


@pytest.mark.parametrize(
    ("bars_per_year", "length", "window"),
    [
        (252, ("Days", "1,260 trading days (5.0 years)"), "40 trading days"),
        (365, ("Days", "1,260 trading days (3.5 years)"), "40 trading days"),
        (12, ("Bars", "1,260 bars (105.0 years)"), "40 bars (3.3 years)"),
    ],
)
def test_the_year_is_shown_and_longer_bars_are_not_called_days(bars_per_year, length, window):
    model = replace(mc.NormalModel(100.0, 0.05, 0.2), bars_per_year=bars_per_year)
    job = Job(
        symbol="ACME",
        source="csv",
        inputs={"prices": "0" * 64},
        experiment=mc.Simulation(model=model, strategy=mc.SmaCrossover(40, 100), days=1260, iterations=8, seed=7),
        engine="4",
        chunk=BLOCK_PATHS,
    )
    found = dict(facts(job))
    assert found["Bars per year"] == str(bars_per_year)
    assert length in found.items()
    assert found["Short window"] == window


def test_every_kind_of_experiment_is_shown_in_some_way():
    assert kinds.KINDS.keys() == KINDS.keys()
