"""``spotmc web``: the web UI."""

import os
import secrets
import socket
import sys
import threading
from contextlib import ExitStack
from typing import Any

import click

from spotmc import options

BACKLOG = 1024  # connections that the system takes before we do
LINK_VARIABLE = "SPOTMC_WEB_ONE_TIME_LINK"  # the last part of a link that somebody else prints
_LOCAL_NAMES = ["127.0.0.1", "localhost"]


@click.command()
@click.option(
    "--port", type=options.WholeFrom(0, 65535), default=8080, help="Port to listen on; 0 takes any that is free."
)
@click.option("--host", default="127.0.0.1", help="Address to listen on; others than 127.0.0.1 let other machines in.")
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False),
    envvar="SPOTMC_WEB_CERTIFICATE",
    show_envvar=True,
    help="PEM file with a certificate chain and its key, for HTTPS.",
)
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False),
    envvar="SPOTMC_WEB_PASSWORD_FILE",
    show_envvar=True,
    help="File with the password for logging in.",
)
@click.option(
    "--one-time-link",
    is_flag=True,
    help="Let in only the browser that opens the printed link first: for a machine that other people use, too.",
)
def command(port: int, host: str, certificate: str | None, password_file: str | None, *, one_time_link: bool) -> None:
    """Serve the web UI until Ctrl-C.

    People at this machine need no password. Others are let in over HTTPS only, and have to log in: that takes a
    certificate, and a password of 12 characters or more.

    Queue and bucket come from AWS_REGION, SPOTMC_QUEUE_URL and SPOTMC_BUCKET, or are set on its page Configuration,
    which is kept in the folder SPOTMC_WEB_DATA (~/.local/share/spotmc).
    """
    from spotmc.errors import as_click_errors
    from spotmc.folder_in_use import FolderInUseError, claimed

    local = host in _LOCAL_NAMES
    if not local and not (certificate and password_file):
        raise click.UsageError(
            f"--host {host} lets other machines in: give it a --certificate and a --password-file, too"
        )
    if one_time_link and password_file:
        raise click.UsageError("--one-time-link and --password-file exclude each other")
    listener = _listen(host, port)
    # A page of another site whose name was made to lead to this machine is not let in.
    config: dict[str, Any] = {"TRUSTED_HOSTS": _LOCAL_NAMES} if local else {}
    if password_file:
        config["ENVIRONMENT"] = os.environ | {"SPOTMC_WEB_PASSWORD_FILE": password_file}
    secret = os.environ.get(LINK_VARIABLE, "") or (secrets.token_urlsafe() if one_time_link else "")
    if secret:
        config["ENVIRONMENT"] = os.environ | {LINK_VARIABLE: secret}
    # All that can be wrong is found before anything is said to be there.
    with as_click_errors():
        from webui import create_app
        from webui.serving.server import serve, tls
        from webui.warm_up import warm_up

        context = tls(certificate) if certificate else None
        application = create_app(config)
    url = f"{'https' if certificate else 'http'}://{host}:{listener.getsockname()[1]}"
    with ExitStack() as stack:
        folder = application.extensions["data_folder"].path
        try:
            stack.enter_context(claimed(folder, f"web UI on {url}"))
        except FolderInUseError as error:
            click.echo(f"{folder} is also used by {error}: what is saved as configuration counts for both", err=True)
        link = f"/login/{secret}, which works once" if one_time_link else ""
        click.echo(f"Web UI on {url}{link} (Ctrl-C stops it)")
        threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
        serve(application, listener, context)
    # Nobody waits for threads that still wait for prices or a bucket.
    sys.stdout.flush()
    os._exit(0)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        raise click.ClickException(
            f"cannot listen on port {port} of {host}: {reason}; choose another --port"
        ) from error
