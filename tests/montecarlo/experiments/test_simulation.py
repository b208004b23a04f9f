"""A simulation as a value: checked when made, kept exactly as JSON, and nothing else is taken for one."""

import copy
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.experiments.simulation import rows_by_default
from montecarlo.strategies import STRATEGIES

GOOD = mc.Simulation(
    model=mc.GbmModel(56.137353095488, 0.31603453944579313, 0.4815029154007226, ("a move of 52%",)),
    strategy=mc.SmaCrossover(short=40, long=100),
    rules=mc.Rules(capital=25_000, shares=100, commission=0.001, slippage=0, fill="same-close"),
    days=1260,
    iterations=10**12,
    seed=2**64 - 1,
)
PLACES = [(name,) for name in GOOD.to_dict()] + [
    (name, inner) for name, group in GOOD.to_dict().items() if isinstance(group, dict) for inner in group
]
BY_PLACE = pytest.mark.parametrize("place", PLACES, ids=".".join)


def with_value(place, value):
    """The dictionary of GOOD with one value replaced."""
    values = copy.deepcopy(GOOD.to_dict())
    *groups, name = place
    target = values
    for group in groups:
        target = target[group]
    target[name] = value
    return values


def without(place):
    values = copy.deepcopy(GOOD.to_dict())
    *groups, name = place
    target = values
    for group in groups:
        target = target[group]
    del target[name]
    return values


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def test_a_simulation_survives_json():
    again = mc.Simulation.from_dict(json.loads(json.dumps(GOOD.to_dict(), allow_nan=False)))
    assert again == GOOD
    assert again.to_dict() == GOOD.to_dict()
    assert again.model.warnings == ("a move of 52%",)


PRICES, FRACTIONS = st.floats(1e-9, 1e9), st.floats(0, 0.1)


@given(
    st.builds(
        mc.Simulation,
        model=st.builds(
            mc.NormalModel,
            start_price=PRICES,
            drift=st.floats(-1, 1),
            volatility=st.floats(0, 1),
            warnings=st.lists(st.text()).map(tuple),
        )
        | st.builds(mc.GbmModel, start_price=PRICES, drift=st.floats(-1, 1), volatility=st.floats(0, 1)),
        strategy=st.builds(mc.SmaCrossover, short=st.integers(1, 49), long=st.integers(50, 100), shorting=st.booleans())
        | st.builds(mc.Breakout, channel=st.integers(1, 99))
        | st.just(mc.BuyAndHold()),
        rules=st.builds(
            mc.Rules,
            capital=st.floats(1, 1e12),
            shares=st.none() | st.floats(1, 1e12) | st.integers(1, 10**12),
            commission=FRACTIONS,
            slippage=FRACTIONS,
            fill=st.sampled_from(["next-close", "same-close"]),
        ),
        days=st.integers(100, 10_000),
        iterations=st.integers(1, 10**12),
        seed=st.integers(0, 2**64 - 1),
    )
)
def test_every_simulation_survives_json_to_the_last_bit(simulation):
    text = json.dumps(simulation.to_dict())
    again = mc.Simulation.from_dict(json.loads(text))
    assert again == simulation
    assert json.dumps(again.to_dict()) == text


def test_the_same_numbers_are_the_same_json_however_they_were_written():
    whole = mc.Simulation(
        model=mc.NormalModel(100, 0, 1),
        strategy=mc.SmaCrossover(),
        rules=mc.Rules(capital=10),
        days=100,
        iterations=1,
        seed=0,
    )
    broken = mc.Simulation(
        model=mc.NormalModel(100.0, 0.0, 1.0),
        strategy=mc.SmaCrossover(),
        rules=mc.Rules(capital=10.0),
        days=100,
        iterations=1,
        seed=0,
    )
    assert json.dumps(whole.to_dict()) == json.dumps(broken.to_dict())


@pytest.mark.parametrize(
    ("name", "value"),
    [("days", 0), ("days", 25_001), ("iterations", 0), ("iterations", 10**12 + 1), ("seed", -1), ("seed", 2**64)],
)
def test_what_cannot_be_simulated_is_refused_by_name(name, value):
    usable = {"days": 100, "iterations": 1, "seed": 0}
    with pytest.raises(mc.ParameterError) as error:
        mc.Simulation(model=GOOD.model, strategy=mc.SmaCrossover(short=1, long=2), **usable | {name: value})
    assert list(error.value.problems) == [name]


def test_a_window_longer_than_the_days_is_refused():
    with pytest.raises(mc.ParameterError, match=r"^long must let sma-crossover decide before the last day"):
        mc.Simulation(model=GOOD.model, strategy=mc.SmaCrossover(short=40, long=100), days=99, iterations=1, seed=0)


