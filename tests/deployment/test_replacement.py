"""What an update would end, read from the templates of before and after."""

import pytest

from deployment.replacement import Replaced, replaced

BEFORE = {"ArtefactBucket": "my-artefacts", "ArtefactPrefix": "spotmc/1", "AllowedCidr": "203.0.113.7/32"}


@pytest.mark.parametrize(
    ("change", "workers", "workstation"),
    [
        ({}, False, False),
        ({"MaxWorkers": "500"}, False, False),
        ({"ScaleOutMessages": "2", "OldestMessageSeconds": "600", "KeepLogsDays": "7"}, False, False),
        ({"ArtefactPrefix": "spotmc/2"}, True, True),
        ({"IdleExitMinutes": "20"}, True, False),
        ({"MaxDollarsPerHour": "9"}, True, False),
        ({"JupyterPort": "8443"}, False, True),
        ({"KeyName": "mine"}, True, True),
        ({"OwnRules": "allow"}, True, True),
        ({"WorkersOn": "Batch"}, True, False),
        ({"WorkersOn": "AutoScalingGroup"}, True, False),
    ],
)
def test_machines_end_where_what_they_are_launched_with_changes(
    change: dict[str, str], workers: bool, workstation: bool
) -> None:
    found = replaced(BEFORE, {**BEFORE, **change}, region="us-east-1", new_images=False)
    assert found == Replaced(workers, workstation)


def test_new_images_end_all_machines_that_there_are() -> None:
    assert replaced(BEFORE, BEFORE, region="us-east-1", new_images=True) == Replaced(True, True)
    batch = {**BEFORE, "WorkersOn": "Batch"}
    assert replaced(batch, batch, region="us-east-1", new_images=True) == Replaced(False, True)


GROUP = {**BEFORE, "WorkersOn": "AutoScalingGroup"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Replaced(False, False, outdated=False)),
        ({"MaxWorkers": "500"}, Replaced(False, False, outdated=False)),
        ({"ArtefactPrefix": "spotmc/2"}, Replaced(False, True, outdated=True)),
        ({"IdleExitMinutes": "20"}, Replaced(False, False, outdated=True)),
        ({"WorkersOn": "SpotFleet"}, Replaced(True, False, outdated=False)),
        ({"WorkersOn": "Batch"}, Replaced(True, False, outdated=False)),
    ],
)
def test_a_group_stays_with_its_old_machines_unless_the_workers_are_of_another_kind(
    change: dict[str, str], expected: Replaced
) -> None:
    assert replaced(GROUP, {**GROUP, **change}, region="us-east-1", new_images=False) == expected


def test_new_images_end_no_machine_of_a_group() -> None:
    found = replaced(GROUP, GROUP, region="us-east-1", new_images=True)
    assert found == Replaced(False, True, outdated=True)
