"""Configuration: tried on the real thing, kept across restarts, explained when broken."""

import html
import json
import re
from pathlib import Path

import pytest

from tests.denying_aws import DenyingAws

SMALL = {"short": "5", "long": "20", "days": "60", "iterations": "500"}
FIELDS = ("queue_url", "bucket", "region")


def configuration_of(settings) -> dict[str, str]:
    return {name: getattr(settings, name) for name in FIELDS}


def test_what_the_environment_says_is_shown(visitor, settings):
    page = visitor.open("/configuration")
    assert {name: page.fields[name] for name in FIELDS} == configuration_of(settings)
    assert settings.endpoint_url in page.text


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("bucket", "no-such-bucket", "no such bucket"),
        ("bucket", "Not A Bucket", "Must be the name"),
        ("queue_url", "http://127.0.0.1/123456789012/no-such-queue", "no such queue"),
        ("queue_url", "<script>", "Must be the URL"),
        ("queue_url", "https://sqs.us-east-1.amazonaws.com/123456789012/jobs.fifo", "Must be that of a standard queue"),
        ("bucket", "b1", "at least 3 characters"),
        ("region", "the moon", "Must be an AWS region"),
        *((name, "", "Must be") for name in FIELDS),
    ],
)
def test_what_does_not_answer_comes_back_beside_its_field_and_is_not_kept(visitor, settings, name, typed, message):
    page = visitor.press("/configuration", **{**configuration_of(settings), name: typed})
    assert page.status == 400
    assert message in page.words[f"{name}-problem"]
    assert page.fields[name] == typed
    assert "<script>" not in page.text
    assert visitor.open("/configuration").fields[name] == getattr(settings, name)


def test_without_its_token_nothing_is_kept_and_what_was_typed_stays(visitor, settings):
    page = visitor.post("/configuration", {**configuration_of(settings), "bucket": "another"})
    assert page.status == 400
    assert page.fields["bucket"] == "another"
    assert visitor.open("/configuration").fields["bucket"] == settings.bucket


def test_a_wrong_queue_leaves_the_job_not_sent_until_the_configuration_is_mended_for_good(
    serve_web, settings, queue, tmp_path: Path
):
    wrong = settings.queue_url + "-that-never-was"
    visitor = serve_web(SPOTMC_QUEUE_URL=wrong)

    page = visitor.send_job(**SMALL)
    assert "was not sent" in page.text
    assert "no such queue" in page.text
    path = page.url.removeprefix(visitor.web)
    assert json.loads(visitor.open(f"/api{path}").text)["state"] == "not sent"
    assert "no such queue" in visitor.press(f"{path}/send").text

    saved = visitor.press("/configuration", **configuration_of(settings))
    assert saved.status == 200
    assert json.loads((tmp_path / "data" / "configuration.json").read_text()) == {
        "SPOTMC_QUEUE_URL": settings.queue_url
    }, "only what differs from the environment is kept"

    again = serve_web(SPOTMC_QUEUE_URL=wrong)
    assert again.open("/configuration").fields["queue_url"] == settings.queue_url
    assert "queued" in again.press(f"{path}/send").text
    assert queue.depth().visible == 1


def test_without_any_configuration_the_pages_say_where_to_set_it(serve_web):
    visitor = serve_web(SPOTMC_QUEUE_URL="", SPOTMC_BUCKET="")
    home = visitor.open("/")
    assert home.status == 200
    assert "SPOTMC_QUEUE_URL, SPOTMC_BUCKET" in home.text
    refused = visitor.send_job(symbol="IBM")
    assert refused.status == 503
    assert refused.fields["symbol"] == "IBM"
    job = visitor.open("/jobs/AAPL-5-20-0123456789ab")
    assert job.status == 503
    for page in (home, refused, job):
        assert re.search(r'href="/configuration">Configuration</a>\.', page.text)


def test_an_emulator_that_is_gone_and_a_damaged_file_are_explained(serve_web, free_port, settings, tmp_path: Path):
    visitor = serve_web(AWS_ENDPOINT_URL=f"http://127.0.0.1:{free_port()}")
    assert "no answer" in visitor.open("/").text
    page = visitor.send_job(symbol="IBM")
    assert (page.status, page.fields["symbol"]) == (503, "IBM")
    assert "Traceback" not in page.text

    file = tmp_path / "data" / "configuration.json"
    file.write_text("{")
    assert str(file) in visitor.open("/").text
    assert visitor.open("/configuration").fields["bucket"] == settings.bucket


def test_one_button_tries_every_permission_and_says_that_all_are_there(visitor, settings, queue):
    page = visitor.press("/configuration/try")
    assert page.status == 200
    assert re.search(r"All of \d+ permissions are there\.", page.text)
    assert page.fields["bucket"] == settings.bucket
    assert "policy" not in page.text
    assert queue.depth().empty


def test_a_permission_that_is_missing_is_named_with_the_statement_that_grants_it(serve_web, settings):
    with DenyingAws(settings.endpoint_url or "") as aws:
        aws.denied = {("sqs:SendMessage", ""), ("s3:DeleteObject", "jobs/")}
        queue_url = settings.queue_url.replace(settings.endpoint_url or "", aws.url)
        page = serve_web(AWS_ENDPOINT_URL=aws.url, SPOTMC_QUEUE_URL=queue_url).press("/configuration/try")
    assert page.status == 200
    assert re.search(r"2 of \d+ permissions are missing or could not be tried\.", page.text)
    [policy] = re.findall(r'<pre class="wrapped">(\{\n  &#34;Version.*?)</pre>', page.text, re.DOTALL)
    assert json.loads(html.unescape(policy))["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": f"arn:aws:sqs:us-east-1:123456789012:{settings.queue_url.rpartition('/')[2]}",
        },
        {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{settings.bucket}/jobs/*"},
    ]


def test_without_any_configuration_there_is_nothing_to_try(serve_web):
    page = serve_web(SPOTMC_BUCKET="").press("/configuration/try")
    assert page.status == 503
    assert "SPOTMC_BUCKET" in page.text
