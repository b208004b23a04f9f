"""``serve``: host what a job has left, by the contract of SageMaker's endpoints and transform jobs.

SPOTMC_OPT_ML            root of the contract, /opt/ml unless it is set
SPOTMC_BIND              address and port, 0.0.0.0:8080 unless it is set
SAGEMAKER_BIND_TO_PORT   port, where several containers share an endpoint
SAGEMAKER_MODEL_SERVER_WORKERS   processes, one for each core unless it is set
SAGEMAKER_MAX_PAYLOAD_IN_MB      of a transform job: the largest request, 6 unless it is set
"""

import gc
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from container.errors import HostingError
from container.hosted import hosted_from
from container.opt_ml import OptMl
from montecarlo.experiments.parallel import available_cores

PORT = 8080
MOST_WORKERS = 64
PAYLOAD_MB, MOST_PAYLOAD_MB = 6, 100  # of an invoked endpoint, and of a transform job
MEGABYTE = 2**20


@dataclass(frozen=True)
class Environment:
    """
    Attributes:
        folder: Where the artefacts lie.
        bind: Address and port.
        workers: Processes.
        payload_mb: Of a request, at most.
    """

    folder: Path
    bind: str
    workers: int
    payload_mb: int

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        """
        Raises:
            HostingError: one of the variables cannot be used.
        """
        port = _whole(variables, "SAGEMAKER_BIND_TO_PORT", PORT, 65535)
        payload = _whole(variables, "SAGEMAKER_MAX_PAYLOAD_IN_MB", PAYLOAD_MB, MOST_PAYLOAD_MB, least=0)
        return cls(
            folder=OptMl.of(variables).model,
            bind=variables.get("SPOTMC_BIND") or f"0.0.0.0:{port}",
            workers=_whole(variables, "SAGEMAKER_MODEL_SERVER_WORKERS", available_cores(), MOST_WORKERS),
            payload_mb=max(payload or MOST_PAYLOAD_MB, PAYLOAD_MB),  # 0 lets a transform job send all at once
        )


def main() -> int:
    """Serve until SIGTERM comes; what is asked by then is answered.

    Returns:
        1 where there is nothing to serve; a sentence on stderr says why.
    """
    try:
        told = Environment.of(os.environ)
        hosted = hosted_from(told.folder, os.environ)
    except HostingError as error:
        print(f"serve: {error}", file=sys.stderr)
        return 1
    # What needs Flask and gunicorn; a wrong artefact is told of without them.
    from container.app import create_app
    from container.serving import MOST_LARGE, Server

    app = create_app(hosted, most_bytes=told.payload_mb * MEGABYTE, most_large=MOST_LARGE, at_once=told.workers)
    print(f"Serving {hosted.strategy} on {told.bind}, with {told.workers} processes", flush=True)
    gc.collect()
    gc.freeze()  # so that processes go on sharing what is there when they begin
    Server(app, told.bind, told.workers).run()
    return 0


def _whole(variables: Mapping[str, str], name: str, usual: int, most: int, least: int = 1) -> int:
    text = variables.get(name, "").strip()
    if not text:
        return min(usual, most)
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        raise HostingError(f"{name} must be a whole number from {least} to {most:,}, not {text[:40]!r}")
    return int(text)
