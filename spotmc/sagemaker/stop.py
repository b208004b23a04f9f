"""``spotmc sagemaker stop``: end a training job before its time."""

import click

from spotmc import options
from spotmc.sagemaker.stack import account_for, job_named, same_options, stack_name


@click.command()
@click.argument("job", metavar="NAME")
@options.region
@stack_name
def command(*, job: str, region: str | None, stack_name: str) -> None:
    """Stop a training job; it is given two minutes to leave its checkpoints."""
    from deployment import training_jobs
    from deployment.named_by_stack import tag_of
    from spotmc.errors import as_click_errors

    with as_click_errors():
        account, more = account_for(region, stack_name), same_options(region, stack_name)
        now = job_named(account, job, more)
        if not now.unfinished:
            click.echo(f"{job} has ended already: it is {now.status}")
            return
        if tag_of(account.sagemaker, now.arn) != stack_name:
            raise click.ClickException(f"{job} is not of the stack {stack_name}, and goes on; give its --name")
        training_jobs.stop_all(account, [job])
    click.echo(f"{job} is stopping: spotmc sagemaker status {job}{more}")
