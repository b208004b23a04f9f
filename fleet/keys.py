"""Where everything stands in the bucket.

prices/<sha256>.csv               price snapshots, named by their content
rules/<sha256>.py                 people's own rules, likewise
models/<sha256>.json              trained models, likewise
named-models/<name>.json          which of them a person has kept under that name
history/daily/<symbol>/bars.csv   daily bars that were kept under their symbol, which is written as ``history_folder``
                                  says; alone there, because Athena reads whatever lies in a folder
traders/, trader-accounts/        what traders on paper have left: see ``fleet.traders.keys``
history/about/<symbol>.json       where they came from, and the digest of what they may be
submissions/<newest first>-<job>  one empty object for each job, so that the newest jobs can be listed at once
jobs/<job>/job.json               the job
jobs/<job>/submitted.json         when it was submitted first
jobs/<job>/sent.json              its messages are on the queue
jobs/<job>/sent-<shard>.json      so are those of a later round
jobs/<job>/running.json           a worker has begun
jobs/<job>/lacking.json           what a worker lacked to do it, and so left it to others
jobs/<job>/cancelled.json         nobody wants it any more
jobs/<job>/progress/<worker>.json how far the chunks are that a worker has in hand, with what they amount to so far
jobs/<job>/failures/<shard>/…     why workers could not do a shard; a shard is <first>-<stop>
jobs/<job>/dead/<shard>.json      it was given up: its message is in the dead-letter queue
jobs/<job>/paths/<shard>.csv      rows of a chunk of a simulation
jobs/<job>/returns/<shard>.f64    the same of a sweep; in a job that does not promise the same bits everywhere, a rows'
                                  name ends in the attempt that made them
jobs/<job>/records/<shard>.json   who computed a chunk, when and how long
jobs/<job>/tallies/…/<shard>.json the partial result of a shard: of a chunk written after its rows, of a larger shard
                                  when those of all that it is cut into are there; in a folder for each shard above it,
                                  so that a listing of one folder tells which shards are done and which have begun.
                                  Directly in tallies/ lie those of the rounds, and of all until the end of each
jobs/<job>/…                      the results; summary.csv is written last: the job is complete
tables/<table>/<job>/<table>.csv  the results once more, in the forms and folders that a database reads; written before
                                  the results themselves
workers/<worker>.json             that a worker is there, and what it does; deleted by the bucket after a day
sagemaker/<job>/…                 of a training job of SageMaker: input/ has a rule of a person's own, under its name,
                                  output/model.tar.gz the results, checkpoints/ what it goes on with when interrupted

The bucket is other people's, too: consoles make empty objects for folders, and people leave notes.  What has no name of
these is not ours and is passed over, everywhere (``is_ours`` and the readings of keys below, which give None).  What
has one and cannot be read is told about its job: see ``fleet.reading``.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from fleet.tree import Range
from montecarlo.data.history import SYMBOL_PATTERN
from montecarlo.experiments.experiment import SUMMARY, RowsFormat
from montecarlo.trained.model import NAME as MODEL_NAME

JOB_ID = re.compile(r"[A-Za-z0-9-]{1,44}-[0-9a-f]{12}")  # of format 1, too, with two windows before the digits

_END_OF_TIME = 10**13  # milliseconds since 1970: the year 2286

JOB, SUBMITTED, SENT, RUNNING, CANCELLED = ("job.json", "submitted.json", "sent.json", "running.json", "cancelled.json")
LACKING = "lacking.json"
_ROUND_SENT = "sent-"
FAILURES, DEAD, RECORDS, TALLIES, PROGRESS = "failures/", "dead/", "records/", "tallies/", "progress/"
ROWS = ("paths/", "returns/")

JOBS, SUBMISSIONS, WORKERS = "jobs/", "submissions/", "workers/"
TABLES = "tables/"
NAMED_MODELS = "named-models/"
HISTORY = "history/"
DAILY, ABOUT = f"{HISTORY}daily/", f"{HISTORY}about/"
BARS = "bars.csv"
SAGEMAKER = "sagemaker/"
TRADERS, TRADER_ACCOUNTS = "traders/", "trader-accounts/"

INPUTS = {"prices": ("prices/", ".csv"), "rule": ("rules/", ".py"), "model": ("models/", ".json")}
"""Folder and ending of each kind of content that a job may need."""

# S3 advises against some characters of symbols in keys, and engines that read folders as tables write some of them
# otherwise, and pass over what begins with a dot or an underscore.  A symbol has no small letters in the bucket.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_SPELT = {"^": "caret", "=": "equals", "&": "and"}
_SPELT_FIRST = {".": "dot", "_": "underscore"}
_READ = re.compile("|".join((*_SPELT.values(), *(f"^{word}" for word in _SPELT_FIRST.values()))))
_LATER = "|".join(("[A-Z0-9-]", *_SPELT.values()))
_HISTORY = rf"(?:{_LATER}|{'|'.join(_SPELT_FIRST.values())})(?:{_LATER}|[._]){{0,31}}"

# Characters of ASCII only: a name may have 255 bytes on disk, and digits of other scripts are none of ours.
_SHARD = r"[0-9]{1,19}-[0-9]{1,19}"
_PLAIN = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_ATTEMPT = re.compile(r"[0-9a-z]{1,32}")
_WORKER_AT_MOST = 72  # characters of a worker's name in a key
_WORKER = rf"[A-Za-z0-9._-]{{1,{_WORKER_AT_MOST}}}\.json"
TRADER_NAME = r"[a-z0-9][a-z0-9-]{0,31}"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NAMED_BY_SHARD = re.compile(rf"([0-9]{{1,19}})-([0-9]{{1,19}})(?:-{_ATTEMPT.pattern})?\.[a-z0-9]{{1,8}}")

IN_A_JOB = {
    FAILURES: rf"(?:{_SHARD}/)?[0-9]{{8}}T[0-9]{{6}}[A-Za-z0-9._-]{{1,80}}\.json",
    DEAD: rf"{_SHARD}\.json",
    RECORDS: rf"{_SHARD}\.json",
    PROGRESS: _WORKER,
    TALLIES: rf"(?:{_SHARD}/)*{_SHARD}\.json",
    **dict.fromkeys(ROWS, rf"{_SHARD}(?:-{_ATTEMPT.pattern})?\.[a-z0-9]{{1,8}}"),
    "": r"[A-Za-z0-9_-]{1,64}\.[a-z0-9]{1,8}",
}
"""What the names in each folder of a job's folder are like; directly in it lie the job, notes about it, and results."""

