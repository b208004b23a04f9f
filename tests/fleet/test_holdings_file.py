"""The file that says what a portfolio holds."""

import pytest

from fleet.chosen_holdings import ChosenHoldings
from fleet.holdings_file import read_holdings
from montecarlo.errors import HistoryError, ParameterError


@pytest.fixture
def lines(tmp_path):
    """The lines of a file with this content, beside which there is a file of prices."""
    (tmp_path / "sap.csv").touch()

    def read(content):
        path = tmp_path / "my.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_holdings(path)

    return read


def test_each_line_is_a_holding_and_only_the_symbol_must_be_there(lines, tmp_path):
    first, second = lines(
        "symbol,weight,source,prices,currency,strategy,settings\n"
        "AAPL,40%,,,,,\n"
        "SAP,0.3,,sap.csv,EUR,sma-crossover,short=20 long=50\n"
    )
    assert (first.symbol, first.weight, first.source, first.prices, first.settings) == ("AAPL", "40%", "", None, {})
    assert (second.prices, second.currency) == (tmp_path / "sap.csv", "EUR")
    assert (second.strategy, second.settings) == ("sma-crossover", {"short": "20", "long": "50"})
    assert second.place == "line 3 of my.csv (SAP)"
    assert [each.symbol for each in lines("symbol\nAAPL\nMSFT\n")] == ["AAPL", "MSFT"]


@pytest.mark.parametrize(
    "content",
    [
        "Symbol;Weight\nAAPL;0.4\nMSFT;60%\n",
        "weight\tsymbol\r\n0.4\tAAPL\r\n60%\tMSFT\r\n",
        "\ufeffsymbol,weight\n\n# what I hold\nAAPL , 0.4\nMSFT,60%,,\n",
        "symbol,weight,\nAAPL,0.4,\nMSFT,60%,\n",
    ],
    ids=["semicolons", "tabs", "byte order mark, comment, blanks", "empty columns"],
)
def test_it_is_read_as_spreadsheets_write_it(lines, content):
    assert [(each.symbol, each.weight) for each in lines(content)] == [("AAPL", "0.4"), ("MSFT", "60%")]


def test_prices_may_be_in_s3(lines):
    assert lines("symbol,prices\nSAP,S3://mine/sap.csv\n")[0].prices == "s3://mine/sap.csv"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "my.csv is empty: expected a header such as symbol,weight"),
        ("AAPL,40%\n", "must begin with a header such as symbol,weight, not with 'AAPL,40%'"),
        ("symbol,weigth\nAAPL,1\n", "columns that are not known: weigth; known are symbol, weight, source"),
        ("symbol,symbol\nA,B\n", "has a column twice"),
        ("symbol,weight\n", "has a header and no line"),
        (b"symbol\n\xff\xfe\n", "is no text in UTF-8"),
        (b"symbol\n" + b"A\n" * 600_000, "is larger than a list of holdings can be"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_would_be(lines, content, words):
    with pytest.raises(HistoryError) as refusal:
        lines(content)
    assert words in str(refusal.value)


def test_all_that_is_wrong_with_its_lines_is_said_at_once(lines):
    found = lines(
        "symbol,weight,source,prices,settings\nA,x,,none.csv,\nB,1,yahoo,,short\nC,1,,,short=5 short=6\nD,0,4,,5,6\n"
    )
    with pytest.raises(ParameterError) as refusal:
        ChosenHoldings.of(found, {})
    said = str(refusal.value)
    for words in (
        "line 2 of my.csv (A) has prices in",
        "none.csv, which is no file",
        "must have a weight such as 0.4 or 40%, not 'x'",
        "line 3 of my.csv (B) must have settings NAME=VALUE, such as short=20 long=50, not 'short'",
        "must be from one of sample, yfinance, fred, csv, s3, not 'yahoo'",
        "line 4 of my.csv (C) has settings that give short twice",
        "line 5 of my.csv (D) has 6 cells, and the header 5",
    ):
        assert words in said
