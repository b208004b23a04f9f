"""What code on a machine can get at.  It is run there, by whoever is asked about, with Python's own library alone."""

import os
import subprocess


def ends_well(*command: str) -> bool:
    """Whether a command does what it is asked to."""
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def output(*command: str) -> str:
    """What a command says."""
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def metadata_answers(host: str, *before: str) -> bool:
    """Whether EC2's metadata service has a token for a command that these words start."""
    url = f"http://{f'[{host}]' if ':' in host else host}/latest/api/token"
    asking = ["curl", "--silent", "--fail", "--max-time", "10", "--request", "PUT"]
    return ends_well(*before, *asking, "--header", "X-aws-ec2-metadata-token-ttl-seconds: 60", url)


def processes_of_others() -> list[str]:
    """Those that can be seen."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{name}").st_uid != os.geteuid():
                found.append(name)
        except FileNotFoundError:
            continue
    return found


def files_with(*backwards: str) -> list[str]:
    """Files that can be read and have one of these words, given backwards so that what looks for them has them not."""
    words = [word[::-1].encode() for word in backwards]
    return [path for place in ("/etc", "/home", "/root", "/run", "/tmp", "/var") for path in _files(place, words)]


def _files(place: str, words: list[bytes]) -> list[str]:
    found = []
    for folder, _, names in os.walk(place):
        for path in (os.path.join(folder, name) for name in names):
            try:
                if not os.path.isfile(path) or os.path.getsize(path) > 10_000_000:
                    continue
                with open(path, "rb") as file:
                    content = file.read()
            except OSError:
                continue
            if any(word in content for word in words):
                found.append(path)
    return sorted(found)
