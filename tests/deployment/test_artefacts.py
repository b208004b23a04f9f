"""What machines and CloudFormation fetch, in a bucket of a real emulator."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from deployment import checksums
from deployment.account import Account, DeploymentError
from deployment.artefacts import Published, bucket_is_there, create_bucket, files_of, missing, retire, send
from fleet.settings import Settings

ACCOUNT = "123456789012"


@pytest.fixture
def account(settings: Settings) -> Account:
    return Account(settings.region)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "boot.sh").write_text("#!/bin/bash\n")
    (tmp_path / "engine-x86_64.tar.gz").write_bytes(bytes(9 * 2**20))  # more than one part of an upload
    (tmp_path / "worker-x86_64.tar.gz").write_bytes(b"program")
    return tmp_path


def bring(account: Account, bucket: str, folder: Path) -> tuple[Published, set[str]]:
    """Publish; gives what was sent, by names."""
    told: list[int] = []
    sending = missing(account.s3, bucket, region=account.region, files=files_of(folder))
    send(account.s3, sending, told.append)
    assert (told or [0])[-1] == sending.size
    return sending.place, {path.name for path in sending.files.values()}


def test_what_is_published_is_listed_with_hashes_under_the_hash_of_the_list(
    account: Account, settings: Settings, folder: Path
) -> None:
    place, sent = bring(account, settings.bucket, folder)
    listing = account.s3.get_object(Bucket=settings.bucket, Key=f"{place.prefix}/SHA256SUMS")["Body"].read().decode()
    assert place.prefix == f"spotmc/{checksums.name(listing)}"
    assert {"boot.sh", "worker-x86_64.tar.gz", "spotmc.yaml", "fleet.yaml"} <= sent
    listed = {name: digest for digest, name in (line.split("  ") for line in listing.splitlines())}
    assert {name.rpartition("/")[2] for name in listed} == sent
    account.s3.head_object(Bucket=settings.bucket, Key=f"{place.prefix}/cloudformation/spotmc.yaml")
    archive = f"spotmc/archives/{listed['engine-x86_64.tar.gz']}"
    assert account.s3.get_object(Bucket=settings.bucket, Key=archive)["Body"].read() == bytes(9 * 2**20)


def test_the_same_is_not_sent_again_and_what_was_interrupted_goes_on(
    account: Account, settings: Settings, folder: Path
) -> None:
    place, _ = bring(account, settings.bucket, folder)
    assert bring(account, settings.bucket, folder) == (place, set())
    account.s3.delete_object(Bucket=settings.bucket, Key=f"{place.prefix}/boot.sh")
    assert bring(account, settings.bucket, folder) == (place, {"boot.sh"})


def test_a_changed_program_stands_beside_the_old_one_and_no_packages_are_sent_with_it(
    account: Account, settings: Settings, folder: Path
) -> None:
    before, _ = bring(account, settings.bucket, folder)
    (folder / "worker-x86_64.tar.gz").write_bytes(b"another program")
    after, sent = bring(account, settings.bucket, folder)
    assert after.prefix != before.prefix
    assert {"worker-x86_64.tar.gz", "boot.sh"} <= sent
    assert "engine-x86_64.tar.gz" not in sent
    account.s3.head_object(Bucket=settings.bucket, Key=f"{before.prefix}/boot.sh")


def all_keys(account: Account, bucket: str) -> set[str]:
    pages = account.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {item["Key"] for page in pages for item in page.get("Contents", [])}


def test_what_no_stack_and_no_deployment_before_it_uses_goes_away_when_it_is_old(
    account: Account, settings: Settings, folder: Path
) -> None:
    bucket = settings.bucket
    account.s3.put_object(Bucket=bucket, Key="something/of/yours", Body=b"")
    places = []
    for program in (b"first", b"second", b"third"):
        (folder / "worker-x86_64.tar.gz").write_bytes(program)
        places.append(bring(account, bucket, folder)[0])
    first, second, third = (place.prefix for place in places)
    everything = all_keys(account, bucket)
    tomorrow = datetime.now(UTC) + timedelta(days=1, hours=1)
    assert retire(account.s3, bucket, keep={second, third}, now=datetime.now(UTC)) == 0
    assert all_keys(account, bucket) == everything
    retire(account.s3, bucket, keep={second, third}, now=tomorrow)
    gone = everything - all_keys(account, bucket)
    old_program = f"spotmc/archives/{hashlib.sha256(b'first').hexdigest()}"
    assert gone == {key for key in everything if key.startswith(f"{first}/")} | {old_program}
    assert bring(account, bucket, folder) == (places[2], set())


def test_nothing_goes_away_where_it_cannot_be_told_what_is_used(
    account: Account, settings: Settings, folder: Path
) -> None:
    place, _ = bring(account, settings.bucket, folder)
    account.s3.delete_object(Bucket=settings.bucket, Key=f"{place.prefix}/SHA256SUMS")
    before = all_keys(account, settings.bucket)
    with pytest.raises(DeploymentError, match="read what is used"):
        retire(account.s3, settings.bucket, keep={place.prefix}, now=datetime.now(UTC) + timedelta(days=9))
    assert all_keys(account, settings.bucket) == before


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
    [rule] = account.s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_a_bucket_elsewhere_is_refused(account: Account, settings: Settings, folder: Path) -> None:
    with pytest.raises(DeploymentError, match="is in us-east-1, not in eu-central-1"):
        bucket_is_there(account.s3, settings.bucket, "eu-central-1", ACCOUNT)
    with pytest.raises(DeploymentError, match="publish to the bucket never-made"):
        bring(account, "never-made", folder)
