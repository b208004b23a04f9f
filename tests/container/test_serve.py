"""An endpoint: what it answers are the library's bits, whatever is sent it lives on, and it ends as it is asked to."""

import http.client
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from container.errors import HostingError
from container.hosted import hosted_from
from container.serve import Environment, main
from montecarlo.data.history import PriceHistory
from montecarlo.trained import decisions, features
from tests.container.hosting import CSV, JSON, PATIENCE, Endpoint, artefacts, both_sides, endpoint
from tests.container.library import check_days, lines

STRATEGY = both_sides()  # which ``hosted`` serves
NAMES = STRATEGY.at_hand.feature_names
ROW = [0.5] * len(NAMES)


@pytest.fixture(scope="module")
def rows(history: PriceHistory) -> np.ndarray:
    return features(history.closes[:, None], 8)[:, 0]


def of_library(rows: np.ndarray) -> list[dict[str, float]]:
    model = STRATEGY.at_hand
    columns = [model.long.probabilities(rows), model.short.probabilities(rows), decisions(model, rows)]
    names = ("probability_long", "probability_short", "signal")
    return [dict(zip(names, row, strict=True)) for row in zip(*(each.tolist() for each in columns), strict=True)]


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


def test_what_is_wanted_each_day_is_what_the_library_wants(hosted: Endpoint, history: PriceHistory) -> None:
    check_days(hosted, STRATEGY, history)


def test_columns_of_daily_bars_may_be_named_in_capital_letters(hosted: Endpoint, history: PriceHistory) -> None:
    names, _, rows = history.to_csv().partition(b"\n")
    asked = hosted.ask(names.title() + b"\n" + rows, CSV)
    assert (asked.status, asked.body) == (200, hosted.ask(names + b"\n" + rows, CSV).body)


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


def test_what_breaks_off_holds_up_nobody(hosted: Endpoint) -> None:
    halves = [hosted.send(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY[:9])) for _ in range(6)]
    halves += [hosted.send(CHUNKED + b"9\r\n{") for _ in range(9)]
    assert hosted.pings()
    assert hosted.ask({"instances": [ROW]}).status == 200
    for half in halves:
        half.close()
    assert hosted.pings()


def test_who_says_nothing_holds_up_nobody_and_is_answered_later(hosted: Endpoint) -> None:
    silent = [hosted.send(b"") for _ in range(500)]
    assert hosted.pings()
    silent[250].sendall(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY))
    assert silent[250].makefile("rb").read().startswith(b"HTTP/1.1 200 ")
    for client in silent:
        client.close()
    assert hosted.pings()


def test_what_is_asked_when_it_is_told_to_end_is_answered(
    tmp_path: Path, free_port: Callable[[], int], eventually: Callable[..., None]
) -> None:
    with endpoint(artefacts(tmp_path, STRATEGY), free_port(), SAGEMAKER_MODEL_SERVER_WORKERS="1") as served:
        kept = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
        clients = [served.send(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY[:9])) for _ in range(3)]

        def is_ending() -> bool:
            kept.request("GET", "/ping")
            answer = kept.getresponse()
            answer.read()
            return answer.headers["Connection"] == "close"

        assert not is_ending()  # and the others, which came before, have been let in
        served.child.process.terminate()
        eventually(is_ending)
        for client in clients:
            client.sendall(BODY[9:])
            assert client.makefile("rb").read().startswith(b"HTTP/1.1 200 ")
            client.close()
        kept.close()
        assert served.end() == 0


def test_what_the_service_says_of_port_processes_and_payload_is_heeded() -> None:
    told = {
        "SAGEMAKER_BIND_TO_PORT": "8081",
        "SAGEMAKER_MODEL_SERVER_WORKERS": "3",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "20",
    }
    heeded = Environment.of(told)
    assert (heeded.bind, heeded.workers, heeded.payload_mb) == ("0.0.0.0:8081", 3, 20)
    usual = Environment.of({})
    assert (str(usual.folder), usual.bind, usual.payload_mb) == ("/opt/ml/model", "0.0.0.0:8080", 6)
    assert Environment.of({"SAGEMAKER_MAX_PAYLOAD_IN_MB": "0"}).payload_mb == 100


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
