"""What is checked before anything is created."""

import pytest

from deployment.preflight import problem_with_name


@pytest.mark.parametrize("name", ["spotmc", "a", "a-2", "a" * 25])
def test_names_of_stacks_fit_into_those_of_buckets_and_log_groups(name: str) -> None:
    assert problem_with_name(name) is None
    assert len(f"{name}-artefacts-123456789012-ap-southeast-2") <= 63


@pytest.mark.parametrize("name", ["", "A", "2a", "a_b", "a" * 26])
def test_other_names_are_refused(name: str) -> None:
    assert "must be 1 to 25 small letters" in (problem_with_name(name) or "")
