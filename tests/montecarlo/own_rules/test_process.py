"""Rules that misbehave: each ends with words for its author, and this process goes on."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent

import numpy as np
import psutil
import pytest

import montecarlo as mc
from montecarlo.own_rules.process import Limits, RuleProcesses
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.strategies.own_rule import OwnRule
from montecarlo.strategies.strategy import COLUMNS
from tests.montecarlo.own_rules.conftest import rule_file
from worker.outcomes import is_of_the_machine

AtHand = Callable[..., OwnRule]
Eventually = Callable[..., None]

CLOSES = np.full((30, COLUMNS), 50.0)
QUICK = Limits(seconds=0.5)
SMALL = Limits(most_bytes=2**29)

REFUSED = "targets must be an array of numbers or truth values in the shape of closes, here .30, 256."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("closes * np.nan", "targets must be -1, 0 or 1 from row 0 on, .* and row 0 has nan in column 0"),
        ("(closes > 0) * 1e9", "row 0 has 1000000000.0 in column 0"),
        ("closes * 0 + 0.5", "row 0 has 0.5"),
        ("closes * 0 - 2", "row 0 has -2 "),
        ("(closes * 0 + 255).astype(np.uint8)", "row 0 has 255"),
        ("np.where(np.arange(256) == 17, 2, np.zeros(closes.shape, int))", "row 0 has 2 in column 17"),
        ("closes[:, :1] > 0", rf"{REFUSED}, not \(30, 1\)"),
        ("closes[1:] > 0", rf"{REFUSED}, not \(29, 256\)"),
        ("1", rf"{REFUSED}, not \(\)"),
        ("None", f"{REFUSED}, and nothing was returned"),
        ("{'targets': closes > 0}", f"{REFUSED}, not a dict: a rule that gives orders calls its first parameter bars"),
        ("(closes > 0).astype(object)", f"{REFUSED}, not one of object"),
        ("closes.astype(complex)", f"{REFUSED}, not one of complex128"),
        ("closes.astype(np.longdouble)", f"{REFUSED}, not one of float128"),
        ("(closes > 0).astype(str)", f"{REFUSED}, not one of <U"),
        ("[[1], [1, 2]]", "ValueError: setting an array element with a sequence"),
    ],
)
def test_what_is_no_target_is_refused_by_row_and_column(at_hand: AtHand, answer: str, message: str) -> None:
    text = f"import numpy as np\ndef targets(closes): return {answer}"
    with pytest.raises(mc.RuleError, match=rf"^my_rule.py.*\n?.*{message}"):
        at_hand(text).targets(CLOSES)


def test_what_is_before_the_first_decision_does_not_count(at_hand: AtHand) -> None:
    text = """
    import numpy as np
    first_decision = 3
    def targets(closes):
        wanted = np.full(closes.shape, np.nan)
        wanted[first_decision:] = -1
        return wanted
    """
    assert at_hand(text).targets(CLOSES[:5, :2]).tolist() == [[0, 0]] * 3 + [[-1, -1]] * 2


@pytest.mark.parametrize("kind", ["bool", "np.int8", "np.int64", "np.float32", "float", "'>f8'"])
def test_targets_may_be_of_any_kind_of_number(at_hand: AtHand, kind: str) -> None:
    text = f"import numpy as np\ndef targets(closes): return (closes > 1).astype({kind})"
    closes = np.array([[1.0, 2.0, 3.0]])
    assert at_hand(text).targets(closes).tolist() == [[0, 1, 1]]


def test_a_rule_is_always_given_the_same_number_of_columns_none_of_which_it_can_change(at_hand: AtHand) -> None:
    text = """
    def targets(closes):
        assert closes.shape[1] == 256 and closes.flags.c_contiguous and not closes.flags.writeable
        return closes == closes[:, -1:]
    """
    wanted = at_hand(text).targets(np.arange(300.0)[None])
    assert np.flatnonzero(wanted[0]).tolist() == [255, 299]
    with pytest.raises(mc.RuleError, match="ValueError: assignment destination is read-only"):
        at_hand("def targets(closes):\n    closes[0] = 1\n    return closes").targets(CLOSES)


def test_a_rule_that_raises_is_told_with_the_last_lines_of_its_own_traceback(at_hand: AtHand) -> None:
    text = """
    import numpy as np

    def targets(closes):
        return averages(closes)

    def averages(closes):
        return np.concatenate([closes, closes[:, 0]])
    """
    with pytest.raises(mc.RuleError) as raised:
        at_hand(text).targets(CLOSES)
    assert str(raised.value).splitlines()[:-1] == [
        "my_rule.py failed:",
        "  my_rule.py, line 5, in targets",
        "    return averages(closes)",
        "  my_rule.py, line 8, in averages",
        "    return np.concatenate([closes, closes[:, 0]])",
    ]
    assert (
        str(raised.value).splitlines()[-1].startswith("ValueError: all the input arrays must have same number of dim")
    )


def test_what_it_raises_is_cut_short(at_hand: AtHand) -> None:
    deep = "def targets(closes): return targets(closes)"
    with pytest.raises(mc.RuleError, match="RecursionError") as raised:
        at_hand(deep).targets(CLOSES)
    assert len(str(raised.value).splitlines()) == 10
    with pytest.raises(mc.RuleError, match="ValueError: xxx") as raised:
        at_hand("def targets(closes): raise ValueError('x' * 10**6)").targets(CLOSES)
    assert len(str(raised.value)) < 2000


ON_THE_SOCKET = """
    import os, socket, stat, time
    for file in map(int, os.listdir("/proc/self/fd")):
        try:
            if stat.S_ISSOCK(os.fstat(file).st_mode): {}
        except OSError:
            pass
