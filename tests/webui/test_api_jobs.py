"""What a script is told of jobs."""

import json

import pytest


@pytest.mark.parametrize("job_id", ["AAPL-5-20-0123456789ab", "..%2F..%2Fprices", "<b>"])
@pytest.mark.parametrize("rest", ["", "/charts/fan"])
def test_an_unknown_job_is_a_problem_as_json(visitor, job_id, rest):
    answer = visitor.open(f"/api/jobs/{job_id}{rest}")
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    problem = json.loads(answer.text)
    assert (problem["status"], problem["type"]) == (404, "about:blank")
    assert problem["title"]
    assert problem["detail"]


def test_a_chart_that_this_kind_of_job_has_not_is_a_problem(visitor):
    job_id = visitor.send_job(iterations="500", days="60").url.rpartition("/")[2]
    answer = visitor.open(f"/api/jobs/{job_id}/charts/map")
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