PREFIXES = {
    **{before: rf"[0-9a-f]{{64}}{re.escape(after)}" for before, after in INPUTS.values()},
    NAMED_MODELS: rf"{MODEL_NAME.pattern}\.json",
    ABOUT: rf"{_HISTORY}\.json",
    DAILY: rf"{_HISTORY}/{re.escape(BARS)}",
    SUBMISSIONS: rf"[0-9]{{13}}-{JOB_ID.pattern}",
    WORKERS: _WORKER,
    TABLES: rf"(?P<table>[a-z_]{{1,32}})/{JOB_ID.pattern}/(?P=table)\.csv",
    JOBS: rf"{JOB_ID.pattern}/(?:{'|'.join(folder + name for folder, name in IN_A_JOB.items())})",
    TRADERS: (
        rf"kill\.json|{TRADER_NAME}/(?:(?:trader|lease|halt|kill|paper-account)\.json|(?:backtest-)?trades\.csv|"
        rf"days/{_DATE}\.json|orders/{_DATE}/[A-Za-z0-9._-]{{1,128}}\.json|report/[0-9]{{4}}\.csv|"
        rf"halts/[0-9]{{8}}T[0-9]{{6}}\.[0-9]{{6}}\.json)"
    ),
    TRADER_ACCOUNTS: rf"[A-Za-z0-9_-]{{1,64}}/{_HISTORY}\.json",
    SAGEMAKER: rf"[A-Za-z0-9][A-Za-z0-9-]{{0,62}}/(?:input|output|checkpoints)/(?:{_PLAIN}/){{0,3}}{_PLAIN}",
}
"""What stands in the bucket, and what the rest of each key is like."""

