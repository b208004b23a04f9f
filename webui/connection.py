"""The queue and the bucket that the pages talk to, as the environment and the Configuration page name them."""

from collections.abc import Mapping
from functools import partial

from flask import current_app

from fleet.bucket import Bucket
from fleet.queue import Queue
from fleet.settings import Settings
from fleet.settings import own_rules_allowed as allowed
from webui.datafolder import DataFolder
from webui.once import Once


def environment() -> Mapping[str, str]:
    """Environment of the process, without what the Configuration page overrides."""
    variables: Mapping[str, str] = current_app.config["ENVIRONMENT"]
    return variables


def data_folder() -> DataFolder:
    folder: DataFolder = current_app.extensions["data_folder"]
    return folder


def settings() -> Settings:
    """
    Raises:
        SettingsError: queue, bucket or region are not named anywhere.
    """
    return Settings.from_environment({**environment(), **data_folder().configuration()})


def own_rules_allowed() -> bool:
    """Whether people's own rules may be tried here; what the variable may say was looked at before the first page."""
    return allowed(environment())


def queue() -> Queue:
    """
    Raises:
        SettingsError, QueueError
    """
    return _queue(settings())


def bucket() -> Bucket:
    """
    Raises:
        SettingsError, BucketError
    """
    return _bucket(settings())


# A client takes a tenth of a second to make, and may be shared between threads.
_queue = Once(partial(Queue.connect, for_a_page=True), most=1)
_bucket = Once(partial(Bucket.connect, for_a_page=True), most=1)
