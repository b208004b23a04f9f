"""What tools of others say of the templates."""

import json
import subprocess
import sys
from pathlib import Path

from cloudformation.template import PARENT
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
    "CKV_AWS_111": "Session Manager's actions cannot be given a resource",
    "CKV_AWS_136": "a key of one's own costs a dollar a month; the image is encrypted with AES-256 without one",
    "CKV_AWS_149": "a key of one's own costs a dollar a month; the secret is encrypted with Secrets Manager's",
    "CKV_AWS_158": "a key of one's own costs a dollar a month; logs are encrypted with CloudWatch's",
}


def test_cfn_lint_at_its_strictest_finds_nothing() -> None:
    templates = sorted(map(str, TEMPLATES.glob("*.yaml")))
    assert len(templates) > 5
    strictest = ["--include-checks", "I", "--include-experimental", "--regions", "ALL_REGIONS"]
    strictest += ["--ignore-checks", NOT_WANTED]
    command = [str(Path(sys.executable).with_name("cfn-lint")), *strictest, "--", *templates]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


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
