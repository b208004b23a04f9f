"""Requests to SageMaker by the service's own models, its limits, and archives that are not to be trusted."""

import gzip
import io
import tarfile
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from container.metrics import definitions
from deployment import training_artefacts, training_jobs
from deployment.account import Account, DeploymentError
from deployment.endpoints import MEMORIES, MOST_CONCURRENCY, EndpointRequest
from deployment.named_by_stack import name_problem, tag_of
from deployment.research import Research
from deployment.training_request import TrainingRequest
from fleet.settings import Settings
from tests.service_shapes import problems

ROLE = "arn:aws:iam::123456789012:role/spotmc-SageMaker-1A2B3C4D5E6F-TrainingRole-1A2B3C4D5E6F"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/spotmc-sagemaker-images-1a2b3c:20261128"
RESEARCH = Research("spotmc", "results", IMAGE, ROLE, ROLE, own_rules=True)
LONGEST = "spotmc-" + 56 * "a"


def training(research: Research = RESEARCH, **more: Any) -> dict[str, Any]:
    asked = {"name": LONGEST, "hyperparameters": {"work": "train"}, "channels": {"prices": f"prices/{64 * '0'}.csv"}}
    return TrainingRequest(**{**asked, "metrics": definitions(), **more}).to_dict(research)


def wrong(operation: str, request: Mapping[str, Any]) -> list[str]:
    shape = get_session().get_service_model("sagemaker").operation_model(operation).input_shape
    return list(problems(shape, request))


@pytest.mark.parametrize(
    "more",
    [
        {"spot": False, "seconds": 28 * 86_400},
        {"hyperparameters": {f"name{number}": 2500 * "x" for number in range(100)}},
        {"channels": {"prices": "prices/0.csv", "model": "models/0.json", "rule": "sagemaker/x/input/rule/"}},
    ],
)
def test_the_service_takes_the_largest_jobs_that_we_take(more: dict[str, Any]) -> None:
    assert wrong("CreateTrainingJob", training(**more)) == []


def test_what_a_job_leaves_is_encrypted_with_the_key_of_the_bucket() -> None:
    """Where a request names none, SageMaker takes the account's own for S3, whatever the bucket has."""
    key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    request = training(research=replace(RESEARCH, key=key))
    assert request["OutputDataConfig"]["KmsKeyId"] == key
    assert wrong("CreateTrainingJob", request) == []
    assert "KmsKeyId" not in training()["OutputDataConfig"]


def test_the_service_takes_the_smallest_and_the_largest_endpoints() -> None:
    for memory, concurrency in ((MEMORIES[0], 1), (MEMORIES[-1], MOST_CONCURRENCY)):
        request = EndpointRequest(
            name=LONGEST,
            made=LONGEST,
            model_data="s3://results/sagemaker/x/output/model.tar.gz",
            memory=memory,
            concurrency=concurrency,
        )
        assert {name: wrong(name, asked) for name, asked in request.to_dicts(RESEARCH).items()} == {
            "CreateModel": [],
            "CreateEndpointConfig": [],
            "CreateEndpoint": [],
        }


def test_what_the_service_does_not_take_is_found() -> None:
    """The check itself: of each kind of limit there is one that is overstepped."""
    request = training() | {"TrainingJobName": 64 * "a", "Tag": [], "EnableNetworkIsolation": True}
    request["AlgorithmSpecification"] = {"TrainingInputMode": "Fast"}
    request["ResourceConfig"] = {"InstanceCount": -1}
    del request["RoleArn"]
    assert len(wrong("CreateTrainingJob", request)) == 6


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"hyperparameters": {f"name{number}": "" for number in range(101)}}, "takes 100 hyperparameters"),
        ({"hyperparameters": {"short": 2501 * "1"}}, "takes values of 2,500 characters, and short has more"),
    ],
)
def test_more_hyperparameters_than_the_service_takes_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(DeploymentError, match=words):
        training(**more)


@pytest.mark.parametrize("name", ["mine", "spotmc", "spotmc-", "spotmc-a.b", "spotmc-a-", LONGEST + "a", "spotmc-ä"])
def test_a_name_that_the_service_or_the_permissions_refuse_is_refused(name: str) -> None:
    assert name_problem(name, "spotmc").startswith("must be spotmc- and more")
    assert name_problem(LONGEST, "spotmc") == ""