def test_rows_are_kept_unasked_up_to_a_million_paths():
    assert rows_by_default(1_000_000)
    assert not rows_by_default(1_000_001)
    assert not GOOD.rows


def test_rows_are_kept_of_as_many_paths_as_a_disk_should_hold():
    assert replace(GOOD, iterations=10**8, rows=True).rows
    with pytest.raises(mc.ParameterError, match=r"12 GB of CSV.*the summary does not need them") as error:
        replace(GOOD, iterations=10**8 + 1, rows=True)
    assert list(error.value.problems) == ["rows"]


@pytest.mark.parametrize(("drift", "volatility"), [(5.0, 0.1), (0.1, 3.0), (-5.0, 0.1)])
def test_a_horizon_over_which_prices_would_leave_double_precision_is_refused(drift, volatility):
    """Volatility is refused although the median falls: the highest paths count."""
    with pytest.raises(mc.ParameterError, match=r"^days are too many for a drift of .* and a volatility of"):
        mc.Simulation(
            model=mc.GbmModel(100.0, drift, volatility), strategy=mc.SmaCrossover(), days=20_000, iterations=1, seed=0
        )


def test_the_largest_growth_that_is_taken_has_a_finite_summary():
    model = mc.GbmModel(start_price=1e9, drift=3.3, volatility=0.01)
    result = mc.simulate(model, mc.SmaCrossover(1, 2), days=50 * 252, iterations=3, seed=1, capital=1e12)
    values = result.summary.set_index("statistic")["value"]
    assert 1e69 < values["return_mean"] < 1e75
    few = [name for name in values.index if name.endswith("_controlled")]  # too few paths for that
    assert values.drop(["sortino_mean", *few]).notna().all()  # no day falls but by what the first fill costs


@BY_PLACE
def test_each_value_is_missed(place):
    with pytest.raises(mc.ParameterError) as error:
        mc.Simulation.from_dict(without(place))
    assert place[-1] in error.value.problems
    assert "is missing" in error.value.problems[place[-1]]


@pytest.mark.parametrize(
    "place", [("extra",), ("model", "extra"), ("strategy", "extra"), ("rules", "extra")], ids=".".join
)
def test_a_value_that_is_not_known_is_refused(place):
    with pytest.raises(mc.ParameterError, match="'extra' is not known"):
        mc.Simulation.from_dict(with_value(place, 1))


@BY_PLACE
@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -1e300,
        10**400,
        10**5000,
        "",
        "1",
        "x" * 100_000,
        "__class__",
        {},
        {"name": "gbm"},
        {1: 2},
        [1],
        nested(900),
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_makes_no_sense_in_its_place_is_refused_in_few_words(place, value):
    with pytest.raises(mc.ParameterError) as error:
        mc.Simulation.from_dict(with_value(place, value))
    assert 0 < len(str(error.value)) < 400


@pytest.mark.parametrize("place", [place for place in PLACES if place[-1] not in ("shorting", "rows")], ids=".".join)
def test_true_is_no_number_and_no_word(place):
    with pytest.raises(mc.ParameterError):
        mc.Simulation.from_dict(with_value(place, True))


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (("model", "name"), "model must be one of normal, gbm, bootstrap, student_t, not 'heston'"),
        (("strategy", "name"), f"strategy must be one of {', '.join(STRATEGIES)}, own-rule, ml-forecast, not 'heston'"),
        (("rules", "fill"), "fill must be one of next-close, same-close, next-open, not 'heston'"),
        (("model", "warnings"), "warnings must be a list of texts, not 'heston'"),
        (("days",), "days must be a whole number from 1 to 25,000, not 'heston'"),
    ],
)
def test_the_message_names_the_parameter_and_what_was_expected(place, message):
    with pytest.raises(mc.ParameterError) as error:
        mc.Simulation.from_dict(with_value(place, "heston"))
    assert str(error.value) == message


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["gbm", "sma-crossover"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "days", "model", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(place=st.sampled_from(PLACES), value=ANYTHING)
def test_whatever_stands_in_a_place_it_is_a_simulation_or_a_parameter_error(place, value):
    try:
        simulation = mc.Simulation.from_dict(with_value(place, value))
    except mc.ParameterError:
        return
    assert mc.Simulation.from_dict(simulation.to_dict()) == simulation


@given(ANYTHING)
def test_nothing_else_is_a_simulation(value):
    with pytest.raises(mc.ParameterError):
        mc.Simulation.from_dict(value)
