"""Which values each parameter may take, how a person is told, and how values are kept as JSON."""

import json
import sys
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo import parameters
from montecarlo.experiments.parallel import THREADS
from montecarlo.experiments.traded_paths import MODEL, STRATEGY, WARM_UP
from montecarlo.models import MODELS
from montecarlo.parameters import Choice, Day, Number, Parameter, Switch, Whole, Word, declared, parameter, shown
from montecarlo.strategies import ORDERS, STRATEGIES

JUST_OVER = 1 + sys.float_info.epsilon

SHARED = mc.BuyAndHold.name
"""The strategy that has the parameters of all strategies and no others; they are tried of it alone."""

EDGES = {  # smallest and largest that are taken, nearest that are not
    "sma-crossover.short": (1, 24_999, 0, 25_000),
    "sma-crossover.long": (2, 25_000, 1, 25_001),
    "ema-crossover.short": (1, 24_999, 0, 25_000),
    "ema-crossover.long": (2, 25_000, 1, 25_001),
    "breakout.channel": (1, 24_999, 0, 25_000),
    "bollinger-reversion.window": (2, 25_000, 1, 25_001),
    "bollinger-reversion.width": (0, 10, -1e-300, 10 * JUST_OVER),
    "momentum.lookback": (1, 24_999, 0, 25_000),
    "daily-breakout.channel": (1, 24_998, 0, 24_999),
    "momentum.band": (0, 1, -1e-300, JUST_OVER),
    f"{SHARED}.entry_limit": (0, 0.5, -1e-300, 0.5 * JUST_OVER),
    f"{SHARED}.stop_loss": (5e-324, 1, 0.0, JUST_OVER),
    f"{SHARED}.take_profit": (5e-324, 100, 0.0, 100 * JUST_OVER),
    f"{SHARED}.max_holding": (1, 25_000, 0, 25_001),
    "simulation.days": (1, 25_000, 0, 25_001),
    "simulation.iterations": (1, 10**12, 0, 10**12 + 1),
    "simulation.seed": (0, 2**64 - 1, -1, 2**64),
    "threads": (1, 1024, 0, 1025),
    "rules.capital": (5e-324, 1e12, 0, 1e12 * JUST_OVER),
    "rules.shares": (5e-324, 1e12, 0.0, 1e12 * JUST_OVER),
    "rules.commission": (0, 0.1, -1e-300, 0.1 * JUST_OVER),
    "rules.slippage": (0, 0.1, -1e-300, 0.1 * JUST_OVER),
    "rules.commission_per_share": (0, 1000, -1e-300, 1000 * JUST_OVER),
    "rules.commission_minimum": (0, 1e6, -1e-300, 1e6 * JUST_OVER),
    "rules.slippage_volatility": (0, 10, -1e-300, 10 * JUST_OVER),
    "rules.risk_free": (-0.1, 1, -0.1 * JUST_OVER, JUST_OVER),
    "model.start_price": (1e-9, 1e9, 1e-9 / JUST_OVER, 1e9 * JUST_OVER),
    "model.drift_error": (0.0, 1000.0, -5e-324, 1000.0 * JUST_OVER),
    "model.volatility_error": (0.0, 1000.0, -5e-324, 1000.0 * JUST_OVER),
    "student_t.tail_error": (0.0, 1000.0, -5e-324, 1000.0 * JUST_OVER),
    "model.drift": (-100, 100, -100 * JUST_OVER, 100 * JUST_OVER),
    "model.volatility": (0, 100, -1e-300, 100 * JUST_OVER),
    "model.bars_per_year": (1, 366, 0, 367),
    "student_t.degrees_of_freedom": (2 * JUST_OVER, 1000, 2, 1000 * JUST_OVER),
    "bootstrap.block": (1, 1000, 1 - 1e-15, 1000 * JUST_OVER),
}


