"""Stops this SageMaker notebook instance when nobody has used it for an hour: stopped, it costs its disk alone.

A kernel that computes counts as use, and so does whatever a kernel or a terminal has shown within the hour; a browser
that is open does not.  Where Jupyter gives no answer, nobody can be using it, and the hour goes on.
"""

import json
import os
import ssl
import subprocess
import sys
import time
import urllib.request
from datetime import datetime
from pathlib import Path

IDLE_SECONDS = 3600

# Jupyter has a certificate of its own making, for the proxy that lets people in; nothing secret is sent to it.
JUPYTER = os.environ.get("SPOTMC_JUPYTER", "https://localhost:8443")
STARTED = Path(os.environ.get("SPOTMC_STARTED", "/run/spotmc-started"))


def asked(what):
    """What Jupyter says of its kernels or terminals; nothing where it does not answer."""
    context = ssl._create_unverified_context() if JUPYTER.startswith("https") else None
    try:
        with urllib.request.urlopen(f"{JUPYTER}/api/{what}", timeout=20, context=context) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:
        print(f"Jupyter does not tell its {what}: {error}")
        return []


def last_used(now):
    """In seconds since 1970."""
    times = [STARTED.stat().st_mtime]
    for each in [*asked("kernels"), *asked("terminals")]:
        if each.get("execution_state") == "busy":
            return now
        times.append(datetime.strptime(each["last_activity"][:19] + "+0000", "%Y-%m-%dT%H:%M:%S%z").timestamp())
    return max(times)


def main():
    now = time.time()
    idle = now - last_used(now)
    print(f"Nobody has used it for {idle / 60:.0f} minutes")
    if idle < IDLE_SECONDS:
        return 0
    notebook, region = os.environ["SPOTMC_NOTEBOOK"], os.environ["AWS_REGION"]
    command = ["aws", "sagemaker", "stop-notebook-instance", "--notebook-instance-name", notebook, "--region", region]
    return subprocess.run(command, check=False).returncode  # the timer tries again


if __name__ == "__main__":
    sys.exit(main())
