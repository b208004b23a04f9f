"""The workstation's user data, run by systemd on a machine to throw away: web UI, Jupyter, address, signal."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest

from deployment import archives
from fleet.settings import Settings
from tests.metadata_server import MetadataServer
from tests.programs import ROOT
from tests.userdata.conftest import Boot

pytestmark = pytest.mark.timeout(1200)

PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def workstation_archives(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("workstation")
    archives.make(ROOT, folder, [archives.WORKSTATION])
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ec2(settings: Settings) -> Any:
    return boto3.client("ec2", region_name=settings.region)


@pytest.fixture
def metadata_server(ec2: Any) -> Iterator[MetadataServer]:
    """Of an instance that the emulator knows."""
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    [instance] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    with MetadataServer(instance=instance["InstanceId"]) as server:
        yield server


@pytest.fixture
def stack() -> Iterator[tuple[str, list[dict[str, str]]]]:
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
def workstation(
    boot: Callable[..., Boot], settings: Settings, ec2: Any, stack: tuple[str, list[dict[str, str]]]
) -> Callable[[Path, int], Boot]:
    def get_ready(archive: Path, port: int) -> Boot:
        secrets: Any = boto3.client("secretsmanager", region_name=settings.region)
        secret = secrets.create_secret(Name=f"password-{port}", SecretString=PASSWORD)["ARN"]
        address = ec2.allocate_address(Domain="vpc")
        made = {
            "<Access.Address>": address["PublicIp"],
            "<Access.Address.AllocationId>": address["AllocationId"],
            "<Access.PasswordSecret>": secret,
            "<WorkstationReady>": stack[0],
        }
        it = boot(archive, made, machine="Workstation.Workstation", JupyterPort=port)
        for unit in ("spotmc-web", "spotmc-jupyter"):  # reachable from this machine only
            text = (ROOT / f"userdata/workstation/units/{unit}.service").read_text()
            [command] = re.findall(r"(?ms)^ExecStart=.*?[^\\]$", text)
            override = it.machine.files / f"etc/systemd/system/{unit}.service.d/test.conf"
            override.parent.mkdir(parents=True)
            override.write_text(f"[Service]\nExecStart=\n{command.replace('0.0.0.0', '127.0.0.1')}\n")
        return it

    return get_ready


def test_a_workstation_boots_asks_for_the_password_takes_its_address_and_signals_the_stack(
    *,
    workstation: Callable[[Path, int], Boot],
    workstation_archives: Path,
    free_port: Callable[[], int],
    eventually: Callable[..., None],
    metadata_server: MetadataServer,
    ec2: Any,
    stack: tuple[str, list[dict[str, str]]],
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
    assert machine.run("systemctl", "is-active", "spotmc-poll.timer").strip() == "active"
    assert PASSWORD not in said + machine.run("journalctl", "--no-pager") + machine.read("/etc/spotmc/jupyter.json")


def test_a_workstation_that_cannot_boot_tells_the_stack(
    *,
    workstation: Callable[[Path, int], Boot],
    hollow_archives: Path,
    free_port: Callable[[], int],
    eventually: Callable[..., None],
    stack: tuple[str, list[dict[str, str]]],
) -> None:
    machine = workstation(hollow_archives, free_port()).machine  # an archive for another kind of machine
    machine.boot()
    eventually(machine.is_off, 200)
    [signal] = stack[1]
    assert signal["Status"] == "FAILURE"
    assert "the boot of this workstation failed at line" in signal["Reason"]
    assert "aws s3 cp" in signal["Reason"]
