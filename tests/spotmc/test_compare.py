"""``spotmc compare``: jobs beside each other."""

import json

import pytest

import montecarlo as mc
from spotmc.cli import main


@pytest.fixture
def compare(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["compare", *arguments])
        printed = capsys.readouterr()
        return left.value.code, printed.out, printed.err

    return run


@pytest.fixture
def two(job, submit_job, do_job):
    """The same rule with other costs, on the same paths."""
    both = [job.with_experiment(rows=True), job.with_experiment(rows=True, rules=mc.Rules(commission=0.01))]
    for each in both:
        submit_job(each)
        do_job(each)
    return both


def test_it_tells_what_differs_and_by_how_much(compare, two):
    code, told, _ = compare(*(each.id for each in two))
    assert code == 0
    assert told.startswith(f"A  {two[0].id}  AAPL, sma-crossover")
    assert "Commission" in told
    assert "0.05 % of the traded value" in " ".join(told.split())
    assert "Short window" not in told
    assert "On the same 500 paths, A ends" in told


def test_a_script_gets_all_numbers(compare, two):
    code, told, _ = compare(*(each.id for each in two), "--json")
    found = json.loads(told)
    assert code == 0
    assert found["jobs"] == {"A": two[0].id, "B": two[1].id}
    (difference,) = found["comparison"]["differences"]
    apart = difference["estimates"]["return_mean"]
    assert 0 < apart["low"] < apart["value"] < apart["high"]
    assert difference["paths"] == 500
    assert [each["name"] for each in found["comparison"]["settings"] if each["differs"]] == ["Commission"]


def test_a_job_that_cannot_be_compared_is_left_out_in_words(compare, two, long_job, submit_job):
    submit_job(long_job)
    code, told, said = compare(long_job.id, two[0].id, two[1].id, "AAPL-000000000000")
    assert code == 0
    assert f"warning: left out: {long_job.id} has no results yet: it is queued" in said
    assert "there is no job AAPL-000000000000" in said
    assert f"A  {two[0].id}" in told
    code, told, said = compare(two[0].id, long_job.id)
    assert (code, told) == (1, "")
    assert said.endswith("spotmc: there are not two jobs to compare\n")


@pytest.mark.parametrize("jobs", [["A-1"], ["A-1", "A-1"], [f"A-{number}" for number in range(6)]])
def test_two_to_five_different_jobs_are_wanted(compare, jobs):
    code, _, said = compare(*jobs)
    assert code == 2
    assert "give 2 to 5 different jobs" in said
