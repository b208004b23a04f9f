"""Machines to throw away: a root file system, booted by real systemd in a container until it switches itself off."""

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from tests.programs import program

STAND_INS = Path(__file__).parent / "root"

# What Amazon Linux 2023 brings along and user data needs, and what dnf would install there.
PACKAGES = (
    "awscli,ca-certificates,curl,dbus,nftables,nginx-light,openssl,python3,python3-venv,sudo,systemd,systemd-sysv"
)


def make_root(folder: Path) -> None:
    """A Debian whose Python has the version of the machines', with stand-ins for what only Amazon Linux has."""
    command = [program("mmdebstrap"), "--variant=minbase", f"--include={PACKAGES}", "--quiet", "trixie", str(folder)]
    subprocess.run([*command, "http://deb.debian.org/debian"], check=True, timeout=400)
    (folder / "usr/bin/python3").unlink()
    (folder / "usr/bin/python3.13").rename(folder / "usr/bin/python3")
    shutil.copytree(STAND_INS, folder / "stand-in")
    for name in ("nft", "nginx"):
        (folder / f"usr/sbin/{name}").rename(folder / f"stand-in/{name}")
    (folder / "etc/systemd/system/multi-user.target.wants/nginx.service").unlink()
    # As Session Manager's agent makes it for whoever logs in.
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-ssm-user-permissions.html
    subprocess.run(["chroot", str(folder), "useradd", "--create-home", "ssm-user"], check=True)
    (folder / "etc/sudoers.d/ssm-agent-users").write_text("ssm-user ALL=(ALL) NOPASSWD:ALL\n")
    shutil.copy(STAND_INS / "dnf", folder / "usr/bin/dnf")
    for stand_in in (folder / "usr/bin/dnf", folder / "stand-in/amazon-cloudwatch-agent-ctl"):
        stand_in.chmod(0o755)
    units = folder / "etc/systemd/system"
    for unit in ("user-data.service", "amazon-ssm-agent.service"):
        shutil.copy(STAND_INS / unit, units)
    (units / "multi-user.target.wants/user-data.service").symlink_to("../user-data.service")


class Machine:
    """One machine; what it writes lies over the root file system, not in it.

    Args:
        root: From ``make_root``.
        folder: An empty one of the test.
        user_data: What it runs when it boots.
        environment: Variables of all its services: where EC2's metadata service and AWS are.
    """

    def __init__(self, root: Path, folder: Path, user_data: str, environment: Mapping[str, str]) -> None:
        self.files = folder / "files"
        upper, work = folder / "upper", folder / "work"
        for path in (self.files, upper, work):
            path.mkdir()
        self._layers = (upper, work)
        layers = f"lowerdir={root},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(self.files)], check=True)
        (self.files / "user-data").write_text(user_data)
        settings = " ".join(f'"{name}={value}"' for name, value in environment.items())
        system = self.files / "etc/systemd/system.conf.d/stand-in.conf"
        system.parent.mkdir(parents=True)
        system.write_text(f"[Manager]\nDefaultEnvironment={settings}\n")
        self._name = f"spotmc-{uuid.uuid4().hex[:8]}"
        self._console = folder / "console"
        self._container: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """Switch it off, if it is on, and throw away what it has written."""
        if self._container and self._container.poll() is None:
            os.kill(self._first_process(), signal.SIGKILL)  # and all others with it; nspawn's own end would leave them
            self._container.wait()
        subprocess.run(["umount", str(self.files)], check=True)
        for layer in self._layers:
            shutil.rmtree(layer)

    def boot(self) -> None:
        """Switch it on."""
        command = [program("systemd-nspawn"), f"--directory={self.files}", f"--machine={self._name}", "--boot"]
        # It shares the network of this machine, where the emulator and the metadata service are.
        command += ["--register=no", "--keep-unit", "--console=read-only", "--quiet", "--kill-signal=SIGRTMIN+3"]
        command += ["--capability=CAP_NET_ADMIN"]  # as root has on a machine with a network of its own
        with self._console.open("wb") as console:
            self._container = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console)

    def is_off(self) -> bool:
        """Whether it has switched itself off."""
        return self._container is not None and self._container.poll() is not None

    def read(self, path: str) -> str:
        """A file of its; empty while there is none."""
        file = self.files / path.lstrip("/")
        return file.read_text(errors="replace") if file.exists() else ""

    def run(self, *command: str) -> str:
        """What a command says inside it."""
        entering = [
            "nsenter",
            f"--target={self._first_process()}",
            "--mount",
            "--uts",
            "--ipc",
            "--pid",
            "--root",
            "--wd",
            "--",
        ]
        done = subprocess.run([*entering, *command], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _first_process(self) -> int:
        """What is process 1 inside it."""
        assert self._container
        container = self._container.pid
        [first] = Path(f"/proc/{container}/task/{container}/children").read_text().split()
        return int(first)
