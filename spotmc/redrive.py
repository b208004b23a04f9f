"""``spotmc redrive``: dead letters onto the queue again."""

import os

import click


@click.command()
@click.argument("job_ids", metavar="[JOB]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Of all jobs, and what is of no job.")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
def command(*, job_ids: tuple[str, ...], everything: bool, dry_run: bool) -> None:
    """Send what failed to the workers again, as if it had never failed; `spotmc failed` lists it.

    Each message is sent, then deleted from the dead-letter queue.  What was done of its job is not done again.
    """
    if everything == bool(job_ids):
        raise click.UsageError("name the jobs to send again, or give --all")

    from fleet.bucket import Bucket
    from fleet.dead_letters import peek, redrive
    from fleet.queue import Queue
    from fleet.settings import Settings
    from montecarlo.wording import count
    from spotmc.errors import as_click_errors
    from spotmc.failed import NOTHING_THERE, describe

    with as_click_errors():
        settings = Settings.from_environment(os.environ)
        queue, bucket = Queue.connect(settings), Bucket.connect(settings)
        dead = queue.dead_letters()
        with peek(dead) as letters:
            chosen = [each for each in letters if everything or (each.shard and each.shard.job_id in job_ids)]
            for letter in chosen:
                if not dry_run:
                    redrive(letter, dead, queue, bucket)
                click.echo(f"{'Would be sent' if dry_run else 'Sent'} again: {describe(letter)}")
    if everything and not chosen:
        click.echo(NOTHING_THERE)
    elif chosen:
        click.echo(f"{count(len(chosen), 'message')} {'would be sent' if dry_run else 'sent'} again")
    if missing := set(job_ids) - {each.shard.job_id for each in chosen if each.shard}:
        raise click.ClickException(
            f"nothing in the dead-letter queue is of {', '.join(sorted(missing))}: see `spotmc failed`, "
            "`spotmc status`; where one has failed all the same, submit it again: only what is missing is computed"
        )
