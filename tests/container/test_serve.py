"""An endpoint: what it answers are the library's bits, whatever is sent it lives on, and it ends as it is asked to."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import montecarlo as mc
from container.errors import HostingError
from container.hosted import hosted_from
from container.serve import main
from montecarlo.data.bars import Bars
from montecarlo.data.history import PriceHistory
from montecarlo.strategies import Strategy
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.trained import decisions, features
from tests.container.hosting import CSV, JSON, Endpoint, artefacts, both_sides, endpoint

STRATEGY = both_sides()
NAMES = STRATEGY.at_hand.feature_names
ROW = [0.5] * len(NAMES)
ORDERS = ("entry_limit", "stop_loss", "take_profit", "max_holding")


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Endpoint]:
    """A model with a forecast for both sides, and one process."""
    root = artefacts(tmp_path_factory.mktemp("both"), STRATEGY)
    with endpoint(root, free_port(), SAGEMAKER_MODEL_SERVER_WORKERS="1") as served:
        yield served


@pytest.fixture(scope="module")
def rows(history: PriceHistory) -> np.ndarray:
    return features(history.closes[:, None], 8)[:, 0]


def of_library(rows: np.ndarray) -> list[dict[str, float]]:
    model = STRATEGY.at_hand
    columns = [model.long.probabilities(rows), model.short.probabilities(rows), decisions(model, rows)]
    names = ("probability_long", "probability_short", "signal")
    return [dict(zip(names, row, strict=True)) for row in zip(*(each.tolist() for each in columns), strict=True)]


def lines(table: list[list[float]], header: tuple[str, ...] = ()) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in ([header] if header else []) + table)


def test_probabilities_and_signals_are_the_bits_of_the_library(hosted: Endpoint, rows: np.ndarray) -> None:
    expected, table = of_library(rows), rows.tolist()
    assert {each["signal"] for each in expected} == {-1, 0, 1}
    by_name = [dict(zip(NAMES, row, strict=True)) for row in table]
    shuffled = [row[::-1] for row in table]
    assert hosted.ask({"instances": table}).value == {"predictions": expected}
    assert hosted.ask({"instances": by_name}).value == {"predictions": expected}
    assert hosted.ask(lines(table), CSV, Accept=JSON).value == {"predictions": expected}
    assert hosted.ask(lines(shuffled, NAMES[::-1]), CSV, Accept=JSON).value == {"predictions": expected}
    for row, one in list(zip(table, expected, strict=True))[:20]:
        assert hosted.ask({"instances": [row]}).value == {"predictions": [one]}


def test_lines_are_answered_by_as_many_lines_as_a_transform_job_puts_together(
    hosted: Endpoint, rows: np.ndarray
) -> None:
    expected = [list(each.values()) for each in of_library(rows)]
    answered = hosted.ask(lines(rows.tolist()), f"{CSV}; charset=utf-8")
    assert (answered.type, answered.body.decode()) == (f"{CSV}; charset=utf-8", lines(expected))
    headed = hosted.ask(lines(rows.tolist(), NAMES).replace("\n", "\r\n"), CSV)
    assert headed.body.decode() == lines(expected, ("probability_long", "probability_short", "signal"))
    told = hosted.ask(b"", None, "/execution-parameters", "GET").value
    assert told == {"MaxConcurrentTransforms": 1, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}


def days_of_library(strategy: Strategy, history: PriceHistory) -> list[dict[str, object]]:
    """What ``ordered`` and the model say, with nothing where there is none."""
    bars = history.adjusted_bars if strategy.uses_bars else Bars(*[history.closes] * 4)
    targets, orders = strategy.ordered(Bars(*(each[:, None] for each in bars)))
    days = [
        {"date": str(day), "signal": int(target)} | dict(zip(ORDERS, told, strict=True))
        for day, target, *told in zip(
            history.dates, targets[:, 0], *(each[:, 0].tolist() for each in orders), strict=True
        )
    ]
    if isinstance(strategy, MlForecast):
        found = features(history.closes[:, None], strategy.at_hand.n)[:, 0]
        nothing = [np.nan] * strategy.first_decision
        for side, forecast in strategy.at_hand.sides.items():
            for each, value in zip(days, nothing + forecast.probabilities(found).tolist(), strict=True):
                each[f"probability_{side}"] = value
    return [
        {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in each.items()}
        for each in days
    ]


def bars_of(history: PriceHistory) -> list[dict[str, object]]:
    columns = {name: history.bars[name].tolist() for name in history.bars.columns}
    return [
        {"date": str(day), **dict(zip(columns, row, strict=True))}
        for day, *row in zip(history.dates, *columns.values(), strict=True)
    ]


def check_days(served: Endpoint, strategy: Strategy, history: PriceHistory) -> None:
    expected, bars = days_of_library(strategy, history), bars_of(history)
    answer = served.ask({"bars": bars}).value
    assert answer["days"] == expected
    assert (answer["strategy"], answer["signals"]) == (str(strategy), strategy.signals)
    assert served.ask(history.to_csv(), CSV, Accept=JSON).value == answer
    last = {**answer, "days": expected[-1:]}
    assert served.ask({"bars": bars, "last": True}).value == last
    assert served.ask(history.to_csv(), CSV, "/invocations?last=true", Accept=JSON).value == last
    named = {"X_Amzn_SageMaker_Custom_Attributes": "last=true", "Accept": JSON}
    assert served.ask(history.to_csv(), CSV, **named).value == last
    text = lines([["" if value is None else value for value in each.values()] for each in expected], tuple(expected[0]))
    assert served.ask(history.to_csv(), CSV).body.decode() == text
    first = strategy.first_decision
    assert served.ask({"bars": bars[: first + 1]}).value["days"] == expected[: first + 1]
    short = served.ask({"bars": bars[:first] or [{"date": "2020-01-02"}]})
    assert short.status == 400
    assert not first or f"send {first + 1:,} day" in short.problem


def test_what_is_wanted_each_day_is_what_the_library_wants(hosted: Endpoint, history: PriceHistory) -> None:
    check_days(hosted, STRATEGY, history)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "strategy",
    [
        mc.SmaCrossover(5, 20, stop_loss=0.02, entry_limit=0.01),
        mc.EmaCrossover(),
        mc.Breakout(10),
        mc.BollingerReversion(),
        mc.Momentum(20),
        mc.DailyBreakout(3, take_profit=0.05, max_holding=10),
        mc.BuyAndHold(),
    ],
    ids=lambda strategy: strategy.name,
)
def test_every_strategy_is_hosted(
    strategy: Strategy, tmp_path: Path, free_port: Callable[[], int], history: PriceHistory
) -> None:
    with endpoint(artefacts(tmp_path, strategy), free_port(), SAGEMAKER_MODEL_SERVER_WORKERS="2") as served:
        check_days(served, strategy, history)
        refused = served.ask({"instances": [[1.0]]})
        assert (refused.status, "send daily bars" in refused.problem) == (400, True)


RULE = b"""
def targets(bars, *, lookback=5, factor=1.0):
    if bars.close[0, 0] == 7.0:
        raise ValueError("seven is no price")
    above = bars.close > factor * bars.open
    return {"targets": above, "stop_loss": 0.02}

