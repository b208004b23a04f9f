"""``spotmc sagemaker``: the container in training jobs and endpoints of Amazon SageMaker."""

from importlib import import_module

import click

COMMANDS = ("train", "status", "fetch", "stop", "deploy", "invoke", "delete")


@click.group()
def command() -> None:
    """Train, backtest, simulate and serve on Amazon SageMaker, for which a stack needs `spotmc deploy --research`."""


for _name in COMMANDS:
    command.add_command(import_module(f"spotmc.sagemaker.{_name}").command, _name)
