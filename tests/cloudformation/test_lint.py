"""What tools of others say of the templates."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path

import pytest
from cfnlint.helpers import REGIONS  # type: ignore[import-untyped]

from cloudformation.template import PARENT, Stack
from deployment.machine_types import on_batch, wanted_on_batch
from tests.programs import ROOT, program

TEMPLATES = ROOT / "cloudformation"

# Notes for machines about the purpose of each resource: comments, which people read too, say it here.
NOT_WANTED = "I4010"

# What checkov holds against the templates, and why we leave it.
LEFT = {
    "CKV_AWS_18": "access logs of the bucket would cost more than they tell about a bucket of one stack",
    "CKV_AWS_21": "versioning is a parameter: a part that is written again is the same bytes, so versions only cost",
    "CKV_AWS_26": "an alarm holds no data, and CloudWatch can send to an encrypted topic only with a key of one's own",
    "CKV_AWS_27": "queues are encrypted with keys of SQS; the check knows KMS only",
    "CKV_AWS_65": "insights into the cluster of one container would cost more than the container",
    "CKV_AWS_111": "Session Manager's actions cannot be given a resource",
    "CKV_AWS_136": "a key of one's own costs a dollar a month; the image is encrypted with AES-256 without one",
    "CKV_AWS_149": "a key of one's own costs a dollar a month; the secret is encrypted with Secrets Manager's",
    "CKV_AWS_158": "a key of one's own costs a dollar a month; logs are encrypted with CloudWatch's",
}


# A type of resource, its properties in a region and so on are compared with the schemas of all regions in one run, both
# ways of each condition included: so this is every variant in every region.
STRICTEST = ["--include-checks", "I", "--include-experimental", "--regions", "ALL_REGIONS"]


def cfn_lint(templates: Iterable[Path]) -> "subprocess.CompletedProcess[str]":
    options = [*STRICTEST, "--ignore-checks", NOT_WANTED]
    command = [str(Path(sys.executable).with_name("cfn-lint")), *options, "--", *sorted(map(str, templates))]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def test_cfn_lint_at_its_strictest_finds_nothing_in_any_region() -> None:
    done = cfn_lint(TEMPLATES.glob("*.yaml"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_all_regions_are_those_of_other_partitions_too(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Service: {Type: AWS::AppRunner::VpcIngressConnection, Properties: {}}}")
    told = cfn_lint([template]).stdout
    assert all(region in told for region in ("cn-north-1", "us-gov-west-1"))
    assert {"cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1"} <= set(REGIONS)


def types_by_region() -> dict[str, set[str]]:
    """Types of machines that cfn-lint knows, by region; of some regions, as of those that are closed, it knows none."""
    file = files("cfnlint").joinpath("data/schemas/extensions/aws_ec2_instance/instancetype_enum.json")
    content = json.loads(file.read_text())
    return {region: set(content[region]["enum"]) for region in REGIONS if region in content}


@pytest.mark.parametrize("processor", ["X86", "Graviton"])
def test_what_batch_is_given_where_nobody_asked_the_region_is_in_every_region(
    launched: Callable[..., Stack], processor: str
) -> None:
    known = types_by_region()
    assert {"us-east-1", "cn-north-1", "us-gov-west-1", "me-central-1"} <= known.keys()
    assert len(known) > 30
    wanted = set(wanted_on_batch(processor))
    for region, types in known.items():
        given = on_batch(launched(region=region, WorkersOn="Batch", BatchProcessor=processor))
        assert len(given) >= 3, region
        assert set(given) <= types, region
        assert len(wanted & types) >= 4, region


def test_checkov_finds_what_is_listed_with_a_reason_and_nothing_else() -> None:
    options = ["--framework", "cloudformation", "--skip-download", "--quiet", "--output", "json"]
    command = [program("checkov"), "--directory", str(TEMPLATES), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["passed"] > 50
    assert report["summary"]["parsing_errors"] == 0
    assert {check["check_id"] for check in report["results"]["failed_checks"]} == LEFT.keys()


def test_the_console_takes_the_parent_without_a_bucket() -> None:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    assert (TEMPLATES / PARENT).stat().st_size < 51_200
