"""The embedded metric format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""

import io
import json
from typing import Any

import pytest

from fleet.events import Event
from worker.events import Claimed, Failed, Noticed, Settled, Stored
from worker.instance_metadata import REBALANCE, SPOT_INTERRUPTION
from worker.metrics import metrics_to, record

STORED = Stored(message="m", job="j", first=0, stop=500, path_days=30000, seconds=1.5)
FAILED = Failed(message="m", job="", reason="r", failures=1, dead=False)
INTERRUPTED = Noticed(reason=SPOT_INTERRUPTION, seconds_left=120)


def recorded(event: Event) -> dict[str, Any] | None:
    return record(event, queue="jobs", worker="w-1", now=1_800_000_000.25)


def test_a_stored_shard_is_three_numbers() -> None:
    assert recorded(STORED) == {
        "_aws": {
            "Timestamp": 1_800_000_000_250,
            "CloudWatchMetrics": [
                {
                    "Namespace": "spot-montecarlo",
                    "Dimensions": [["queue"]],
                    "Metrics": [
                        {"Name": "shards", "Unit": "Count"},
                        {"Name": "path-days", "Unit": "Count"},
                        {"Name": "seconds", "Unit": "Seconds"},
                    ],
                }
            ],
        },
        "queue": "jobs",
        "worker": "w-1",
        "shards": 1,
        "path-days": 30000,
        "seconds": 1.5,
    }


@pytest.mark.parametrize(
    ("event", "names"),
    [
        (STORED, ["shards", "path-days", "seconds"]),
        (FAILED, ["failures"]),
        (INTERRUPTED, ["interruptions"]),
        (Noticed(reason=REBALANCE, seconds_left=None), []),
        (Noticed(reason="SIGTERM", seconds_left=8), []),
        (Claimed(message="m", delivery=1), []),
        (Settled(message="m"), []),
    ],
)
def test_each_event_has_its_numbers(event: Event, names: list[str]) -> None:
    found = recorded(event)
    [directive] = found["_aws"]["CloudWatchMetrics"] if found else [{"Metrics": []}]
    assert [metric["Name"] for metric in directive["Metrics"]] == names


@pytest.mark.parametrize("event", [STORED, FAILED, INTERRUPTED])
def test_what_a_record_names_is_in_it(event: Event) -> None:
    """Otherwise CloudWatch drops it without a word."""
    found = recorded(event)
    assert found is not None
    [directive] = found["_aws"]["CloudWatchMetrics"]
    for metric in directive["Metrics"]:
        assert isinstance(found[metric["Name"]], int | float)
        assert metric["Unit"] in {"Count", "Seconds"}, "CloudWatch has a list of units"
    for names in directive["Dimensions"]:
        assert all(isinstance(found[name], str) for name in names)


def test_records_are_lines_on_the_log_s_stream() -> None:
    stream = io.StringIO()
    emit = metrics_to(stream, queue="jobs", worker="w-1")
    for event in (STORED, Settled(message="m"), FAILED):
        emit(event)
    assert ["shards" in json.loads(line) for line in stream.getvalue().splitlines()] == [True, False]


def test_a_full_disk_does_not_stop_the_worker() -> None:
    full = open("/dev/full", "w")  # noqa: SIM115
    metrics_to(full, queue="jobs", worker="w-1")(STORED)
    with pytest.raises(OSError, match="No space left"):
        full.close()
