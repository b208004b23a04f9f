"""``spotmc publish``: what a person needs to launch the templates from the console."""

import json

import pytest

from deployment.service_roles import ALL


@pytest.mark.usefixtures("artefacts", "iam")
def test_the_address_and_the_parameters_of_what_was_published_are_printed(spotmc, bucket):
    status, printed, told = spotmc("publish", bucket.name, "--json")
    assert status == 0, told
    published = json.loads(printed)
    prefix = published["ArtefactPrefix"]
    assert published["ArtefactBucket"] == bucket.name
    assert bucket.exists(f"{prefix}/boot.sh")
    assert published["TemplateURL"].endswith(f"/{prefix}/cloudformation/spotmc.yaml")
    assert f"param_ArtefactBucket={bucket.name}" in published["LaunchURL"]

    status, printed, told = spotmc("publish", bucket.name)
    assert published["LaunchURL"] in printed
    assert f"ArtefactPrefix = {prefix}" in printed
    assert "Sending 0 files" in told, "the same was sent again"


@pytest.mark.usefixtures("artefacts", "iam")
def test_workers_have_what_trains_where_it_is_wanted(spotmc, bucket):
    """It is in their packages, and so in another folder of what machines fetch; the templates are the same."""
    plain, learning = (json.loads(spotmc("publish", bucket.name, "--json", *more)[1]) for more in ((), ("--learning",)))
    assert plain["ArtefactPrefix"] != learning["ArtefactPrefix"]
    sums = [bucket.get(f"{each['ArtefactPrefix']}/SHA256SUMS").decode() for each in (plain, learning)]
    names = [
        {line.split()[1] for line in set(one.splitlines()) - set(other.splitlines())}
        for one, other in (sums, sums[::-1])
    ]
    assert names == [{"worker-x86_64.tar"}] * 2


@pytest.mark.usefixtures("artefacts")
def test_the_roles_of_the_services_are_made_and_both_capabilities_are_named(spotmc, bucket, iam):
    status, printed, told = spotmc("publish", bucket.name)
    assert status == 0, told
    assert iam.roles == {role.name for role in ALL}
    assert "Made the role AWSServiceRoleForEC2SpotFleet" in told
    assert "CAPABILITY_IAM and CAPABILITY_AUTO_EXPAND" in printed
    assert "Made the role" not in spotmc("publish", bucket.name)[2]


@pytest.mark.usefixtures("artefacts")
def test_who_may_not_make_roles_publishes_all_the_same_and_is_told_who_has_to_do_what(spotmc, bucket, iam):
    iam.refused = {"CreateServiceLinkedRole"}
    status, printed, told = spotmc("publish", bucket.name)
    assert status == 0, told
    assert "ArtefactPrefix = " in printed
    for role in ALL:
        assert f"aws iam create-service-linked-role --aws-service-name {role.service}" in told


def test_a_bucket_with_a_dot_is_refused_because_of_the_certificate(spotmc):
    status, _, told = spotmc("publish", "my.bucket")
    assert status == 2
    assert "my.bucket has a dot in its name: S3's certificate" in told


def test_a_name_that_no_stack_may_have_is_refused_before_anything_is_sent(spotmc):
    status, _, told = spotmc("publish", "mine", "--name", "Spot_MC")
    assert status == 2
    assert "--name must be 1 to 25 small letters" in told


@pytest.mark.usefixtures("artefacts", "settings")
def test_a_bucket_that_is_not_there_is_not_made(spotmc):
    status, _, told = spotmc("publish", "never-made-by-anybody")
    assert status == 1
    assert "aws s3 mb s3://never-made-by-anybody --region us-east-1" in told