def all_parameters():
    """Every parameter that anything declares, by who has it and its name."""
    common = declared(mc.NormalModel)
    found = {"threads": THREADS, "model": MODEL, "strategy": STRATEGY, "warm_up": WARM_UP}
    holders = {"simulation": mc.Simulation, "rules": mc.Rules, "model": mc.NormalModel, **STRATEGIES}
    for who, holder in holders.items():
        shared = ORDERS if who in STRATEGIES and who != SHARED else {}
        found |= {f"{who}.{name}": each for name, each in declared(holder).items() if name not in shared}
    for who, model in MODELS.items():
        found |= {f"{who}.{name}": each for name, each in declared(model).items() if name not in common}
    return found


ALL = all_parameters()
WHOLE = [name for name, each in ALL.items() if isinstance(each.kind, Whole)]
NUMBERS = [name for name, each in ALL.items() if isinstance(each.kind, Number)]
CHOICES = [name for name, each in ALL.items() if isinstance(each.kind, Choice)]
SWITCHES = [name for name, each in ALL.items() if isinstance(each.kind, Switch)]

WRONG = [
    None,
    True,
    False,
    "5",
    b"5",
    [],
    [5],
    {},
    float("nan"),
    float("inf"),
    -float("inf"),
    5 + 0j,
    10**400,
    -(10**9999),
]


@pytest.mark.parametrize("name", EDGES)
def test_a_parameter_takes_its_edges_and_nothing_beyond_them(name):
    smallest, largest, below, above = EDGES[name]
    assert ALL[name].problem(smallest) == ALL[name].problem(largest) == ""
    assert ALL[name].problem(below)
    assert ALL[name].problem(above)


def test_every_number_has_its_edges_in_the_table_above():
    assert EDGES.keys() == {*WHOLE, *NUMBERS}


@pytest.mark.parametrize("name", [name for name in ALL if name not in SWITCHES])
@pytest.mark.parametrize("value", WRONG, ids=lambda value: str(type(value).__name__))
def test_nothing_but_a_plain_value_of_the_right_type_is_taken(name, value):
    is_text = isinstance(value, str) and isinstance(ALL[name].kind, Word)
    if is_text or (value is None and ALL[name].optional):
        assert ALL[name].problem(value) == ""
    else:
        assert 0 < len(ALL[name].problem(value)) < 200


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_true_or_false_and_nothing_that_counts_as_such(name):
    assert ALL[name].problem(True) == ALL[name].problem(False) == ""
    assert ALL[name].problem(1) == "must be true or false, not 1"
    assert all(ALL[name].problem(value) for value in WRONG if not isinstance(value, bool))


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_number_is_not_taken_as_a_float(name):
    assert ALL[name].problem(5.0)


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_is_one_of_its_words(name):
    assert [ALL[name].problem(word) for word in ALL[name].kind.words] == [""] * len(ALL[name].kind.words)
    assert ALL[name].problem("open") == f"must be one of {', '.join(ALL[name].kind.words)}, not 'open'"


@pytest.mark.parametrize("name", ALL)
def test_every_parameter_can_be_shown_to_a_person(name):
    """In a form and as an option: a label, a line of help unless the label says it all, and a default that it takes."""
    each = ALL[name]
    assert each.label[0].isupper()
    assert not each.label.endswith(".")
    assert not each.help or each.help.endswith(".")
    assert each.option == "--" + name.split(".")[-1].replace("_", "-")
    assert each.default is parameters.MISSING or each.problem(each.default) == ""


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("simulation.days", 0, "must be a whole number from 1 to 25,000, not 0"),
        ("simulation.iterations", -3, "must be a whole number from 1 to 1,000,000,000,000, not -3"),
        ("rules.capital", -5, "must be a number above 0 to 1,000,000,000,000, not -5"),
        ("rules.commission", 0.5, "must be a number from 0 to 0.1, not 0.5"),
        ("rules.fill", "open", "must be one of next-close, same-close, next-open, not 'open'"),
    ],
)
def test_the_message_says_what_was_expected_and_what_came(name, value, message):
    assert ALL[name].problem(value) == message


