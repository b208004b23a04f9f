"""``spotmc plan``: says what the simulated fleet does, in figures that fit together."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from spotmc.capacity_chart import bars
from spotmc.cli import cli

SPEED = ["--speed", "4e8"]


def plan(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["plan", *arguments])


def plan_json(*arguments: str) -> dict[str, Any]:
    result = plan(*arguments, *SPEED, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


def test_it_finds_the_fewest_workers_that_meet_the_deadline() -> None:
    found = plan_json("--iterations", "1e10", "--deadline", "2h")
    assert found["in_time"]
    assert found["max_workers"] == found["fewest_workers_in_time"]
    assert found["lower_bound"]["seconds"] < found["seconds"] <= found["deadline_seconds"] == 7200
    fewer = plan_json("--iterations", "1e10", "--deadline", "2h", "--max-workers", str(found["max_workers"] - 1))
    assert not fewer["in_time"]
    assert fewer["fewest_workers_in_time"] == found["max_workers"]


@pytest.mark.parametrize("deadline", ["40m", "45m", "55m", "69m"])
def test_the_fewest_workers_are_in_time_to_the_second(deadline: str) -> None:
    assert plan_json("--iterations", "1e11", "--deadline", deadline)["in_time"]


def test_the_work_is_the_jobs_at_the_speed_given() -> None:
    found = plan_json("--iterations", "1e9", "--days", "252", "--deadline", "1h", "--cores", "2")
    simulated = found["lower_bound"]["machine_hours"] * 3600 * 2 * 4e8
    assert simulated == pytest.approx(1e9 * 252, rel=1 / found["chunks"])


def test_the_cost_is_that_of_the_machine_hours_at_the_prices_given() -> None:
    found = plan_json("--iterations", "1e9", "--deadline", "1h", "--spot-price", "0.1", "--on-demand-price", "0.4")
    hours = found["machine_hours"]
    assert found["dollars"]["spot"] == pytest.approx(hours * 0.105)  # a public address costs half a cent
    assert found["dollars"]["on_demand"] == pytest.approx(hours * 0.405)
    assert found["dollars"]["most_per_hour"] == pytest.approx(found["most_workers"] * 0.1)
    assert max(found["minutes"]["machines"]) == found["most_workers"]


def test_a_deadline_that_cannot_be_met_is_said_plainly_with_what_can() -> None:
    result = plan("--iterations", "1e9", "--deadline", "3m", *SPEED)
    assert result.exit_code == 0
    soonest = re.search(
        r"No number of workers meets it.* The soonest that it can be done is (\d+) min\.", result.output
    )
    assert soonest, result.output
    assert plan_json("--iterations", "1e9", "--deadline", f"{int(soonest[1]) + 1}m")["in_time"]


def test_too_few_workers_are_told_how_many_would_do() -> None:
    result = plan("--iterations", "1e10", "--deadline", "2h", "--max-workers", "2", *SPEED)
    assert "too late for the deadline of 2 h 0 min" in result.output
    enough = re.search(r"--max-workers (\d+) meets it", result.output)
    assert enough, result.output
    assert plan_json("--iterations", "1e10", "--deadline", "2h", "--max-workers", enough[1])["in_time"]


def test_the_text_says_where_its_prices_are_from_unless_they_are_given() -> None:
    assert "(examples: us-east-1, June 2025)" in plan("--iterations", "1e9", "--deadline", "1h", *SPEED).output
    own = plan(
        "--iterations", "1e9", "--deadline", "1h", *SPEED, "--spot-price", "0.1", "--on-demand-price", "0.4"
    ).output
    assert "(as given)" in own
    assert "so 74% saved" in own


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ("SpotFleet", "at most; the stack's MaxDollarsPerHour must allow that"),
        ("AutoScalingGroup", "at most; the stack's MachineDollarsPerHour must allow $0.035 for each"),
    ],
)
def test_the_limit_that_must_allow_it_is_that_of_the_variant(variant: str, words: str) -> None:
    arguments = ["--iterations", "1e9", "--deadline", "1h", *SPEED, "--workers-on", variant]
    assert words in plan(*arguments).output


def test_the_speed_is_measured_where_none_is_given() -> None:
    result = plan("--iterations", "1e9", "--deadline", "168h", "--json")
    found = json.loads(result.stdout)
    assert 1e6 < found["path_days_per_second_and_core"] < 1e11


def test_bars_rise_with_their_numbers_and_show_the_smallest() -> None:
    assert bars([0, 1, 500, 1000]) == " ▁▄█"
    assert bars([0, 0]) == "  "


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--iterations", "many", "--deadline", "1h"], "must be a whole number, not 'many'"),
        (["--iterations", "1.5", "--deadline", "1h"], "must be a whole number, not '1.5': a whole number has no point"),
        (
            ["--iterations", "0", "--deadline", "1h"],
            "--iterations must be a whole number from 1 to 1,000,000,000,000, not 0",
        ),
        (["--iterations", "1e9", "--deadline", "soon"], "such as 45m, 2h or 1h30m, not 'soon'"),
        (["--iterations", "1e9", "--deadline", "0m"], "must be a time from 1m to 168h"),
        (
            ["--iterations", "1e9", "--deadline", "1h", "--max-workers", "0"],
            "--max-workers must be from 1 to 10,000, not 0",
        ),
        (["--iterations", "1e9", "--deadline", "1h", "--days", "0"], "--days must be"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(arguments: list[str], words: str) -> None:
    result = plan(*arguments, *SPEED)
    assert result.exit_code == 2
    assert words in result.output


def test_the_example_in_the_documents_is_what_it_prints() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()
    command = re.search(r"^\$ spotmc (plan .*)$", page, re.MULTILINE)
    assert command
    assert plan(*command[1].split()[1:]).output in page
