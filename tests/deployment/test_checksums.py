"""The list of what was published, as machines check it."""

import subprocess
from pathlib import Path

from deployment import checksums


def test_sha256sum_agrees_with_the_list_and_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "boot.sh").write_text("echo hello\n")
    (tmp_path / "worker.tar").write_bytes(bytes(range(256)))
    files = {path.name: path for path in tmp_path.iterdir()}
    listing = checksums.listing(files)
    (tmp_path / checksums.FILE).write_text(listing)
    subprocess.run(["sha256sum", "--check", "--strict", checksums.FILE], cwd=tmp_path, check=True, capture_output=True)
    said = subprocess.run(
        ["sha256sum", checksums.FILE], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    assert said.startswith(checksums.name(listing))
    assert len(checksums.name(listing)) == 32  # as user data expects it
