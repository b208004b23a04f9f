"""Options that several subcommands share, and the types of those that are numbers."""

import os
from itertools import dropwhile
from pathlib import Path
from typing import Any

import click

_S3 = "s3://"


class Whole(click.ParamType[int]):
    """A whole number, typed in any of the ways of ``montecarlo.typed_numbers``."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from montecarlo.typed_numbers import read_whole

        try:
            return read_whole(value.strip()) if isinstance(value, str) else int(value)  # the latter is a default
        except ValueError as error:
            self.fail(_refusal("a whole number", value, error), param, ctx)


class WholeFrom(click.IntRange):
    """The same in a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(Whole().convert(value, param, ctx), param, ctx)


class NumberFrom(click.FloatRange):
    """Any number in a range, typed in the same ways."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from montecarlo.typed_numbers import read_number

        try:
            number = read_number(value.strip()) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(_refusal("a number", value, error), param, ctx)
        return super().convert(number, param, ctx)


class Folder(click.Path):
    """A folder for results, which need not be there but can be made; no name at all is not the folder at hand."""

    def __init__(self) -> None:
        super().__init__(file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if value == "":
            self.fail("must be the name of a folder, not ''", param, ctx)
        folder = Path(os.fsdecode(super().convert(value, param, ctx)))
        place = next(dropwhile(lambda each: not each.exists(), (folder, *folder.parents)))
        if not place.is_dir():
            self.fail(f"{folder} cannot be a folder: {place} is a file", param, ctx)
        if not os.access(place, os.W_OK | os.X_OK):
            self.fail(f"{folder} cannot be written: {place} is not yours to write to", param, ctx)
        return folder


class Prices(click.ParamType[Path | str]):
    """A CSV file of prices: on this machine, or in S3 under an address that begins with s3://, which stays text."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | str:
        if isinstance(value, str) and value.lower().startswith(_S3):
            return _S3 + value[len(_S3) :]
        file = click.Path(exists=True, dir_okay=False, path_type=Path).convert(value, param, ctx)
        assert isinstance(file, Path)
        return file


def _refusal(what: str, value: Any, error: ValueError) -> str:
    return f"must be {what}, not {value!r}{f': {error}' if str(error) else ''}"


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script instead of text.")

region = click.option("--region", envvar="AWS_REGION", help="AWS region.  [default: AWS_REGION, or the profile's]")
stack_name = click.option("--name", default="spotmc", help="Of the stack, and of all that belongs to it.")
overwrite = click.option("--overwrite", is_flag=True, help="Let results take the place of files that are there.")
threads = click.option("--threads", type=Whole(), help="Cores to use.  [default: all]")
checkpoints = click.option(
    "--checkpoints",
    type=Folder(),
    help="Folder that keeps what is done, so that the same command goes on where it was interrupted.",
)
