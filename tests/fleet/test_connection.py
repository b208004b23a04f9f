from collections.abc import Callable
from dataclasses import replace

import pytest

from fleet.connection import check
from fleet.settings import Settings


def test_a_queue_and_a_bucket_that_are_there_are_fine(settings: Settings) -> None:
    assert check(settings) == {}


@pytest.mark.parametrize(
    ("field", "gone", "words"),
    [("queue_url", "{}-gone", "cannot use this queue: there is no such queue"),
     ("bucket", "{}-gone", "cannot use this bucket: there is no such bucket")],
)  # fmt: skip
def test_what_is_not_there_is_said_beside_its_field(settings: Settings, field: str, gone: str, words: str) -> None:
    value = getattr(settings, field)
    found = check(replace(settings, **{field: gone.format(value)}))
    assert found.keys() == {field}
    assert words in found[field]


def test_when_nobody_answers_both_say_so(settings: Settings, free_port: Callable[[], int]) -> None:
    found = check(replace(settings, endpoint_url=f"http://127.0.0.1:{free_port()}"))
    assert found.keys() == {"queue_url", "bucket"}
    assert all("no answer" in words for words in found.values())


def test_without_credentials_the_person_is_told_how_to_get_some(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert all("AWS_PROFILE" in words for words in check(settings).values())
    assert check(settings)


def test_settings_of_the_wrong_form_are_not_tried(settings: Settings) -> None:
    assert check(replace(settings, region="nowhere")).keys() == {"region"}
