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
