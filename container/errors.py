"""What can go wrong before anything is served."""


class HostingError(Exception):
    """There is nothing to serve, or it cannot be served; the message says why, and what to do."""
