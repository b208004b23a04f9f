"""What lists of jobs tell of each that is complete, looked up once: neither a job nor what came of it ever changes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from fleet import keys, reading
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, UnreadableObjectError
from fleet.job_store import load_job
from fleet.listing import Listed
from fleet.progress import Status
from webui.once import Once
from webui.results.kind import Figure
from webui.results.kinds import KINDS

REMEMBERED = 500  # jobs, and what came of so many

_REQUESTS_AT_ONCE = 8


def figures_of(bucket: Bucket, found: Listed) -> dict[str, Sequence[Figure] | str]:
    """What came of those that are complete; or why that cannot be told."""

    def look(status: Status) -> Sequence[Figure] | str:
        try:
            return _figures(bucket, status.id, status.job.experiment.kind)
        except (MissingObjectError, UnreadableObjectError) as error:
            return str(error)

    complete = [each for each in found.rows if isinstance(each, Status) and each.state == "complete"]
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        return dict(zip((each.id for each in complete), pool.map(look, complete), strict=True))


def _read_figures(bucket: Bucket, job_id: str, kind: str) -> Sequence[Figure]:
    return reading.read(bucket, keys.summary_key(job_id), KINDS[kind].figures)


load_remembered = Once(load_job, most=REMEMBERED)
_figures = Once(_read_figures, most=REMEMBERED)