_OURS = re.compile("|".join(f"{re.escape(prefix)}(?:{rest})" for prefix, rest in PREFIXES.items()))


def is_ours(key: str) -> bool:
    """Whether it is a key of those above."""
    return _OURS.fullmatch(key) is not None


def is_passing(key: str) -> bool:
    """Whether it is of what workers say of themselves, which is worth nothing a few minutes later."""
    return key.startswith(WORKERS) or (key.startswith(JOBS) and key.split("/")[2:-1] == [PROGRESS.rstrip("/")])


def input_key(what: str, digest: str) -> str:
    before, after = INPUTS[what]
    return f"{before}{digest}{after}"


def sagemaker_folder(job: str) -> str:
    """Of a training job."""
    return f"{SAGEMAKER}{job}/"


def sagemaker_input(job: str, channel: str) -> str:
    """The folder of a channel, for what has to keep its name; the rest lies under its digest."""
    return f"{sagemaker_folder(job)}input/{channel}/"


def sagemaker_checkpoints(job: str) -> str:
    return f"{sagemaker_folder(job)}checkpoints"


def named_model_key(name: str) -> str:
    return f"{NAMED_MODELS}{name}.json"


def model_name_of(key: str) -> str | None:
    """The name in the key of a named model; None where it is no such key."""
    if not key.startswith(NAMED_MODELS) or not is_ours(key):
        return None
    return key.removeprefix(NAMED_MODELS).removesuffix(".json")


def history_folder(symbol: str) -> str:
    """What the folder of a symbol's bars is called: "AAPL", but "caretGSPC" of ^GSPC and "EURUSDequalsX" of EURUSD=X.

    Letters of a symbol are capitals there, so what is spelt in small ones cannot be taken for them.
    """
    spelt = "".join(_SPELT.get(each, each) for each in symbol.upper())
    return _SPELT_FIRST.get(spelt[:1], spelt[:1]) + spelt[1:]


def history_symbol(folder: str) -> str | None:
    """The symbol whose folder is called that; None where it is the name of no such folder."""
    back = {word: each for each, word in (*_SPELT.items(), *_SPELT_FIRST.items())}
    symbol = _READ.sub(lambda found: back[found[0]], folder)
    return symbol if SYMBOL_PATTERN.fullmatch(symbol) and history_folder(symbol) == folder else None


def bars_key(symbol: str) -> str:
    """Of the daily bars that were kept."""
    return f"{DAILY}{history_folder(symbol)}/{BARS}"


def about_key(symbol: str) -> str:
    """Of what is told of them."""
    return f"{ABOUT}{history_folder(symbol)}.json"


def symbol_of(key: str) -> str | None:
    """The symbol in the key of bars that were kept, or of what is told of them; None where it is no such key."""
    if key.startswith(DAILY):
        return history_symbol(key.removeprefix(DAILY).removesuffix(f"/{BARS}"))
    return history_symbol(key.removeprefix(ABOUT).removesuffix(".json")) if key.startswith(ABOUT) else None


def folder(job_id: str) -> str:
    return f"{JOBS}{job_id}/"


def job_key(job_id: str) -> str:
    return folder(job_id) + JOB


def submitted_key(job_id: str) -> str:
    return folder(job_id) + SUBMITTED


def sent_key(job_id: str) -> str:
    return folder(job_id) + SENT


def round_sent_key(job_id: str, shard: Range) -> str:
    """Of a round, which is all of the shard."""
    return f"{folder(job_id)}{_ROUND_SENT}{shard}.json"