"""
HOLDS_THE_LOCK = "re.match('(a+)+b', 'a' * 100)"

BAD_ENDS = [
    ("while True: pass", QUICK, "did not answer within 0.5 s"),
    ("import time; time.sleep(1000)", QUICK, "did not answer within 0.5 s"),
    ("while True: print('x' * 1000)", QUICK, "did not answer within 0.5 s"),
    (f"import re; {HOLDS_THE_LOCK}", QUICK, "did not answer within 0.5 s"),
    ("kept = [bytes(10**6) for _ in range(10**6)]", SMALL, "took more than 0.5 GiB of memory"),
    ("import numpy as np; np.ones(10**9)", SMALL, "took more than 0.5 GiB of memory"),
    ("import numpy as np; np.ones(10**15)", None, "took more than 2 GiB of memory"),
    ("import os; os._exit(3)", None, "ended its process, with status 3"),
    ("import sys; sys.exit(3)", None, r"failed:\n  my_rule.py, line 3, in targets\n.*\nSystemExit: 3"),
    ("raise KeyboardInterrupt", None, "KeyboardInterrupt"),
    ("import os; os.write(2, b'farewell'); os._exit(0)", None, "with status 0; the last it said: farewell"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", None, "was ended by SIGSEGV"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", None, "SIGKILL, perhaps because this machine ran out"),
    ("import os, signal; os.killpg(0, signal.SIGTERM)", None, "was ended by SIGTERM"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", QUICK, "did not answer within 0.5 s"),
    ("import ctypes; ctypes.string_at(0)", None, "was ended by SIGSEGV"),
    ("import os; os.closerange(3, 100); import time; time.sleep(9)", QUICK, "did not answer within 0.5 s"),
    (
        "import os; os._exit = print" + ON_THE_SOCKET.format("socket.socket(fileno=file).shutdown(2), time.sleep(5)"),
        None,
        "closed what its process answers with",
    ),
    (ON_THE_SOCKET.format(r"os.write(file, b'what')"), None, "wrote into what its process answers with"),
    (ON_THE_SOCKET.format(r"os.write(file, b'[]\n')"), None, "wrote into what its process answers with"),
    (ON_THE_SOCKET.format(r"os.write(file, b'{{\"shape\": 1}}\n')"), None, "wrote into what its process answers with"),
    (ON_THE_SOCKET.format("os.write(file, b'x' * 70_000)"), None, "wrote into what its process answers with"),
    (
        "class Odd(Exception):\n        def __str__(self): raise self\n    raise Odd",
        None,
        "Odd: its message cannot be made",
    ),
]


@pytest.mark.parametrize(("body", "limits", "message"), BAD_ENDS, ids=[each[0][:40] for each in BAD_ENDS])
def test_whatever_it_does_it_is_told_how_it_ended_and_the_next_call_is_as_good(
    *, at_hand: AtHand, body: str, limits: Limits | None, message: str
) -> None:
    text = f"def targets(closes, *, well: bool = True):\n  if not well:\n    {body}\n  return closes > 0"
    rule = at_hand(text, limits)
    assert rule.targets(CLOSES).all()
    with pytest.raises(mc.RuleError, match=rf"(?s)^my_rule.py.*{message}") as raised:
        rule.with_values(well=False).targets(CLOSES)
    assert not is_of_the_machine(raised.value)
    assert rule.targets(CLOSES).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("while True: pass", "did not answer within 1 s"),
        ("import os; os._exit(1)", "ended its process, with status 1"),
        ("kept = bytes(2**30)", "took more than 0.5 GiB of memory"),
    ],
)
def test_the_same_holds_while_it_is_loaded(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("montecarlo.own_rules.process.LOADING_SECONDS", 1.0)
    with pytest.raises(mc.RuleError, match=message):
        RuleProcesses(rule_file(text), SMALL, folder=tmp_path).__enter__()


def test_what_it_prints_goes_nowhere_however_much_it_is(at_hand: AtHand) -> None:
    text = """
    import sys

    def targets(closes):
        print("x" * 10**6)
        print("y" * 10**6, file=sys.stderr)
        return closes > 0
    """
    rule = at_hand(text)
    for _ in range(3):
        assert rule.targets(CLOSES).all()


def children(text: str) -> list[int]:
    """Processes that have this word in their command line."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and text in " ".join(process.info["cmdline"] or []):
            found.append(process.info["pid"])
    return found