@pytest.mark.parametrize("name", [name for name in EDGES if name.split(".")[0] in STRATEGIES])
def test_a_strategy_refuses_what_its_parameter_does_and_names_it(name):
    who, field = name.split(".")
    for value in EDGES[name][2:]:
        with pytest.raises(mc.ParameterError) as error:
            STRATEGIES[who](**{field: value})
        assert error.value.problems == {field: ALL[name].problem(value)}


def test_rules_and_simulations_name_all_that_is_wrong_at_once():
    with pytest.raises(mc.ParameterError, match=r"^capital must be .*, not 0; fill must be .*, not 'open'$") as error:
        mc.Rules(capital=0, fill="open")
    assert list(error.value.problems) == ["capital", "fill"]
    with pytest.raises(mc.ParameterError) as error:
        mc.Simulation(model=mc.NormalModel(1, 0, 0), strategy=mc.BuyAndHold(), days=0, iterations=5, seed=-1)
    assert list(error.value.problems) == ["days", "seed"]


@dataclass(frozen=True, kw_only=True)
class Order:
    """With a parameter of each kind, and a field that is none."""

    seed: int = parameter(Whole(0, 99), label="Seed")
    width: float = parameter(Number(0, 10), 2.0, label="Width", unit="metres", help="From left to right.")
    limit: float | None = parameter(Number(0, 10, low_allowed=False), None, label="Limit", optional=True)
    side: str = parameter(Choice(("buy", "sell")), "buy", label="Side")
    urgent_one: bool = parameter(Switch(), False, label="Urgent")
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        parameters.check(self)


@dataclass(frozen=True, kw_only=True)
class LaterOrder(Order):
    """What a later version has made of it."""

    venue: str = parameter(Choice(("any", "home")), "any", label="Venue", since=3)
    patience: float = parameter(Number(0, 1), 0.0, label="Patience", since=4)


def as_json(order):
    return json.dumps(parameters.to_dict(order))


def from_json(text, kind=Order):
    return kind(**parameters.from_dict("order", json.loads(text), kind))


def test_a_field_says_all_there_is_to_know_of_it():
    width = declared(Order)["width"]
    assert width == declared(Order(seed=1))["width"]
    assert (width.name, width.kind, width.default) == ("width", Number(0, 10), 2.0)
    assert (width.label, width.unit, width.help) == ("Width", "metres", "From left to right.")
    assert declared(Order)["seed"].default is parameters.MISSING
    assert declared(Order)["urgent_one"].option == "--urgent-one"
    assert "notes" not in declared(Order)


def test_the_same_number_has_one_spelling_however_it_was_written():
    assert as_json(Order(seed=1, width=3, limit=2)) == as_json(Order(seed=1, width=3.0, limit=2.0))
    assert isinstance(Order(seed=1, width=3).width, float)
    assert Order(seed=1).limit is None


orders = st.builds(
    Order,
    seed=st.integers(0, 99),
    width=st.floats(0, 10) | st.integers(0, 10),
    limit=st.none() | st.floats(1e-9, 10),
    side=st.sampled_from(["buy", "sell"]),
    urgent_one=st.booleans(),
    notes=st.lists(st.text(), max_size=2).map(tuple),
)


@given(orders)
def test_values_survive_json_to_the_last_bit(order):
    assert from_json(as_json(order)) == order
    assert as_json(from_json(as_json(order))) == as_json(order)


@given(orders)
def test_a_field_of_a_later_version_that_is_not_used_changes_no_byte(order):
    values = {name: getattr(order, name) for name in parameters.to_dict(order)}
    assert as_json(LaterOrder(**values)) == as_json(order)
    assert from_json(as_json(order), LaterOrder) == LaterOrder(**values)


def test_a_field_of_a_later_version_that_is_used_is_written_and_read():
    order = LaterOrder(seed=1, patience=0.5)
    assert json.loads(as_json(order)).keys() - json.loads(as_json(Order(seed=1))).keys() == {"patience"}
    assert from_json(as_json(order), LaterOrder) == order
    with pytest.raises(mc.ParameterError, match=r"^'patience' is not known in the order$"):
        from_json(as_json(order))


