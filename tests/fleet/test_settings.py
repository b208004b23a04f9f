from dataclasses import replace
from pathlib import Path

import pytest

from fleet.errors import SettingsError
from fleet.price_cache import cache_folder
from fleet.settings import Settings, problems

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
GOOD = Settings(region="eu-west-1", queue_url=QUEUE_URL, bucket="my-bucket")


def test_settings_come_from_the_standard_environment() -> None:
    environ = {"AWS_REGION": "eu-west-1", "SPOTMC_QUEUE_URL": QUEUE_URL, "SPOTMC_BUCKET": "my-bucket"}
    assert Settings.from_environment(environ) == GOOD
    emulated = Settings.from_environment({**environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:8081"})
    assert emulated.endpoint_url == "http://127.0.0.1:8081"


def test_an_empty_endpoint_is_none_at_all() -> None:
    environ = {"AWS_REGION": "eu-west-1", "SPOTMC_QUEUE_URL": QUEUE_URL, "SPOTMC_BUCKET": "my-bucket"}
    assert Settings.from_environment({**environ, "AWS_ENDPOINT_URL": ""}).endpoint_url is None


def test_a_variable_that_cannot_be_right_is_named_with_what_it_should_be() -> None:
    environ = {"AWS_REGION": "Ireland", "SPOTMC_QUEUE_URL": QUEUE_URL, "SPOTMC_BUCKET": "My_Bucket"}
    with pytest.raises(SettingsError, match=r"^AWS_REGION must be .* 'Ireland'; SPOTMC_BUCKET must be .* 'My_Bucket'$"):
        Settings.from_environment(environ)


def test_missing_variables_are_named_with_what_to_do() -> None:
    with pytest.raises(SettingsError, match=r"lacks AWS_REGION, SPOTMC_BUCKET: set them, or start .* `spotmc local`"):
        Settings.from_environment({"SPOTMC_QUEUE_URL": QUEUE_URL, "SPOTMC_BUCKET": ""})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("region", ""),
        ("region", "Ireland"),
        ("region", "eu-west-1\n"),
        ("queue_url", ""),
        ("queue_url", "jobs"),
        ("queue_url", "https://sqs.eu-west-1.amazonaws.com/"),
        ("queue_url", "file:///etc/passwd"),
        ("queue_url", "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"),
        ("queue_url", "https://us-east-1.queue.amazonaws.com/123456789012/jobs"),
        ("queue_url", "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo"),
        ("bucket", ""),
        ("bucket", "b1"),
        ("bucket", "b" * 64),
        ("bucket", "a..b"),
        ("bucket", "-ab"),
        ("bucket", "192.168.5.4"),
        ("bucket", "My_Bucket"),
        ("bucket", "a/b"),
        ("bucket", "<script>"),
    ],
)
def test_a_setting_of_the_wrong_form_is_found(field: str, value: str) -> None:
    assert problems(GOOD) == {}
    values = {"region": GOOD.region, "queue_url": GOOD.queue_url, "bucket": GOOD.bucket, field: value}
    assert problems(Settings(**values)).keys() == {field}


@pytest.mark.parametrize(
    ("region", "suffix"),
    [("cn-north-1", "com.cn"), ("us-gov-west-1", "com"), ("eusc-de-east-1", "eu")],
)
def test_other_partitions_have_regions_too(region: str, suffix: str) -> None:
    url = f"https://sqs.{region}.amazonaws.{suffix}/123456789012/jobs"
    assert problems(Settings(region=region, queue_url=url, bucket="my-bucket")) == {}
    assert problems(Settings(region="eu-west-1", queue_url=url, bucket="my-bucket")).keys() == {"queue_url"}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("queue_url", QUEUE_URL + ".fifo", "must be that of a standard queue, not of a FIFO queue like jobs.fifo"),
        ("bucket", "b1", "which has at least 3 characters"),
        ("bucket", "b" * 64, "which has 63 characters at most"),
    ],
)
def test_it_is_said_which_rule_it_breaks(field: str, value: str, words: str) -> None:
    assert words in problems(replace(GOOD, **{field: value}))[field]


def test_price_histories_are_kept_where_the_environment_says_or_in_the_cache_of_the_person() -> None:
    assert cache_folder({"SPOTMC_CACHE": "/somewhere"}) == Path("/somewhere")
    assert cache_folder({}) == Path.home() / ".cache" / "spotmc" / "prices"


def test_who_has_no_place_for_them_keeps_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "file" / "home"))
    assert cache_folder({}) is None
    assert cache_folder({"SPOTMC_CACHE": "/somewhere"}) == Path("/somewhere")