def test_there_is_a_process_for_each_thread_that_asks_and_none_when_the_block_is_left(
    momentum: RuleFile, tmp_path: Path
) -> None:
    text = momentum.source + b"\nimport time\ntime.sleep(0.1)"
    with RuleProcesses(RuleFile("my_rule.py", text), folder=tmp_path) as code:
        assert len(children(str(tmp_path))) == 1
        together = threading.Barrier(3)

        def ask(_: int) -> object:
            together.wait(300)
            return code.first_decision({"lookback": 3, "band": 0.0})

        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(ask, range(3))) == [3, 3, 3]
        assert 1 <= len(children(str(tmp_path))) <= 3
    assert children(str(tmp_path)) == []


def test_what_a_rule_has_started_ends_with_it(tmp_path: Path, eventually: Eventually) -> None:
    mark = f"{tmp_path}-child"
    text = f"""
    import subprocess, sys
    def targets(closes):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)", {mark!r}])
        return closes > 0
    """
    file = rule_file(text)
    with RuleProcesses(file, folder=tmp_path) as code:
        rule = OwnRule.of(code, {}, file=file.name, digest=file.digest)
        rule.targets(CLOSES)
        eventually(lambda: len(children(mark)) == 1)  # it has no command line for a moment
    eventually(lambda: not children(mark))


