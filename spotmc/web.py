"""``spotmc web``: the web UI."""

import socket
from typing import Any

import click

_THREADS = 8  # one is busy for as long as a price history is fetched or rows are downloaded
_LOCAL_NAMES = ["127.0.0.1", "localhost"]


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, help="Port to listen on; 0 takes any that is free."
)
@click.option("--host", default="127.0.0.1", help="Address to listen on; others than 127.0.0.1 let other machines in.")
def command(port: int, host: str) -> None:
    """Serve the web UI until Ctrl-C.

    It has no passwords: whoever can reach it can send jobs. Queue and bucket come from AWS_REGION, SPOTMC_QUEUE_URL and
    SPOTMC_BUCKET, or are set on its page Configuration, which is kept in the folder SPOTMC_WEB_DATA
    (~/.local/share/spotmc).
    """
    try:
        listener = socket.create_server((host, port), backlog=128)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        raise click.ClickException(
            f"cannot listen on port {port} of {host}: {reason}; choose another --port"
        ) from error
    click.echo(f"Web UI on http://{host}:{listener.getsockname()[1]} (Ctrl-C stops it)")
    # A page of another site whose name was made to lead to this machine is not let in.
    local = host in _LOCAL_NAMES
    _serve(listener, {"TRUSTED_HOSTS": _LOCAL_NAMES} if local else {})


def _serve(listener: socket.socket, config: dict[str, Any]) -> None:
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
    from gunicorn.errors import AppImportError  # type: ignore[import-untyped]

    settings = {
        "bind": f"fd://{listener.detach()}",
        "worker_class": "gthread",
        "threads": _THREADS,
        "loglevel": "warning",
        "control_socket_disable": True,
    }

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            # In the worker process, so that the one that watches over it stays small.
            from webui import create_app

            try:
                return create_app(config)
            except OSError as error:
                raise AppImportError(f"the data folder of the web UI cannot be used: {error}") from error

    Server().run()
