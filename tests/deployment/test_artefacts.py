"""What machines and CloudFormation fetch, in a bucket of a real emulator."""

import uuid
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from deployment import checksums
from deployment.account import Account, DeploymentError
from deployment.artefacts import Published, bucket_is_there, create_bucket, files_of, publish
from fleet.settings import Settings

ACCOUNT = "123456789012"


@pytest.fixture
def account(settings: Settings) -> Account:
    return Account(settings.region)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "boot.sh").write_text("#!/bin/bash\n")
    (tmp_path / "worker-x86_64.tar").write_bytes(bytes(9 * 2**20))  # more than one part of an upload
    return tmp_path


def bring(account: Account, bucket: str, folder: Path) -> tuple[Published, set[str]]:
    sent: list[str] = []
    place = publish(account.s3, bucket, region=account.region, files=files_of(folder), sent=sent.append)
    assert len(sent) == len(set(sent))
    return place, set(sent)


def test_what_is_published_is_listed_with_hashes_under_the_hash_of_the_list(
    account: Account, settings: Settings, folder: Path
) -> None:
    place, sent = bring(account, settings.bucket, folder)
    listing = account.s3.get_object(Bucket=settings.bucket, Key=f"{place.prefix}/SHA256SUMS")["Body"].read().decode()
    assert place.prefix == f"spotmc/{checksums.name(listing)}"
    assert {line.split("  ")[1] for line in listing.splitlines()} == sent
    assert {"boot.sh", "worker-x86_64.tar", "cloudformation/spotmc.yaml", "cloudformation/fleet.yaml"} <= sent
    large = account.s3.get_object(Bucket=settings.bucket, Key=f"{place.prefix}/worker-x86_64.tar")["Body"].read()
    assert large == bytes(9 * 2**20)


def test_the_same_is_not_sent_again_and_what_was_interrupted_goes_on(
    account: Account, settings: Settings, folder: Path
) -> None:
    place, _ = bring(account, settings.bucket, folder)
    assert bring(account, settings.bucket, folder) == (place, set())
    account.s3.delete_object(Bucket=settings.bucket, Key=f"{place.prefix}/boot.sh")
    assert bring(account, settings.bucket, folder) == (place, {"boot.sh"})


def test_something_else_stands_beside_it(account: Account, settings: Settings, folder: Path) -> None:
    before, _ = bring(account, settings.bucket, folder)
    (folder / "boot.sh").write_text("#!/bin/bash\nexit\n")
    after, sent = bring(account, settings.bucket, folder)
    assert after.prefix != before.prefix
    assert "boot.sh" in sent
    account.s3.head_object(Bucket=settings.bucket, Key=f"{before.prefix}/boot.sh")


def test_the_console_is_told_the_template_and_where_the_rest_is() -> None:
    place = Published("my-artefacts", "spotmc/0123", "eu-central-1")
    url = urlsplit(place.launch_url("fleet-2"))
    assert url.netloc == "eu-central-1.console.aws.amazon.com"
    assert parse_qs(url.fragment.partition("?")[2]) == {
        "templateURL": ["https://my-artefacts.s3.eu-central-1.amazonaws.com/spotmc/0123/cloudformation/spotmc.yaml"],
        "stackName": ["fleet-2"],
        "param_ArtefactBucket": ["my-artefacts"],
        "param_ArtefactPrefix": ["spotmc/0123"],
    }


def test_a_bucket_of_ours_is_private_and_tagged(account: Account) -> None:
    name = f"made-{uuid.uuid4().hex[:12]}"
    assert not bucket_is_there(account.s3, name, account.region, ACCOUNT)
    create_bucket(account.s3, name, account.region, {"spotmc:stack": "spotmc"})
    assert bucket_is_there(account.s3, name, account.region, ACCOUNT)
    blocked = account.s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert all(blocked.values())
    assert account.s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "spotmc:stack", "Value": "spotmc"}]


def test_a_bucket_elsewhere_is_refused(account: Account, settings: Settings, folder: Path) -> None:
    with pytest.raises(DeploymentError, match="is in us-east-1, not in eu-central-1"):
        bucket_is_there(account.s3, settings.bucket, "eu-central-1", ACCOUNT)
    with pytest.raises(DeploymentError, match="publish to the bucket never-made"):
        bring(account, "never-made", folder)
