"""``spotmc publish``: what a person needs to launch the templates from the console."""

import json

import pytest


@pytest.mark.usefixtures("artefacts")
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


@pytest.mark.usefixtures("artefacts", "settings")
def test_a_bucket_that_is_not_there_is_not_made(spotmc):
    status, _, told = spotmc("publish", "never-made-by-anybody")
    assert status == 1
    assert "aws s3 mb s3://never-made-by-anybody --region us-east-1" in told
