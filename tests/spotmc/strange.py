"""What a bucket may hold when others use it, too: damaged objects of ours, and objects that are none."""

import gzip
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fleet import keys

Random = random.Random

STRAY_NAMES = (
    "",
    "/",
    "x-y",
    "notes.txt",
    "readme.md",
    "0-5.json",
    "0-5.csv",
    "5-0.json",
    "0-0.json",
    "99999999999999999999-1.json",
    "9999999999999999999-9999999999999999999.json",
    "0-1024.json/",
    "0-1024/",
    ".json",
    "-.json",
    "--",
    "..",
    "../../escaped.json",
    "a b.json",
    "é☃.json",
    "\u202egnp.json",
    "0000000000000-",
    "0000000000000-x",
    "x" * 300 + ".json",
    "20260101T000000" + "😀" * 80 + ".json",
    "\u0660-\u0665.json",
    "\u0660-\u0665/",
    "%2e%2e%2f",
    "<b>.json",
    "summary.csv/",
    "job.json.bak",
)
"""Of objects that somebody else puts into a folder."""


def somewhere_else(content: bytes, choose: Random) -> bytes:
    """JSON with another value in one of its places, or with one thing less."""
    try:
        values = json.loads(content)
    except ValueError:
        return junk(content, choose)
    place, name = choose.choice(list(_places([values])))
    if isinstance(place, dict) and choose.random() < 0.2:
        del place[name]
    else:
        place[name] = choose.choice(_ODD_VALUES)
    return json.dumps(values).replace('"1e400"', "1e400").encode(errors="surrogatepass")


def _places(values: Any) -> Iterable[tuple[Any, Any]]:
    inner = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for name, value in inner:
        yield values, name
        yield from _places(value)


_ODD_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 10**4000, -0.0, 1e308, float("nan"), float("-inf"), "1e400", "", "x", "0x" + "f" * 5000,
    "\ud800", "\x00", "\x1b[31m", "9999-12-31T23:59:59+00:00", "0001-01-01", "x" * 100_000, [], [[]], [1],
    [[1], [2, 3]], {}, {"at": []}, {"name": "normal"},
)  # fmt: skip


def junk(content: bytes, choose: Random) -> bytes:
    return choose.randbytes(max(len(content), 40))


def cut(content: bytes, choose: Random) -> bytes:
    return content[: choose.randrange(max(len(content), 1))]


def flipped(content: bytes, choose: Random) -> bytes:
    if not content:
        return b"\x00"
    at = choose.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << choose.randrange(8)]) + content[at + 1 :]


def fewer_lines(content: bytes, choose: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(line for line in lines if choose.random() < 0.7)


def other_numbers(content: bytes, choose: Random) -> bytes:
    """A table with something else in one of its cells."""
    cells = content.split(b",")
    cells[choose.randrange(len(cells))] = choose.choice(
        (b"", b"nan", b"-inf", b"1e400", b"9" * 5000, b"x", b'"', b"\n")
    )
    return b",".join(cells)


def always(content: bytes) -> Callable[[bytes, Random], bytes]:
    return lambda _, __: content


DAMAGES: dict[str, Callable[[bytes, Random], bytes]] = {
    "empty": always(b""),
    "junk": junk,
    "cut": cut,
    "a bit flipped": flipped,
    "another value": somewhere_else,
    "fewer lines": fewer_lines,
    "another cell": other_numbers,
    "twice": lambda content, _: content + content,
    "compressed": lambda content, _: gzip.compress(content),
    "UTF-16": lambda content, _: content.decode(errors="replace").encode("utf-16"),
    "Latin-1": always('{"at": "après"}'.encode("latin-1")),
    "a list": always(b"[]"),
    "an object": always(b"{}"),
    "null": always(b"null"),
    "a number": always(b"5"),
    "a text": always(b'"at"'),
    "NaN": always(b'{"at": NaN, "reason": Infinity, "paths": -Infinity}'),
    "huge numbers": always(b'{"paths": 1e400, "at": ' + b"9" * 10_000 + b"}"),
    "deep": always(b"[" * 100_000),
    "deep objects": always(b'{"at":' * 5_000 + b"1" + b"}" * 5_000),
    "a page": always(b"<!doctype html><script>alert(1)</script>"),
    "a note": always("Don't touch, régis ☃\n".encode()),
    "NUL": always(b"\x00" * 1000),
}
"""What becomes of an object of ours."""


@dataclass(frozen=True)
class Strangeness:
    """One thing that is wrong in the folder of a job; ``content`` is None where the object is gone."""

    key: str
    what: str
    content: bytes | None


def folder_of(key: str) -> str:
    """The folder in ``fleet.keys`` that an object of ours lies in: of all, or of those in a job's folder."""
    prefix = next(each for each in keys.PREFIXES if key.startswith(each))
    if prefix != keys.JOBS:
        return prefix
    _, _, rest = key.removeprefix(prefix).partition("/")
    return prefix + next(each for each in keys.IN_A_JOB if each and rest.startswith(each)) if "/" in rest else prefix


ALL_FOLDERS = {*keys.PREFIXES, *(keys.JOBS + each for each in keys.IN_A_JOB if each)}


def strays(ours: Iterable[str]) -> list[str]:
    """Keys that are not ours, in each folder where something of ours lies, and above these."""
    folders = {key[: at + 1] for key in ours for at, each in enumerate(key) if each == "/"} | {""}
    return [key for each in sorted(folders) for name in STRAY_NAMES if (key := each + name) and not keys.is_ours(key)]


def strangenesses(ours: dict[str, bytes], choose: Random) -> Iterable[Strangeness]:
    """One after the other, without end: of each folder and each object directly in the job's as often as of others."""
    by_folder: dict[str, list[str]] = {}
    for key in ours:
        by_folder.setdefault(folder_of(key) if key.count("/") != 2 else key, []).append(key)
    while True:
        for where in choose.sample(sorted(by_folder), len(by_folder)):
            key = choose.choice(by_folder[where])
            if choose.random() < 0.25:
                stray = key.rpartition("/")[0] + "/" + choose.choice(STRAY_NAMES)
                yield Strangeness(stray, "a stray object", choose.choice((b"", b"note", ours[key])))
            elif choose.random() < 0.05:
                yield Strangeness(key, "gone", None)
            else:
                what = "another value" if choose.random() < 0.4 else choose.choice(sorted(DAMAGES))
                yield Strangeness(key, what, DAMAGES[what](ours[key], choose))
