"""What the templates refuse before anything is created, in words for the person who launches them."""

from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.template import PARENT, Stack, TemplateError, read

Launch = Callable[..., Stack]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"AllowedCidr": "0.0.0.0/0"}, "lets the whole internet try passwords"),
        ({"AllowedCidr": "0.0.0.0/1"}, "AllowedCidr must be a range of IPv4 addresses"),
        ({"AllowedCidr": "1.2.3.4/0"}, "AllowedCidr must be a range of IPv4 addresses"),
        ({"AllowedCidr": "1.2.3.256/32"}, "AllowedCidr must be a range of IPv4 addresses"),
        ({"AllowedCidr": "1.2.3.4"}, "AllowedCidr must be a range of IPv4 addresses"),
        ({"Password": "short"}, "Password must have 12 to 128 characters"),
        ({"ScaleInMinutes": 5}, "the template has no parameter ScaleInMinutes"),
        ({"WorkersOn": "Lambda"}, "WorkersOn must be one of SpotFleet, AutoScalingGroup, Batch"),
        ({"OnDemandPercent": 101}, "OnDemandPercent must be a whole number from 0 to 100"),
        ({"OwnRules": "yes"}, "OwnRules must be one of refuse, allow"),
        ({"IdleExitMinutes": 5}, "IdleExitMinutes must be one of 10, 15, 20, 30"),
        ({"JupyterPort": 443}, "JupyterPort must be a whole number from 1024 to 65535"),
        ({"MaxWorkers": 10_001}, "MaxWorkers must be a whole number from 1 to 10000"),
        ({"MaxWorkers": 1.5}, "MaxWorkers must be a whole number"),
        ({"MaxWorkers": "1e3"}, "MaxWorkers must be a whole number"),
        ({"MaxWorkers": "1_0"}, "MaxWorkers must be a whole number"),
        ({"MaxDollarsPerHour": "inf"}, "MaxDollarsPerHour must be a number, 0.05 or more, not"),
        ({"MaxWorker": 5}, r"no parameter MaxWorker; is MaxWorkers meant\?"),
        # A job begins with ten messages at most, and alone it would wait for ever.
        ({"ScaleOutMessages": 11}, "ScaleOutMessages must be a whole number from 1 to 10"),
        ({"AlarmEmail": "somebody"}, "AlarmEmail must be one e-mail address"),
        ({"CertificateSecretArn": "mine"}, "CertificateSecretArn must be the ARN of a secret"),
    ],
)
def test_a_bad_choice_is_refused_in_words(launched: Launch, given: dict[str, Any], words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        launched(**given)


@pytest.mark.parametrize("name", ["ArtefactBucket", "ArtefactPrefix", "AllowedCidr", "Password"])
def test_there_is_no_default_for_what_only_a_person_knows(name: str) -> None:
    assert "Default" not in read(PARENT)["Parameters"][name]


def test_the_whole_internet_is_let_in_only_on_purpose(launched: Launch) -> None:
    assert launched(AllowedCidr="0.0.0.0/0", OpenToTheWorld="yes")


def test_every_idle_time_has_its_backstop(launched: Launch) -> None:
    for idle in read(PARENT)["Parameters"]["IdleExitMinutes"]["AllowedValues"]:
        backstop = dict(launched(IdleExitMinutes=idle).all_resources())["Scaling.QueueEmpty"]["Properties"]
        assert backstop["EvaluationPeriods"] >= idle + 5


def test_a_password_is_never_shown() -> None:
    assert read(PARENT)["Parameters"]["Password"]["NoEcho"] is True
    assert read("access.yaml")["Parameters"]["Password"]["NoEcho"] is True


def test_every_parameter_stands_in_a_labelled_group_and_is_described() -> None:
    template = read(PARENT)
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])
    assert all(group["Label"]["default"] for group in groups)
    assert all(len(each["Description"]) > 20 for each in template["Parameters"].values())