def first_decision(lookback, factor):
    return lookback
"""


@pytest.mark.thorough
def test_a_rule_of_ones_own_is_hosted_where_that_is_allowed(
    tmp_path: Path, free_port: Callable[[], int], history: PriceHistory
) -> None:
    (tmp_path / "own.py").write_bytes(RULE)
    rule = mc.strategy_from(tmp_path / "own.py", lookback=9)
    folder = artefacts(tmp_path, rule) / "model"
    with pytest.raises(HostingError, match="SPOTMC_OWN_RULES=allow"):
        hosted_from(folder, {})
    allowed = {"SPOTMC_OWN_RULES": "allow"}
    with pytest.raises(HostingError, match="cannot be had"):
        hosted_from(folder, allowed)
    (folder / "rule.py").write_bytes(RULE + b"\n")
    with pytest.raises(HostingError, match="another text"):
        hosted_from(folder, allowed)
    (folder / "rule.py").write_bytes(RULE)
    with endpoint(tmp_path, free_port(), SAGEMAKER_MODEL_SERVER_WORKERS="2", **allowed) as served:
        check_days(served, rule, history)
        seven = [{**bar, "close": 7.0, "open": 6.9, "high": 7.1, "low": 6.8} for bar in bars_of(history)]
        refused = served.ask({"bars": [{name: bar[name] for name in ("date", *BARS)} for bar in seven]})
        assert (refused.status, "seven is no price" in refused.problem) == (400, True)
        check_days(served, rule, history)


BARS = ("open", "high", "low", "close")
BAR = {"date": "2020-01-02", "close": 1.0}
MANY = [{**BAR, "date": f"2020-01-{day:02d}"} for day in range(1, 21)]

ABUSE: list[tuple[int, object, str | None, str]] = [
    (400, b"", JSON, "no JSON"),
    (400, b"{", JSON, "no JSON"),
    (400, b"\xff\xfe{}", JSON, "no JSON"),
    (400, b"[" * 200_000, JSON, "too deeply"),
    (400, b'{"instances": [[' + b"1" * 5000 + b"]]}", JSON, "JSON"),
    (400, [], JSON, "must be an object"),
    (400, None, JSON, "must be an object"),
    (400, {}, JSON, "instances"),
    (400, {"instances": [ROW], "bars": [BAR]}, JSON, "either"),
    (400, {"instances": [ROW], "more": 1}, JSON, "'more'"),
    (400, {"instances": []}, JSON, "one or more"),
    (400, {"instances": {}}, JSON, "must be a list"),
    (400, {"instances": [1.0]}, JSON, "row 1"),
    (400, {"instances": [ROW[:-1]]}, JSON, "16 features"),
    (400, {"instances": [ROW, [*ROW, 1.0]]}, JSON, "row 2"),
    (400, {"instances": [[*ROW[:-1], "1"]]}, JSON, "finite numbers"),
    (400, {"instances": [[*ROW[:-1], None]]}, JSON, "finite numbers"),
    (400, {"instances": [[*ROW[:-1], True]]}, JSON, "finite numbers"),
    (400, {"instances": [[*ROW[:-1], [1]]]}, JSON, "finite numbers"),
    (400, {"instances": [[*ROW[:-1], float("nan")]]}, JSON, "NaN"),
    (400, {"instances": [[*ROW[:-1], float("-inf")]]}, JSON, "Infinity"),
    (400, {"instances": [[*ROW[:-1], 10**400]]}, JSON, "finite numbers"),
    (400, {"instances": [[1.7e308] * 16]}, JSON, "finite score"),
    (400, b'{"instances": [[' + b",".join([b"1e999"] * 16) + b"]]}", JSON, "finite numbers"),
    (400, b'{"instances": [{"close": 1, "close": 2}]}', JSON, "twice"),
    (400, {"instances": [{"close": 1.0}]}, JSON, "lacks sma_2"),
    (400, {"instances": [dict.fromkeys([*NAMES, "nonsense"], 1.0)]}, JSON, "'nonsense'"),
    (400, {"bars": [1]}, JSON, "date and close"),
    (400, {"bars": [{"date": "2020-01-02"}]}, JSON, "lacks close"),
    (400, {"bars": [{**BAR, "Close": 1}]}, JSON, "'Close'"),
    (400, {"bars": MANY, "last": 1}, JSON, "true or false"),
    (400, {"bars": [BAR]}, JSON, "send 9 days or more"),
    (400, {"bars": [*MANY, BAR]}, JSON, "dates must ascend"),
    (400, {"bars": [*MANY, MANY[-1]]}, JSON, "dates must ascend"),
    (400, {"bars": [*MANY, {"date": "2020-02-30", "close": 1}]}, JSON, "2020-02-30"),
    (400, {"bars": [*MANY, {"date": 20200201, "close": 1}]}, JSON, "2020-12-31"),
    (400, {"bars": [*MANY, {"date": "2020-02-01", "close": 0}]}, JSON, "row 21"),
    (400, {"bars": [*MANY, {"date": "2020-02-01", "close": -1}]}, JSON, "below zero"),
    (400, {"bars": [*MANY, {"date": "2020-02-01", "close": None}]}, JSON, "no close"),
    (400, {"bars": [*MANY, {"date": "2020-02-01", "open": 1}]}, JSON, "what the first one has"),
    (413, {"bars": [BAR] * 25_002}, JSON, "at most"),
    (400, b"", CSV, "empty"),
    (400, b"\n\n\n", CSV, "empty"),
    (400, b"\x00\x01\x02", CSV, "no feature of the model"),
    (400, "naïve", CSV, "ASCII"),
    (400, b'"0.5', CSV, "no CSV"),
    (400, "1,2,3", CSV, "16 features"),
    (400, lines([ROW]) + "1,2\n", CSV, "line 2"),
    (400, lines([[*ROW[:-1], "nan"]]), CSV, "finite numbers"),
    (400, lines([[*ROW[:-1], "1_0"]]), CSV, "finite numbers"),
    (400, lines([[*ROW[:-1], "word"]]), CSV, "'word'"),
    (400, lines([], NAMES), CSV, "no rows"),
    (400, lines([[*ROW, 1]], (*NAMES, "close")), CSV, "names one twice"),
    (400, "2020-01-02,1,2\n", CSV, "names their columns"),
    (400, "date,close\n", CSV, "no daily bars"),
    (400, "date,closing\n2020-01-02,1\n", CSV, "lacks close"),
    (400, "date,close,close\n2020-01-02,1,1\n", CSV, "names one twice"),
    (400, "date,close\n2020-01-02,1\n2020-01-03\n", CSV, "line 3"),
    (400, "date,close\n2020-01-02,inf\n", CSV, "finite numbers"),
    (400, "date,close\n2020-01-02,\n", CSV, "no close"),
    (415, b"{}", None, "Content-Type"),
    (415, b"{}", "application/x-npy", "application/x-npy"),
    (415, b"{}", f"{CSV}; charset=utf-16", "UTF-8"),
    (413, b"1" * (6 * 2**20 + 1), CSV, "6,291,456 bytes"),
]


def test_whatever_is_sent_is_refused_in_a_sentence_and_the_next_one_is_answered(
    hosted: Endpoint, rows: np.ndarray
) -> None:
    process = hosted.child.process.pid
    for status, body, given, words in ABUSE:
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        answered = hosted.ask(content, given)
        assert (answered.status, answered.type) == (status, JSON), (content[:80], answered)
        assert words in answered.problem, (content[:80], answered)
    assert hosted.ask({"instances": [ROW]}, Accept="image/png").status == 406
    assert hosted.ask({"instances": [ROW]}, path="/invocations?last=true").status == 400
    assert hosted.ask({"instances": [ROW]}, path="/invocations?first=true").status == 400
    assert hosted.ask({"instances": [ROW]}, Content_Encoding="gzip").status == 415
    assert hosted.ask(b"", None, "/nowhere").status == 404
    assert hosted.ask(b"", None, method="GET").status == 405
    assert hosted.ask({"instances": rows.tolist()}).value == {"predictions": of_library(rows)}
    assert hosted.pings()
    assert hosted.child.process.poll() is None
    assert hosted.child.process.pid == process


HEAD = b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BODY = json.dumps({"instances": [ROW]}).encode()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY), 200),
        (CHUNKED + b"zz\r\n", 400),
        (CHUNKED + (b"100000\r\n" + b" " * 2**20 + b"\r\n") * 7 + b"0\r\n\r\n", 413),
        (HEAD + b"Transfer-Encoding: nonsense\r\n\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n\r\n", 400),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}", 400),
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /ping HTTP/9.9\r\n\r\n", 400),
        (b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n\r\n", 400),
    ],
    ids=["chunked", "no chunk", "huge chunks", "coding", "length", "lengths", "nonsense", "version", "address"],
)
def test_what_is_hardly_http_is_answered_too(hosted: Endpoint, sent: bytes, status: int) -> None:
    with hosted.send(sent) as client:
        answer = client.makefile("rb").read()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer[:300]
    assert json.loads(body)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([*ROW, *MANY]),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.sampled_from([*NAMES, "date", "open"]), inner),
    max_leaves=40,
)
REQUESTS = st.fixed_dictionaries({}, optional={"instances": ANYTHING, "bars": ANYTHING, "last": ANYTHING})
LINES = st.lists(
    st.sampled_from(["date", "close", "high", "2020-01-02", "2020-01-03", "1", "-1e5", "nan", "", "\n", '"'])
)


@pytest.mark.thorough
@hypothesis.settings(max_examples=1500, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(
    sent=st.binary() | LINES.map(lambda cells: ",".join(cells).encode()) | REQUESTS, given=st.sampled_from([CSV, JSON])
)
def test_no_request_at_all_is_a_mistake_of_the_program(
    hosted: Endpoint, sent: bytes | dict[str, object], given: str
) -> None:
    answered = hosted.ask(sent, given)
    assert answered.status in (200, 400, 413)
    assert answered.status == 200 or answered.problem


def test_what_breaks_off_holds_up_nobody(hosted: Endpoint) -> None:
    halves = [hosted.send(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY[:9])) for _ in range(6)]
    assert hosted.pings()
    assert hosted.ask({"instances": [ROW]}).status == 200
    for half in halves:
        half.close()
    assert hosted.pings()


def test_what_is_asked_when_it_is_told_to_end_is_answered(tmp_path: Path, free_port: Callable[[], int]) -> None:
    with endpoint(artefacts(tmp_path, STRATEGY), free_port(), SAGEMAKER_MODEL_SERVER_WORKERS="2") as served:
        clients = [served.send(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY[:9])) for _ in range(3)]
        assert served.pings()  # which came later: the others have been let in
        served.child.process.terminate()
        for client in clients:
            client.sendall(BODY[9:])
            assert client.makefile("rb").read().startswith(b"HTTP/1.1 200 ")
            client.close()
        assert served.end() == 0


def test_without_anything_to_serve_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    monkeypatch.setenv("SPOTMC_OPT_ML", str(tmp_path))
    assert main() == 1
    assert "deploy the artefacts of a backtest" in capsys.readouterr().err
    (folder / "sweep.csv").write_text("")
    with pytest.raises(HostingError, match="a sweep holds no strategy to serve"):
        hosted_from(folder, {})
    (folder / "strategy.json").write_text(json.dumps(STRATEGY.to_dict()))
    with pytest.raises(HostingError, match=r"model\.json, its trained model, is missing"):
        hosted_from(folder, {})
    (folder / "model.json").write_bytes(STRATEGY.at_hand.to_json()[:-9])
    with pytest.raises(HostingError, match=r"model\.json is no JSON"):
        hosted_from(folder, {})
    (folder / "model.json").write_bytes(STRATEGY.at_hand.to_json())
    assert hosted_from(folder, {}).strategy == STRATEGY
    (folder / "strategy.json").write_text('{"name": "nonsense"}')
    with pytest.raises(HostingError, match="no strategy of this version"):
        hosted_from(folder, {})
    (folder / "strategy.json").unlink()
    assert hosted_from(folder, {}).strategy == STRATEGY
    monkeypatch.setenv("SAGEMAKER_MODEL_SERVER_WORKERS", "many")
    assert main() == 1
    assert "SAGEMAKER_MODEL_SERVER_WORKERS must be a whole number" in capsys.readouterr().err
