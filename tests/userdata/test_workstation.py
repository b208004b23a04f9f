"""The workstation's user data, run by systemd on a machine to throw away: web UI, Jupyter, who may what, the signal."""

import fcntl
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest

from deployment import archives
from fleet.bucket import Bucket
from fleet.settings import Settings
from tests.metadata_server import REAL_HOSTS, REAL_PORT, MetadataServer
from tests.programs import ROOT
from tests.userdata import prying
from tests.userdata.conftest import Boot, points
from tests.userdata.jupyter import Jupyter

pytestmark = pytest.mark.timeout(1200)

PASSWORD = "correct horse battery"
PYTHON = "/opt/spotmc/bin/python"
SERVICES_ROLE = "arn:aws:iam::123456789012:role/services"

Stack = tuple[str, list[dict[str, str]]]


@pytest.fixture(scope="session")
def workstation_archives(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("workstation")
    archives.make(ROOT, folder, [archives.WORKSTATION])
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ec2(settings: Settings) -> Any:
    return boto3.client("ec2", region_name=settings.region)


@contextmanager
def real_addresses() -> Iterator[None]:
    """This machine has the addresses of the metadata service; for one test at a time."""
    with open(f"{tempfile.gettempdir()}/metadata-service.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with ExitStack() as cleaning:
            for host in REAL_HOSTS:
                there = ["address", "replace", f"{host}/{128 if ':' in host else 32}", "dev", "lo"]
                subprocess.run(["ip", *there], check=True)
                cleaning.callback(subprocess.run, ["ip", "address", "delete", *there[2:]], check=True)
            yield


@pytest.fixture
def metadata_server(ec2: Any, root: Path) -> Iterator[MetadataServer]:
    """Of an instance that the emulator knows, where it is on EC2, over IPv4 and IPv6."""
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    [instance] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    with real_addresses():
        first, second = (
            MetadataServer(instance=instance["InstanceId"], role="workstation", host=host, port=REAL_PORT)
            for host in REAL_HOSTS
        )
        with first, second:
            yield first
        # The machine shares the network of this one, and its rules with it.
        remove = ["chroot", str(root), "/stand-in/nft", "delete", "table", "inet", "spotmc"]
        subprocess.run(remove, capture_output=True, check=False)


@pytest.fixture
def stack() -> Iterator[Stack]:
    """An address that waits for signals, as CloudFormation's wait conditions do, and the signals."""
    signals: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            signals.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/ready?signature=a&key=b", signals
        server.shutdown()


@pytest.fixture
def workstation(boot: Callable[..., Boot], settings: Settings, ec2: Any, stack: Stack) -> Callable[[Path, int], Boot]:
    def get_ready(archive: Path, port: int) -> Boot:
        secrets: Any = boto3.client("secretsmanager", region_name=settings.region)
        secret = secrets.create_secret(Name=f"password-{port}", SecretString=PASSWORD)["ARN"]
        address = ec2.allocate_address(Domain="vpc")
        made = {
            "<Access.Address>": address["PublicIp"],
            "<Access.Address.AllocationId>": address["AllocationId"],
            "<Access.PasswordSecret>": secret,
            "<Roles.ServicesRole.Arn>": SERVICES_ROLE,
            "<WorkstationReady>": stack[0],
        }
        it = boot(archive, made, machine="Workstation.Workstation", JupyterPort=port)
        for unit in ("spotmc-web",):  # reachable from this machine only
            text = (ROOT / f"userdata/workstation/units/{unit}.service").read_text()
            [command] = re.findall(r"(?ms)^ExecStart=.*?[^\\]$", text)
            override = it.machine.files / f"etc/systemd/system/{unit}.service.d/test.conf"
            override.parent.mkdir(parents=True)
            override.write_text(f"[Service]\nExecStart=\n{command.replace('0.0.0.0', '127.0.0.1')}\n")
        override = it.machine.files / "etc/systemd/system/spotmc-nginx.service.d/test.conf"
        override.parent.mkdir(parents=True)
        override.write_text("[Service]\nExecStartPre=+/bin/sed -i s/0.0.0.0/127.0.0.1/ /etc/spotmc-nginx.conf\n")
        return it

    return get_ready


def test_a_workstation_boots_asks_for_the_password_takes_its_address_and_signals_the_stack(
    *,
    workstation: Callable[[Path, int], Boot],
    workstation_archives: Path,
    free_port: Callable[[], int],
    eventually: Callable[..., None],
    settings: Settings,
    ec2: Any,
    stack: Stack,
) -> None:
    port = free_port()
    machine = workstation(workstation_archives, port).machine
    machine.boot()
    eventually(lambda: stack[1] or machine.is_off(), 400)
    said = machine.read("/var/log/cloud-init-output.log") + machine.read("/var/log/spotmc-boot.log")
    assert [signal["Status"] for signal in stack[1]] == ["SUCCESS"], said
    [address] = [each for each in ec2.describe_addresses()["Addresses"] if each.get("InstanceId")]
    assert address["PublicIp"] in machine.read("/etc/spotmc.env")

    status = "curl -sk -o /dev/null -w '%{http_code}'"
    assert machine.run("/bin/sh", "-c", f"{status} https://localhost/configuration") == "401"
    assert machine.run("/bin/sh", "-c", f"{status} https://localhost:{port}/api/contents") == "403"
    certificate = machine.run(
        "/bin/sh", "-c", "openssl x509 -in /etc/spotmc/certificate.pem -noout -ext subjectAltName"
    )
    assert f"IP Address:{address['PublicIp']}" in certificate
    machine.run("systemctl", "start", "spotmc-poll")
    for metric in ("boots", "failed-boots"):  # there is a number, and it is none
        told = points(settings, metric)
        assert len(told) >= 6
        assert not any(told)
    assert machine.run("systemctl", "is-active", "spotmc-poll.timer").strip() == "active"

    log_in = f"""set -e
        site=https://localhost/login; cookies=$(mktemp)
        form() {{ curl -sk --cookie $cookies --cookie-jar $cookies --referer $site "$@"; }}
        token=$(form $site | sed -n 's/.*name="csrf_token"[^>]*value="\\([^"]*\\)".*/\\1/p')
        form --data-urlencode csrf_token=$token --data-urlencode 'password={PASSWORD}' --location $site"""
    home = machine.run("/bin/sh", "-c", log_in)
    assert "jobs" in home, home

    # A person who logs in, and may become root, uses what is handed to the services, as soon as it is renewed.
    handed = "/run/spotmc-credentials/credentials.json"
    assert machine.run("stat", "--format=%U %G %a", handed).split() == ["root", "spotmc", "640"]
    before = json.loads(machine.run("cat", handed))
    machine.run("systemctl", "start", "spotmc-credentials")
    after = json.loads(machine.run("cat", handed))
    assert after["AccessKeyId"] != before["AccessKeyId"]
    assert machine.run("systemctl", "is-active", "spotmc-credentials.timer").strip() == "active"
    identity = "aws sts get-caller-identity --query Arn --output text && spotmc jobs"
    bare = [
        "env",
        "--ignore-environment",
        f"AWS_ENDPOINT_URL={settings.endpoint_url}",
        "PATH=/usr/local/bin:/usr/bin:/bin",
    ]
    told = machine.run(*bare, *as_user("ssm-user"), "/bin/bash", "-lc", identity)
    assert told.startswith("arn:aws:sts::123456789012:assumed-role/services/workstation")

    assert PASSWORD not in said + machine.run("journalctl", "--no-pager") + machine.read("/etc/spotmc/jupyter.json")


# Ways to root that a user of a machine may try.
TO_ROOT = (
    ("sudo", "-n", "id"),
    ("su", "-c", "id"),
    ("systemctl", "--no-ask-password", "restart", "spotmc-web"),
    ("systemd-run", "--no-ask-password", "--wait", "id"),
    ("systemd-run", "--user", "--wait", "id"),
    ("loginctl", "--no-ask-password", "enable-linger"),
    ("setpriv", "--reuid=0", "id"),
    ("unshare", "--map-root-user", "id"),
)


def test_code_in_jupyter_gets_at_queue_and_bucket_but_neither_at_root_nor_a_secret_nor_the_role_of_the_machine(
    *,
    workstation: Callable[[Path, int], Boot],
    workstation_archives: Path,
    free_port: Callable[[], int],
    eventually: Callable[..., None],
    stack: Stack,
) -> None:
    port = free_port()
    machine = workstation(workstation_archives, port).machine
    machine.boot()
    eventually(lambda: stack[1] or machine.is_off(), 400)
    assert [signal["Status"] for signal in stack[1]] == ["SUCCESS"], machine.read("/var/log/spotmc-boot.log")
    person = Jupyter(port, PASSWORD)

    def notebook(question: str) -> Any:
        return json.loads(person.run(asked(question)))

    def root(question: str) -> Any:
        return json.loads(machine.run(PYTHON, "-c", asked(question)))

    def web(question: str) -> Any:
        return json.loads(machine.run(*as_user("spotmc-web"), PYTHON, "-c", asked(question)))

    for host in REAL_HOSTS:
        assert root(f"metadata_answers({host!r})")
        assert not web(f"metadata_answers({host!r})")
        assert not notebook(f"metadata_answers({host!r})")
        assert not notebook(f"metadata_answers({host!r}, 'setsid', '--fork', '--wait')")

    secrets = f"files_with({PASSWORD[::-1]!r}, {'PRIVATE KEY'[::-1]!r})"
    assert notebook(secrets) == []
    assert notebook("processes_of_others()") == []
    assert [path for path in root(secrets) if path.startswith("/run/")] == [
        "/run/credentials/spotmc-nginx.service/certificate.pem",
        "/run/credentials/spotmc-web.service/certificate.pem",
        "/run/credentials/spotmc-web.service/password",
    ]
    assert web(secrets) == [
        "/run/credentials/spotmc-web.service/certificate.pem",
        "/run/credentials/spotmc-web.service/password",
    ]

    assert notebook("output('id', '-un')") == "spotmc-jupyter"
    # No home, so no key for SSH, which would open from outside of its service what it may not.
    assert not notebook("os.path.exists(__import__('pwd').getpwuid(os.geteuid()).pw_dir)")
    assert notebook(f"[way for way in {TO_ROOT} if ends_well(*way)]") == []

    identity = ("aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
    assert notebook(f"output(*{identity})") == "arn:aws:sts::123456789012:assumed-role/services/workstation"
    assert notebook("output('spotmc', 'jobs')")
    assert notebook("__import__('boto3').Session().get_credentials().method") == "custom-process"

    assert person.put("large.txt", "x" * 5_000_000) == 201
    assert person.refuses_a_page_of("https://elsewhere.example")

    # Without the rule there are no services.
    machine.run("systemctl", "stop", "spotmc-metadata")
    states = machine.run("/bin/sh", "-c", "systemctl is-active spotmc-web spotmc-jupyter || true")
    assert states.split() == ["inactive", "inactive"]


def asked(question: str) -> str:
    """Code that prints the answer."""
    return f"{Path(prying.__file__).read_text()}\nimport json\nprint(json.dumps({question}))"


def as_user(name: str) -> list[str]:
    """What starts a command as a service's user."""
    return ["setpriv", f"--reuid={name}", f"--regid={name}", "--init-groups"]


def test_a_workstation_that_cannot_boot_tells_the_stack_and_stays_for_an_hour_to_be_looked_at(
    *,
    workstation: Callable[[Path, int], Boot],
    hollow_archives: Path,
    bucket: Bucket,
    free_port: Callable[[], int],
    eventually: Callable[..., None],
    stack: Stack,
) -> None:
    machine = workstation(hollow_archives, free_port()).machine  # archives for another kind of machine
    machine.boot()
    eventually(lambda: stack[1], 200)
    [signal] = stack[1]
    assert signal["Status"] == "FAILURE"
    assert "the boot of this workstation failed at line" in signal["Reason"]
    assert "aws s3 cp" in signal["Reason"]
    [report] = bucket.list("boots/")
    assert re.fullmatch(r"boots/[-0-9T:]+Z-workstation-i-[0-9a-f]+\.txt", report.key)
    assert signal["Reason"] in bucket.get(report.key).decode()
    when = ("/bin/sh", "-c", "cat /run/systemd/shutdown/scheduled || true")
    eventually(lambda: machine.run(*when), 60)
    planned = dict(line.split("=", 1) for line in machine.run(*when).splitlines())
    assert planned["MODE"] == "poweroff"
    assert 55 * 60 < int(planned["USEC"]) / 1_000_000 - time.time() <= 60 * 60
    assert not machine.is_off()