@pytest.mark.parametrize("body", ["time.sleep(1000)", "while True: pass"])
def test_a_process_ends_when_its_parent_is_killed(body: str, tmp_path: Path, eventually: Eventually) -> None:
    """Also when the rule never gives the word back."""
    (tmp_path / "rule.py").write_text(f"import time\ndef targets(closes):\n    {body}")
    (tmp_path / "rules").mkdir(mode=0o700)
    program = f"""
    import numpy as np
    from pathlib import Path
    from montecarlo.own_rules.process import *
    from montecarlo.own_rules.rule_file import RuleFile
    with RuleProcesses(RuleFile.read({str(tmp_path / "rule.py")!r}), folder=Path({str(tmp_path / "rules")!r})) as code:
        print("ready", flush=True)
        code.targets(np.ones((3, {COLUMNS})), {{}})
    """
    parent = subprocess.Popen([sys.executable, "-c", dedent(program)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"ready\n"
        time.sleep(0.2)
        assert children(str(tmp_path / "rules"))
        parent.kill()
    eventually(lambda: not children(str(tmp_path / "rules")))


def test_whoever_looks_may_end_a_rule_that_has_the_word(tmp_path: Path) -> None:
    class Enough(Exception):  # noqa: N818
        pass

    asked = threading.Event()

    def look() -> None:
        if asked.is_set():
            raise Enough

    file = rule_file("def targets(closes):\n    while True: pass")
    with RuleProcesses(file, look=look, folder=tmp_path) as code:
        rule = OwnRule.of(code, {}, file=file.name, digest=file.digest)
        threading.Timer(0.3, asked.set).start()
        with pytest.raises(Enough):
            rule.targets(CLOSES)
        assert children(str(tmp_path)) == []


def test_it_sees_nothing_of_this_process(at_hand: AtHand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("SPOTMC_BUCKET", "bucket")
    monkeypatch.setenv("TOKEN", "secret")
    text = """
    import os, sys
    OURS = {"PATH", "LANG", "TZ", "TMPDIR", "HOME", "PYTHONHASHSEED", "LD_LIBRARY_PATH", "PYTHONPYCACHEPREFIX",
            "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"}
    def targets(closes):
        odd = [name for name in os.environ if name not in OURS
               and not name.startswith(("LC_", "NUMBA_", "NPY_", "OPENBLAS_", "OMP_", "MKL_"))]
        assert not odd, odd
        assert os.environ["OPENBLAS_NUM_THREADS"] == os.environ["NUMBA_NUM_THREADS"] == "1"
        assert sys.stdin.read() == ""
        import resource
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
        return closes > 0
    """
    assert at_hand(text).targets(CLOSES).all()


def test_it_can_import_what_this_process_can_and_not_what_lies_beside_it(
    at_hand: AtHand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
    import pandas as pd
    from montecarlo.strategies.windows import window_averages
    def targets(closes):
        return pd.DataFrame(closes).rolling(2).mean() > 1
    """
    wanted = at_hand(text).targets(np.array([[1.0], [1.0], [2.0]]))
    assert wanted.tolist() == [[0], [0], [1]]
    (tmp_path / "helpers_of_mine.py").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(mc.RuleError, match="No module named 'helpers_of_mine'"):
        at_hand("import helpers_of_mine\ndef targets(closes): return closes > 0")


def test_numba_code_in_it_is_compiled_once(tmp_path: Path) -> None:
    text = """
    import numba
    import numpy as np

    @numba.njit(cache=True)
    def fill(closes, wanted, level):
        for day in range(closes.shape[0]):
            for path in range(closes.shape[1]):
                wanted[day, path] = closes[day, path] > level

    def targets(closes, *, level: float = 2.0):
        wanted = np.zeros(closes.shape, np.int8)
        fill(closes, wanted, level)
        targets.hits = sum(fill.stats.cache_hits.values())
        return wanted if level < 100 else np.full(closes.shape, targets.hits)
    """
    file = rule_file(text)
    hits = []
    for _ in range(2):
        with RuleProcesses(file, Limits(seconds=60), folder=tmp_path) as code:
            rule = OwnRule.of(code, {}, file=file.name, digest=file.digest)
            assert rule.targets(np.array([[1.0], [3.0]])).tolist() == [[0], [1]]
            hits.append(int(rule.with_values(level=100.0).targets(CLOSES)[0, 0]))
    assert hits == [0, 1]


def test_a_folder_that_others_can_write_to_is_not_used(momentum: RuleFile, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(PermissionError, match="others can write to"):
        RuleProcesses(momentum, folder=tmp_path).__enter__()


def test_a_file_that_was_altered_on_disk_is_put_right(momentum: RuleFile, tmp_path: Path) -> None:
    path = tmp_path / momentum.digest / momentum.name
    for _ in range(2):
        with RuleProcesses(momentum, folder=tmp_path):
            assert path.read_bytes() == momentum.source
        os.chmod(path, 0o600)
        path.write_bytes(b"import os; os._exit(1)")
