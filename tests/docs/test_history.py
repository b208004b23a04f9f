"""What docs/history.md says of kept histories is so."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yfinance

from fleet import keys
from fleet.bucket import Bucket
from fleet.history_update import OVERLAP
from fleet.settings import Settings
from montecarlo.data.sources import load_history
from spotmc.cli import main
from tests.market import DAYS, Market, chart, open_market, redirect
from tests.programs import ROOT

TEXT = (ROOT / "docs/history.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Market]:
    yfinance.set_tz_cache_location(str(tmp_path))
    with open_market() as market:
        redirect(market.url, monkeypatch)
        market.answers = {symbol: chart(symbol, DAYS) for symbol in ("AAPL", "MSFT", "^GSPC")}
        yield market


@pytest.mark.thorough
@pytest.mark.usefixtures("market")
def test_the_lines_of_the_page_work_in_their_order(
    bucket: Bucket,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    bucket.put("data/acme.csv", load_history("MSFT", "sample").to_csv())
    printed = []
    for line in "".join(blocks("sh")).replace("my-bucket", settings.bucket).splitlines():
        short = ("--short", "5", "--long", "20") if "backtest" in line else ()
        with pytest.raises(SystemExit) as left:
            main([*shlex.split(line)[1:], *short])
        printed.append(capsys.readouterr())
        assert left.value.code == 0, (line, printed[-1].err)
    assert re.findall(r"^> (.+)$", TEXT, re.MULTILINE) == [each.out.strip() for each in printed[:2]]
    assert bucket.get(keys.bars_key("^GSPC")) == (tmp_path / "bars/^GSPC.csv").read_bytes()
    [code] = blocks("python")
    exec(code.replace("my-bucket", settings.bucket).replace("SmaCrossover()", "SmaCrossover(short=5, long=20)"), {})
    assert "final_value" in capsys.readouterr().out


def test_its_names_and_numbers_are_those_of_the_program() -> None:
    assert f"and {OVERLAP} bars before them" in TEXT
    assert f"`{keys.DAILY}<symbol>/{keys.BARS}`" in TEXT
    header = load_history("AAPL", "sample").to_csv().split(b"\n")[0].decode()
    assert f"`{header}`" in TEXT
    assert all(keys.history_folder(word).islower() for word in "^=&._")
    assert all(f"`{keys.history_folder(word)}`" in TEXT.replace("\n", " ") for word in "^=&._")
    assert f"symbol = '{keys.history_folder('^GSPC')}'" in TEXT
