"""Trained models that were kept under a name."""

from dataclasses import replace

import pytest

from fleet import keys, trained_models
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, UnreadableObjectError
from fleet.trained_models import NameTakenError
from montecarlo.errors import ParameterError
from tests.montecarlo.any_forecast import random_model

MODEL = random_model(1, n=4, name="aapl")


def test_a_model_is_kept_under_its_name_and_lies_where_jobs_find_it(bucket: Bucket) -> None:
    kept = trained_models.keep(bucket, MODEL)
    assert (kept.name, kept.digest, kept.symbol, kept.first) == ("aapl", MODEL.digest, "TEST", "2000-01-03")
    assert bucket.get(keys.input_key("model", MODEL.digest)) == MODEL.to_json()
    assert trained_models.load(bucket, "aapl") == MODEL
    assert trained_models.listed(bucket) == [kept]
    assert all(keys.is_ours(entry.key) for entry in bucket.list(""))


def test_a_name_is_given_to_another_model_only_if_that_is_wanted(bucket: Bucket) -> None:
    other = replace(MODEL, n=MODEL.n, made_by="somebody else")
    trained_models.keep(bucket, MODEL)
    assert trained_models.keep(bucket, MODEL).digest == MODEL.digest, "the same again is no other"
    with pytest.raises(NameTakenError, match="there is another model named aapl"):
        trained_models.keep(bucket, other)
    assert trained_models.keep(bucket, other, "aapl-2").name == "aapl-2"
    trained_models.keep(bucket, other, replace=True)
    assert trained_models.load(bucket, "aapl") == other
    assert trained_models.load_by_digest(bucket, MODEL.digest) == MODEL, "jobs may need it"
    assert [each.name for each in trained_models.listed(bucket)] == ["aapl", "aapl-2"]


def test_a_forgotten_name_leaves_the_model(bucket: Bucket) -> None:
    trained_models.keep(bucket, MODEL)
    trained_models.forget(bucket, "aapl")
    assert trained_models.listed(bucket) == []
    assert trained_models.load_by_digest(bucket, MODEL.digest) == MODEL
    with pytest.raises(MissingObjectError, match="there is no model named aapl"):
        trained_models.forget(bucket, "aapl")


@pytest.mark.parametrize("name", ["", "../x", "a b", "x" * 65, ".hidden"])
def test_what_is_no_name_is_refused(bucket: Bucket, name: str) -> None:
    if name:
        with pytest.raises(ParameterError, match="name must be 1 to 64"):
            trained_models.keep(bucket, MODEL, name)
    with pytest.raises(MissingObjectError):
        trained_models.find(bucket, name)


def test_what_is_damaged_is_said_where_it_is_asked_for_and_passed_over_in_the_list(bucket: Bucket) -> None:
    kept = trained_models.keep(bucket, MODEL)
    bucket.put(keys.named_model_key("other"), b'{"at": "x"}')
    bucket.put("named-models/my notes.txt", b"hello")
    assert trained_models.listed(bucket) == [kept]
    with pytest.raises(UnreadableObjectError, match=r"cannot read named-models/other\.json"):
        trained_models.find(bucket, "other")
    bucket.put(keys.input_key("model", MODEL.digest), MODEL.to_json().replace(b"0.5", b"0.6", 1))
    with pytest.raises(UnreadableObjectError, match="it was altered"):
        trained_models.load(bucket, "aapl")
