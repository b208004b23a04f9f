"""``spotmc sagemaker train … --local``: the container's programs as processes of this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from spotmc.sagemaker.wanted import Wanted


def train_here(wanted: "Wanted", *, out: Path | None, overwrite: bool, as_json: bool) -> None:
    """Lay the folders of the contract out, run ``train`` in them, and keep what it leaves.

    Args:
        wanted: What it shall do.
        out: Folder for the artefacts; None for one that is named by the job.
        overwrite: Whether results may take the place of files that are there.
        as_json: Print JSON for a script instead of text.

    Raises:
        click.ClickException: it failed.
    """
    raise click.ClickException("--local is not here yet")
