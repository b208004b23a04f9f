"""``spotmc publish``: packages, scripts and templates into a bucket, to launch them from the console."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spotmc import options

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.archives import Machine
    from deployment.artefacts import Published

CHECKOUT = Path(__file__).parents[1]

# The second is for macros, of which there are none, and a change set needs it for nothing; the console does not look.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")


learning_option = click.option(
    "--learning",
    is_flag=True,
    help="Give workers scikit-learn and LightGBM, so that they do trainings; it must be said at every update.",
)


@click.command()
@click.argument("bucket")
@options.region
@options.stack_name
@learning_option
@options.as_json
def command(*, bucket: str, region: str | None, name: str, learning: bool, as_json: bool) -> None:
    """Put all that machines and CloudFormation fetch into a bucket of yours.

    It goes into a folder that is named by its content.  Makes the roles of AWS's services that the account lacks, and
    prints the address of the console's page that launches it.
    """
    from deployment.account import Account
    from deployment.artefacts import bucket_is_there
    from deployment.preflight import problem_with_bucket, problem_with_name
    from spotmc import output
    from spotmc.errors import as_click_errors

    if problem := problem_with_bucket(bucket):
        raise click.UsageError(problem)
    if problem := problem_with_name(name):
        raise click.UsageError(f"--name {problem}")
    with as_click_errors():
        account = Account.connect(region)
        if not bucket_is_there(account.s3, bucket, account.region, account.caller.account):
            raise click.ClickException(
                f"there is no bucket {bucket}; create it: aws s3 mb s3://{bucket} --region {account.region}"
            )
        with collected(learning=learning) as folder:
            published = publish(account, bucket, folder)
        make_roles(account)
    url = published.launch_url(name)
    if as_json:
        addresses = {"TemplateURL": published.template_url, "LaunchURL": url}
        output.print_json({**published.parameters, **addresses, "Capabilities": list(CAPABILITIES)})
        return
    click.echo(f"To launch it, open {url}\nand give the parameters that it asks for; these are filled in:")
    for parameter, value in published.parameters.items():
        click.echo(f"  {parameter} = {value}")
    click.echo(
        f"The page asks to acknowledge {' and '.join(CAPABILITIES)}: the templates make roles, which AWS names, "
        "and the console asks for the second wherever stacks are nested; there is no macro in them."
    )
    click.echo(f"The template alone is at {published.template_url}")


def make_roles(account: "Account") -> None:
    """Make the roles that AWS's services need, whatever is launched; who may not is told who has to."""
    from deployment import service_roles
    from deployment.account import DeploymentError

    try:
        created = service_roles.create_missing(account.iam, service_roles.ALL)
    except DeploymentError as error:
        commands = "".join(f"\n  {role.command}" for role in service_roles.ALL)
        click.echo(f"{error}\nBefore the launch, the account needs the roles of all these, once:{commands}", err=True)
        return
    for name in created:
        click.echo(f"Made the role {name}", err=True)


@contextmanager
def collected(*, learning: bool = False) -> Iterator[Path]:
    """A folder with the archives for all machines, made of this checkout, for as long as the context lasts.

    Args:
        learning: Whether workers can train models.

    Raises:
        WheelsError: a wheel cannot be had.
    """
    from deployment import archives

    with tempfile.TemporaryDirectory() as folder:
        click.echo("Collecting packages and scripts, which takes a minute when they are new", err=True)
        archives.make(CHECKOUT, Path(folder), (*archives.workers(learning=learning), archives.WORKSTATION))
        yield Path(folder)


@contextmanager
def collected_for_image(of: str, machines: "Sequence[Machine]") -> Iterator[Path]:
    """A folder with the archives for an image on x86-64, for as long as the context lasts.

    They are large, and no machine fetches them: so they are made where that image is built, and go into no bucket.

    Args:
        of: Whose image.
        machines: For which processors there are archives.

    Raises:
        WheelsError: a wheel cannot be had.
    """
    from deployment import archives

    with tempfile.TemporaryDirectory() as folder:
        click.echo(f"Collecting packages for the image of {of}, which takes a minute when they are new", err=True)
        [machine] = [each for each in machines if each.processor == "x86_64"]
        archives.make(CHECKOUT, Path(folder), [machine])
        yield Path(folder)


def publish(account: "Account", bucket: str, folder: Path) -> "Published":
    """Bring what the bucket lacks of archives, scripts and templates into it, and show how far that is.

    Raises:
        DeploymentError
    """
    from deployment import artefacts
    from spotmc.progress_bar import progress_bar

    files = artefacts.files_of(folder)
    sending = artefacts.missing(account.s3, bucket, region=account.region, files=files)
    click.echo(
        f"Sending {len(sending.files)} files, {sending.size / 1e6:,.1f} MB, to the bucket {bucket}; "
        f"{len(files) - len(sending.files)} are there already",
        err=True,
    )
    with progress_bar(sending.size, "Sending", of_bytes=True) as bar:
        artefacts.send(account.s3, sending, bar)
    return sending.place