def is_round_sent(name: str) -> bool:
    """Whether it is such a name in the folder of a job."""
    return name.startswith(_ROUND_SENT)


def running_key(job_id: str) -> str:
    return folder(job_id) + RUNNING


def lacking_key(job_id: str) -> str:
    return folder(job_id) + LACKING


def cancelled_key(job_id: str) -> str:
    return folder(job_id) + CANCELLED


def table_key(table: str, job_id: str) -> str:
    """Of what a job adds to a table: a table reads all that is in a folder, so each has its own."""
    return f"{TABLES}{table}/{job_id}/{table}.csv"


def summary_key(job_id: str) -> str:
    return result_key(job_id, SUMMARY)


def dead_folder(job_id: str) -> str:
    return folder(job_id) + DEAD


def dead_key(job_id: str, shard: Range) -> str:
    return f"{dead_folder(job_id)}{shard}.json"


def failures_folder(job_id: str, shard: Range | None = None) -> str:
    """Of one shard, or of all."""
    return folder(job_id) + FAILURES + (f"{shard}/" if shard else "")


def failure_key(job_id: str, shard: Range, when: datetime, worker: str) -> str:
    """Failures of a shard in the order of their keys are in the order of time."""
    return f"{failures_folder(job_id, shard)}{when.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{_named(worker)}.json"


def progress_folder(job_id: str) -> str:
    return folder(job_id) + PROGRESS


def progress_key(job_id: str, worker: str) -> str:
    return f"{progress_folder(job_id)}{_named(worker)}.json"


def worker_key(worker: str) -> str:
    return f"{WORKERS}{_named(worker)}.json"


def result_key(job_id: str, name: str) -> str:
    return folder(job_id) + name


def rows_key(job_id: str, rows: RowsFormat, shard: Range, attempt: str = "") -> str:
    """Of a shard; ``attempt`` tells apart those that may differ."""
    return f"{folder(job_id)}{rows.folder}/{shard}{f'-{attempt}' if attempt else ''}{rows.suffix}"


def records_folder(job_id: str) -> str:
    return folder(job_id) + RECORDS


def record_key(job_id: str, shard: Range) -> str:
    return f"{records_folder(job_id)}{shard}.json"


def tallies_folder(job_id: str, shards: Iterable[Range] = ()) -> str:
    """What the tallies of a shard's children lie in: the shard is given last, after all that it is a part of."""
    return folder(job_id) + TALLIES + "".join(f"{shard}/" for shard in shards)


def tally_key(job_id: str, shard: Range, above: Iterable[Range]) -> str:
    """Of a shard that is a part of those above it, the largest of which comes first."""
    return f"{tallies_folder(job_id, above)}{shard}.json"


def range_of(key: str) -> Range | None:
    """The shard in the key of its rows, its record, its tally or its giving up; None where it has no such name."""
    found = _NAMED_BY_SHARD.fullmatch(key.rpartition("/")[2])
    return Range(int(found[1]), int(found[2])) if found else None


def is_attempt(text: str) -> bool:
    """Whether it may stand in a key as what tells attempts apart."""
    return _ATTEMPT.fullmatch(text) is not None


def submission_key(job_id: str, when: datetime) -> str:
    """Keys are listed in their order: that of the newest submission comes first."""
    return f"{SUBMISSIONS}{_END_OF_TIME - round(when.timestamp() * 1000):013d}-{job_id}"


def submission_of(key: str) -> tuple[str, datetime] | None:
    """Job and time in the key of a submission; None where it is no such key."""
    if not key.startswith(SUBMISSIONS) or not is_ours(key):
        return None
    number, job_id = key.removeprefix(SUBMISSIONS).split("-", 1)
    return job_id, datetime.fromtimestamp((_END_OF_TIME - int(number)) / 1000, UTC)


def _named(worker: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", worker)[:_WORKER_AT_MOST]
