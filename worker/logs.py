"""The worker's log: one line for each event, whatever is in it, so that a journal shows it whole."""

import logging


class OneLine(logging.Formatter):
    """Events as lines; a traceback, or text that somebody else wrote, cannot begin a new one."""

    def format(self, record: logging.LogRecord) -> str:
        return " | ".join(super().format(record).splitlines())


def log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("botocore").setLevel(logging.WARNING)  # it tells where it found credentials, at every start