@pytest.mark.usefixtures("settings")
def test_an_emulator_takes_the_calls_too() -> None:
    """Their shapes alone: its jobs are complete at once, with metrics that it makes up."""
    account = Account("us-east-1")
    name = "spotmc-emulated"
    training_jobs.start(account, training(name=name))
    job = training_jobs.describe(account, name)
    assert job
    assert job.hyperparameters == {"work": "train"}
    assert tag_of(account.sagemaker, job.arn) == "spotmc"


# ---- what a job leaves -----------------------------------------------------------------------------------------------


def archive(*members: tarfile.TarInfo) -> io.BytesIO:
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w:gz") as packed:
        for each in members:
            packed.addfile(each, io.BytesIO(bytes(min(each.size, 1000))) if each.size <= 1000 else None)
    into.seek(0)
    return into


def member(name: str, size: int = 1, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.size, found.type, found.linkname = size, kind, "elsewhere"
    return found


@pytest.mark.parametrize(
    "bad",
    [
        [member("../summary.csv")],
        [member("/tmp/summary.csv")],
        [member("folder/summary.csv")],
        [member(".bashrc")],
        [member("summary.csv", 0, tarfile.SYMTYPE)],
        [member("summary.csv", 0, tarfile.LNKTYPE)],
        [member("summary.csv", 0, tarfile.CHRTYPE)],
        [member("folder", 0, tarfile.DIRTYPE)],
        [member("summary.csv", 0, tarfile.GNUTYPE_SPARSE)],
        [member("summary.csv"), member("./summary.csv")],
        [member(f"x{number}.csv") for number in range(101)],
        [member("x.csv", training_artefacts.MOST_BYTES + 1)],
    ],
)
def test_an_archive_puts_nothing_but_a_few_plain_files_into_its_folder(
    bad: list[tarfile.TarInfo], tmp_path: Path
) -> None:
    folder = tmp_path / "into"
    folder.mkdir()
    with pytest.raises(DeploymentError, match="nothing was unpacked"):
        training_artefacts.unpack(archive(member("job.json"), *bad), folder, "it")
    assert [path for path in tmp_path.rglob("*") if folder not in (path, *path.parents)] == []
    assert not any(path.is_symlink() for path in folder.iterdir())


def test_a_folder_as_tar_packs_it_is_unpacked(tmp_path: Path) -> None:
    packed = archive(member("./", 0, tarfile.DIRTYPE), member("./model.json", 7), member("picture.png"))
    assert training_artefacts.unpack(packed, tmp_path, "it") == ["model.json", "picture.png"]
    assert (tmp_path / "model.json").read_bytes() == bytes(7)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_what_precedes_a_file_is_not_kept_in_memory(kind: bytes, tmp_path: Path) -> None:
    """Of an archive whose headers are larger than all that it may have, and of one in which they are endless."""
    large = gzip.compress(member("x", 1 << 24, kind).tobuf(tarfile.GNU_FORMAT) + bytes(1 << 24))
    tracemalloc.start()
    with pytest.raises(DeploymentError, match="'x', which is no plain file"):
        training_artefacts.unpack(io.BytesIO(large), tmp_path, "it")
    assert tracemalloc.get_traced_memory()[1] < 1 << 22
    tracemalloc.stop()
    many = 5000 * member("x", 0, kind).tobuf(tarfile.GNU_FORMAT)
    with pytest.raises(DeploymentError, match=r"breaks off|no plain file"):
        training_artefacts.unpack(io.BytesIO(gzip.compress(many)), tmp_path, "it")


def test_an_archive_with_times_to_the_nanosecond_is_unpacked(tmp_path: Path) -> None:
    precise = member("model.json", 7)
    precise.mtime = 1764302400.123456789
    packed = archive(precise, member("picture.png"))
    assert b"mtime=" in gzip.decompress(packed.getvalue())
    assert training_artefacts.unpack(packed, tmp_path, "it") == ["model.json", "picture.png"]


def test_an_archive_that_is_cut_off_or_altered_is_said_to_be_damaged(tmp_path: Path) -> None:
    whole = archive(member("model.json", 999)).getvalue()
    flipped = bytearray(whole)
    flipped[-6] ^= 1  # in the checksum
    for content in (b"", whole[:10], whole[: len(whole) // 2], whole[:-4], bytes(flipped)):
        with pytest.raises(DeploymentError, match=r"damaged|has no files"):
            training_artefacts.unpack(io.BytesIO(content), tmp_path, "it")
        (tmp_path / "model.json").unlink(missing_ok=True)


def test_an_archive_that_is_gone_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=r"there is no s3://.* run the job again"):
        training_artefacts.fetch(Account("us-east-1").s3, f"s3://{settings.bucket}/sagemaker/x/y.tar.gz", tmp_path)
