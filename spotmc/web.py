"""``spotmc web``: the web UI."""

import os
import socket
from typing import Any

import click

from spotmc import options

_THREADS = 8  # one is busy for as long as a price history is fetched or rows are downloaded
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
def command(port: int, host: str, certificate: str | None, password_file: str | None) -> None:
    """Serve the web UI until Ctrl-C.

    People at this machine need no password. Others are let in over HTTPS only, and have to log in: that takes a
    certificate, and a password of 12 characters or more.

    Queue and bucket come from AWS_REGION, SPOTMC_QUEUE_URL and SPOTMC_BUCKET, or are set on its page Configuration,
    which is kept in the folder SPOTMC_WEB_DATA (~/.local/share/spotmc).
    """
    import gunicorn  # type: ignore[import-untyped]  # noqa: F401  # before anything is said to be there

    local = host in _LOCAL_NAMES
    if not local and not (certificate and password_file):
        raise click.UsageError(
            f"--host {host} lets other machines in: give it a --certificate and a --password-file, too"
        )
    try:
        listener = socket.create_server((host, port), backlog=128)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        raise click.ClickException(
            f"cannot listen on port {port} of {host}: {reason}; choose another --port"
        ) from error
    click.echo(f"Web UI on {'https' if certificate else 'http'}://{host}:{listener.getsockname()[1]} (Ctrl-C stops it)")
    # A page of another site whose name was made to lead to this machine is not let in.
    config: dict[str, Any] = {"TRUSTED_HOSTS": _LOCAL_NAMES} if local else {}
    if password_file:
        config["ENVIRONMENT"] = os.environ | {"SPOTMC_WEB_PASSWORD_FILE": password_file}
    _serve(listener, certificate, config)


def _serve(listener: socket.socket, certificate: str | None, config: dict[str, Any]) -> None:
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
    from gunicorn.errors import AppImportError  # type: ignore[import-untyped]

    settings = {
        "bind": f"fd://{listener.detach()}",
        "worker_class": "gthread",
        "threads": _THREADS,
        "graceful_timeout": 3,  # seconds for what is still asked when it is told to stop
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    if certificate:
        settings |= {"certfile": certificate, "keyfile": certificate}

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            # In the worker process, so that the one that watches over it stays small.
            from fleet.errors import SettingsError
            from webui import create_app

            try:
                return create_app(config)
            except OSError as error:
                raise AppImportError(f"the data folder of the web UI cannot be used: {error}") from error
            except SettingsError as error:
                raise AppImportError(str(error)) from error

    Server().run()