def test_a_rule_that_a_later_version_adds_changes_no_byte_of_simulations_without_it():
    @dataclass(frozen=True, kw_only=True)
    class LaterRules(mc.Rules):
        borrowing: float = parameter(Number(0, 1), 0.0, label="Borrowing", unit="per year", since=3)

    now = mc.Simulation(model=mc.NormalModel(50, 0, 0), strategy=mc.SmaCrossover(), seed=1)
    later, used = (replace(now, rules=LaterRules(**given)) for given in ({}, {"borrowing": 0.05}))
    assert json.dumps(later.to_dict()) == json.dumps(now.to_dict())
    assert used.to_dict()["rules"] == now.to_dict()["rules"] | {"borrowing": 0.05}


def test_json_that_lacks_something_or_has_more_is_refused_with_all_of_it():
    values = parameters.to_dict(Order(seed=1)) | {"colour": "red"}
    del values["seed"], values["side"]
    with pytest.raises(mc.ParameterError) as error:
        parameters.from_dict("order", values, Order)
    assert error.value.problems == {
        "seed": "is missing from the order",
        "side": "is missing from the order",
        "'colour'": "is not known in the order",
    }


@pytest.mark.parametrize("values", [None, [], "seed", 5, [["seed", 1]]], ids=repr)
def test_json_that_is_no_object_is_refused_with_what_it_would_have(values):
    with pytest.raises(mc.ParameterError, match=r"^order must be an object of name, seed, width, .*, not "):
        parameters.from_dict("order", values, Order, "name")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "large"}, None),
        ({"name": "huge"}, "^order must be one of small, large, not 'huge'$"),
        ({"name": ["large"]}, r"^order must be one of small, large, not \['large'\]$"),
        ({}, "^name is missing from the order$"),
        ("large", "^order must be an object, not 'large'$"),
    ],
    ids=repr,
)
def test_a_kind_is_found_by_its_name_in_json(values, message):
    kinds = {"small": Order, "large": LaterOrder}
    if message is None:
        assert parameters.named("order", values, kinds) is LaterOrder
        return
    with pytest.raises(mc.ParameterError, match=message):
        parameters.named("order", values, kinds)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("sma-crossover.short", "40", 40),
        ("sma-crossover.long", " 100 ", 100),
        ("simulation.iterations", "1e6", 1_000_000),
        ("simulation.iterations", "1,000", 1000),
        ("simulation.seed", "0", 0),
        ("rules.capital", "1e5", 100_000.0),
        ("rules.commission", "0.0005", 0.0005),
        ("bollinger-reversion.width", "2", 2.0),
        ("rules.fill", "same-close", "same-close"),
        ("rules.shares", "", None),
        ("warm_up", "true", True),
        ("sma-crossover.shorting", " false ", False),
    ],
)
def test_typed_text_becomes_a_value(name, text, value):
    assert ALL[name].read(text) == value
    assert type(ALL[name].read(text)) is type(value)


@pytest.mark.parametrize("name", [name for name, each in ALL.items() if each.default is not parameters.MISSING])
def test_what_is_written_is_read_as_the_same(name):
    assert ALL[name].read(ALL[name].written(ALL[name].default)) == ALL[name].default


@given(st.floats(0, 10), st.integers(0, 99), st.booleans())
def test_what_is_written_of_any_value_is_read_as_the_same_bits(width, seed, urgent):
    for name, value in (("width", width), ("seed", seed), ("urgent_one", urgent), ("limit", None)):
        assert declared(Order)[name].read(declared(Order)[name].written(value)) == value


def problem(name: str, text: str) -> str:
    """How a person is told that the text is no value."""
    with pytest.raises(mc.ParameterError) as error:
        ALL[name].read(text)
    ((field, message),) = error.value.problems.items()
    assert field == ALL[name].name
    return message


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_typed_as_true_or_false(name):
    assert problem(name, "yes") == "must be true or false, not 'yes'"


