"""Why a trader stops trading in the middle of something."""


class HaltError(Exception):
    """It is not certain how things stand, or a limit is reached; the message says what, and what a person does next."""


class KilledError(Exception):
    """The kill switch is on."""


class StoppedError(Exception):
    """The process was told to end."""
