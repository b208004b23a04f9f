"""The recommended job, submitted as a person would: through the form of the web UI."""

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from fleet.new_job import RECOMMENDED
from spotmc.local_stack.processes import StackError

_TOKEN = re.compile(r'<input[^>]*name="csrf_token"[^>]*>')
_VALUE = re.compile(r'value="([^"]*)"')


def submit_through_form(web: str) -> str:
    """Fill in the form at ``web`` with the recommended values and send it off; the job's id.

    Raises:
        StackError: the web UI does not take it.
    """
    browser = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
    )
    try:
        with browser.open(f"{web}/") as page:
            field = _TOKEN.search(page.read().decode())
        token = _VALUE.search(field[0]) if field else None
        if token is None:
            raise StackError(f"the page at {web}/ has no form to submit a job with")
        form = urllib.parse.urlencode({**RECOMMENDED, "csrf_token": token[1]})
        with browser.open(f"{web}/jobs", form.encode()) as page:
            return str(page.url.rsplit("/", 1)[-1])
    except urllib.error.HTTPError as error:
        raise StackError(f"the web UI did not take the job: {error}; open {web}/ and submit it by hand") from error