@pytest.mark.parametrize("text", ["ten", "0x10", "--5", "<script>alert(1)</script>", "'; --", "nan", "\u0661\u0660"])
def test_text_that_is_no_whole_number_is_quoted_in_the_message(text):
    assert problem("simulation.days", text) == f"must be a whole number from 1 to 25,000, not {shown(text)}"


def test_of_text_that_is_nearly_a_number_the_message_says_what_helps():
    assert problem("rules.commission", "0,05").endswith(
        "not '0,05': thousands may be parted by commas, as in 1,000, and a fraction has a point, as in 0.05"
    )


@pytest.mark.parametrize("name", [name for name in (*WHOLE, *NUMBERS) if not ALL[name].optional])
@pytest.mark.parametrize("text", ["", "   ", "\t\n"])
def test_an_empty_field_is_missing(name, text):
    assert problem(name, text) == "is missing"


@pytest.mark.parametrize("name", [*WHOLE, *NUMBERS])
@pytest.mark.parametrize("text", ["-1000", "inf", "nan", "9" * 30, "9" * 4000, "9" * 100_000, "1e999"])
def test_text_far_out_of_range_has_a_short_message(name, text):
    assert len(problem(name, text)) < 120


def test_a_day_is_typed_as_years_months_and_days():
    first = Parameter.of("first", Day(), label="First day")
    assert first.read(" 2020-02-29 ") == first.read("2020-2-29") == date(2020, 2, 29)
    assert first.read(first.written(date(2020, 12, 31))) == date(2020, 12, 31)
    for wrong in ("2021-02-29", "29.2.2020", "2020-02-29 12:00", "1799-12-31", "soon"):
        with pytest.raises(mc.ParameterError) as raised:
            first.read(wrong)
        assert raised.value.problems["first"].startswith("must be a day such as 2020-12-31, 1800-01-01 or later, not ")
    assert first.problem(datetime(2020, 2, 29)), "an hour is not asked for"


def test_a_parameter_need_not_be_a_field():
    threads = Parameter.of("threads", Whole(1, 8), label="Threads")
    assert threads.default is parameters.MISSING
    assert (threads.read("3"), threads.problem(9)) == (3, "must be a whole number from 1 to 8, not 9")


@pytest.mark.parametrize(
    ("kind", "theirs", "ours"),
    [
        (Whole(1, 300), np.int8(5), 5),
        (Whole(1, 300), np.uint64(300), 300),
        (Whole(1, 300), np.arange(4)[3], 3),
        (Number(0, 1), np.float64(0.1), 0.1),
        (Number(0, 1), np.float32(0.5), 0.5),
        (Number(0, 1), np.int64(1), 1.0),
        (Switch(), np.bool_(True), True),
        (Choice(("a", "b")), np.str_("b"), "b"),
    ],
)
def test_a_number_of_numpys_is_pythons(kind, theirs, ours):
    known = Parameter.of("it", kind, label="It")
    assert known.problem(theirs) == ""
    unified = known.unified(theirs)
    assert (type(unified), unified) == (type(ours), ours)


@pytest.mark.parametrize(
    ("kind", "theirs", "words"),
    [
        (Whole(1, 300), np.bool_(True), "must be a whole number from 1 to 300, not True"),
        (Whole(1, 300), np.float64(5), "must be a whole number from 1 to 300, not 5.0"),
        (Whole(1, 300), np.int64(301), "must be a whole number from 1 to 300, not 301"),
        (Whole(1, 300), np.array(5), "must be a whole number from 1 to 300, not array(5)"),
        (Number(0, 1), np.bool_(False), "must be a number from 0 to 1, not False"),
        (Number(0, 1), np.float64("nan"), "must be a number from 0 to 1, not nan"),
        (Switch(), np.int64(1), "must be true or false, not 1"),
    ],
)
def test_what_is_refused_of_pythons_is_refused_of_numpys(kind, theirs, words):
    assert Parameter.of("it", kind, label="It").problem(theirs) == words
