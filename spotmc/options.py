"""Options that several subcommands share."""

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script instead of text.")

region = click.option("--region", envvar="AWS_REGION", help="AWS region.  [default: AWS_REGION, or the profile's]")
stack_name = click.option("--name", default="spotmc", help="Of the stack, and of all that belongs to it.")
threads = click.option("--threads", type=int, help="Cores to use.  [default: all]")
