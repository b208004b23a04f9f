"""How parameters are written for a person, by what they declare."""

import pytest

from montecarlo.experiments.kinds import KINDS
from montecarlo.parameters import Choice, Number, Parameter, Switch, Whole
from webui import kinds
from webui.facts import fact

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


def test_every_kind_of_experiment_is_shown_in_some_way():
    assert kinds.KINDS.keys() == KINDS.keys()
