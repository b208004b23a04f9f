"""The file of a trained model."""

import contextlib
import json
import random

import pytest

from montecarlo.errors import TrainedModelError
from montecarlo.trained import TrainedModel


def test_reads_what_it_wrote_to_the_bit(model: TrainedModel) -> None:
    again = TrainedModel.from_json(model.to_json())
    assert again == model
    assert again.to_json() == model.to_json()
    assert again.digest == model.digest


def test_has_the_same_name_on_every_machine(model: TrainedModel) -> None:
    assert model.digest == "c657384a4008e8fa34c009bddbd8b371ad26e9dfaa2ae0713dbd92c3d7aca7e2"


def test_the_layout_of_the_file_does_not_matter(model: TrainedModel) -> None:
    values = json.loads(model.to_json())
    assert TrainedModel.from_json(json.dumps(values, indent=4).encode()).digest == model.digest


def test_holds_numbers_and_words_and_nothing_that_runs(model: TrainedModel) -> None:
    def leaves(value: object):
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return [value] if inner is None else [leaf for each in inner for leaf in leaves(each)]

    assert {type(leaf) for leaf in leaves(json.loads(model.to_json()))} == {int, float, str, type(None)}


def test_a_byte_that_changed_or_is_missing_is_noticed(model: TrainedModel) -> None:
    content, pick = model.to_json().rstrip(), random.Random(4)
    for place in pick.sample(range(len(content)), 300):
        changed = bytearray(content)
        changed[place] ^= 1 << pick.randrange(7)
        for damaged in (bytes(changed), content[:place]):
            with contextlib.suppress(TrainedModelError):  # but for what is the same number, such as 1E5 for 1e5
                assert TrainedModel.from_json(damaged) == model


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 2, and this program reads version 1: update"),
        ({"version": "1"}, "says version '1'"),
        ({"version": True}, "says version True"),
        ({"format": "pickle"}, "is no trained model"),
        ({"n": 6}, "long has 10 weights for 12 features"),
        ({"n": 1}, "n must be a whole number from 2 to 64"),
        ({"name": "../x"}, "name must be 1 to 64 letters"),
        ({"more": 1}, "more' is not known"),
        ({"long": None, "short": None}, "long must be a forecast"),
        ({"barrier": {}}, "stop_loss is missing from the barrier"),
        ({"made_by": "someone else"}, "was altered"),
    ],
)
def test_what_is_no_such_model_is_refused_with_the_reason(model: TrainedModel, change, message: str) -> None:
    with pytest.raises(TrainedModelError, match=message):
        TrainedModel.from_json(json.dumps({**json.loads(model.to_json()), **change}).encode())


def test_a_cut_that_is_not_of_its_threshold_is_refused(model: TrainedModel) -> None:
    values = json.loads(model.to_json())
    values["long"]["cut"] += 0.01
    with pytest.raises(TrainedModelError, match="cut must be the score of the threshold"):
        TrainedModel.from_json(json.dumps(values).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1, 2]",
        b"{}",
        b'{"format": 1, "format": 1}',
        b"\xff\xfe",
        b"\x80\x04\x95pickle",
        b"\x1f\x8bpacked",
        b"[" * 100_000,
        b" " * 2**23 + b"{}",
        b'{"a": NaN}',
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_something_else_is_refused(content: bytes) -> None:
    with pytest.raises(TrainedModelError, match=r"is no|is packed|has 8,388,610 bytes"):
        TrainedModel.from_json(content)


@pytest.mark.parametrize("number", [10**400, -(10**400), True, "1", None, []], ids=lambda each: repr(each)[:5])
@pytest.mark.parametrize("name", ["a", "base_rate", "threshold"])
def test_a_number_that_is_none_or_too_large_for_one_is_refused(model: TrainedModel, name: str, number: object) -> None:
    values = json.loads(model.to_json())
    values["long"][name] = number
    with pytest.raises(TrainedModelError, match=f"{name} must be a finite number"):
        TrainedModel.from_json(json.dumps(values).encode())


def test_days_must_follow_each_other(model: TrainedModel) -> None:
    values = json.loads(model.to_json())
    values["trained_on"]["unseen_from"] = "2005-04-06"
    with pytest.raises(TrainedModelError, match="unseen_from must be after last"):
        TrainedModel.from_json(json.dumps(values).encode())
