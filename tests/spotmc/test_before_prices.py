"""What a person got wrong is said before prices are read, and before anything is compiled."""

import pytest

from spotmc.cli import main


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("run --short x", "--short must be a whole number"),
        ("run --short 100 --long 40", "--short must be less than long"),
        ("run --long 2000", "--long must let sma-crossover decide before the last day"),
        ("run --warm-up --long 6000", "--warm-up can have 5,000 closes at most, not 5,999"),
        ("run --days 0", "--days must be a whole number from 1"),
        ("run --iterations 200000000 --rows", "--rows can be kept for 100,000,000"),
        ("run --capital 100.000", "100.000 is 100 to some and 100000 to others: write one of these"),
        ("run --commission 0.05%", "a percentage is written as a fraction, as in 0.0005 for 0.05 %"),
        ("run --threads 0", "--threads must be a whole number from 1"),
        ("run --threads 2000", "--threads must be a whole number from 1"),
        ("run --strategy martingale", "or a file that ends in .py, not 'martingale'"),
        ("sweep --strategy martingale", "or a file that ends in .py, not 'martingale'"),
        ("run AAPL", "'AAPL' belongs to no option: a symbol is given by --symbol"),
        ("run --set =5", "must be NAME=VALUE, such as short=40, not '=5'"),
        ("run --set short=5 --set short=6", "short is given twice"),
        ("run --out=", "must be the name of a folder, not ''"),
        ("run --strategy none.py", "--strategy none.py cannot be read"),
        ("run --strategy empty.py", "empty.py is empty"),
        ("run --stop-loss 2", "--stop-loss must be a number above 0 to 1, not 2.0"),
        ("run --stop-loss 0.1 --model student_t", "take one that does: normal, gbm, bootstrap; needed by stop loss"),
        ("run --intrabar first", "--intrabar must be one of stop-first, target-first"),
        ("run --commission-model per-share", "--commission-per-share must be given for a commission per share"),
        ("run --slippage-volatility 0.1", "--slippage-volatility is of the slippage volatility: choose that"),
        ("run --strategy daily-breakout --direction long", '--direction "long" alone enters and never leaves'),
        ("sweep --stop-loss 0.1,0.2 --model student_t", "needed by stop loss"),
        ("run --set shrt=5", "--shrt is no parameter of sma-crossover"),
        ("run --out file", "Directory 'file' is a file"),
        ("run --out file/folder", "--out': file/folder cannot be a folder: file is a file"),
        ("backtest --short x", "--short must be a whole number"),
        ("backtest --shorting --stop-loss 0.1", "--shorting needs a value before --stop-loss"),
        ("backtest --set shrt=5", "--shrt is no parameter of sma-crossover"),
        ("backtest --out file/folder", "--out': file/folder cannot be a folder"),
        ("sweep --short x", "--short must be a whole number"),
        ("sweep --short 5,x", "--short must be a whole number"),
        ("sweep --short 5:10", "--short must be start:stop:step"),
        ("sweep --short 5,10 --long 2000", "--short must make at least two combinations"),
        ("sweep --short 5,10 --long 6000 --warm-up", "--warm-up can have 5,000 closes at most, not 5,999"),
        ("sweep --strategy buy-and-hold", "has nothing to vary"),
        ("sweep --days 0", "--days must be a whole number from 1"),
        ("sweep --threads 0", "--threads must be a whole number from 1"),
        ("sweep --out file/folder", "--out': file/folder cannot be a folder"),
        ("results J --out file/folder", "--out': file/folder cannot be a folder"),
        ("submit --preview --short x", "--short must be a whole number"),
        ("portfolio", "nothing is held: give --hold AAPL=60% --hold MSFT=40%, or --holdings FILE"),
        ("portfolio AAPL", "'AAPL' belongs to no option: what is held is given by --hold"),
        ("portfolio --hold A=40 --hold B=60", "the weights must be 1 together, not 100: write 40%, 60%"),
        ("portfolio --hold A=1,2", "A must have a weight such as 0.4 or 40%, not '1,2'"),
        ("portfolio --hold A=", "--hold A= lacks a weight behind its =: write A=40%, or A alone"),
        ("portfolio --hold A --holdings file", "--hold and --holdings exclude each other"),
        ("portfolio --holdings file", "file is empty: expected a header"),
        ("portfolio --hold A --source yahoo", "A must be from one of sample, yfinance, fred, csv, s3, not 'yahoo'"),
        ("portfolio --hold A --prices-of A=none.csv", "--prices-of A=none.csv: there is no file none.csv"),
        ("portfolio --hold A --prices-of B=file", "--prices-of B is not held; held are A"),
        ("portfolio --hold A --prices-of file", "--prices-of must be SYMBOL=FILE, not file"),
        ("portfolio --hold A --currency-of A=E", "A has a currency that must be three to five letters"),
        ("portfolio --hold A --rebalance never --every 5", "--every"),
        ("portfolio --hold A --band 0.05 --rebalance calendar", "--band"),
        ("portfolio --hold A --shares 10", "--shares must be left out for a portfolio"),
        ("portfolio --hold A --fill next-open", "--fill must be next-close or same-close for a portfolio"),
        ("portfolio --hold A --strategy my.py", "rules of your own cannot trade a share of a portfolio yet"),
        ("portfolio --hold A --set short=5", "buy-and-hold, which is told nothing: name another strategy"),
        ("portfolio --hold A --strategy momentum --set short=5", "which has lookback, band, shorting"),
        ("portfolio --hold A=2 --days x --end 31.12.2020", "--end must be a day such as 2020-12-31"),
        ("portfolio --hold A --model magic", "--model must be one of bootstrap, normal, gbm, student_t"),
        ("portfolio --hold A --set-model drif=0", "drif cannot be set for the bootstrap model of several symbols"),
        ("portfolio --hold A --preview", "--preview and --wait are for a portfolio that is sent: give --submit, too"),
        ("portfolio --hold A --checkpoints here", "--checkpoints needs --seed"),
        ("frontier --hold A=150%", "A must have a weight of at most 1"),
        ("frontier --hold A --hold B --highest 40%", "--highest must add up to 1 at least over all 2 symbols"),
        ("frontier --hold A --draws x", "--draws must be a whole number from 20 to 2,000, not 'x'"),
        ("frontier --hold A --highest x", "--highest must be a weight such as 0.1 or 10%, or AAPL=10%, not 'x'"),
        ("frontier --hold A --lowest 5% --lowest A=1%", "--lowest must be one weight for all, or one for each of some"),
        ("submit --preview --long 2000", "--long must let sma-crossover decide before the last day"),
    ],
)
def test_it_is_said_once_and_no_prices_are_asked_for(command, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "empty.py").touch()
    monkeypatch.setattr("montecarlo.data.sources.load_history", lambda *asked, **options: pytest.fail("prices"))
    with pytest.raises(SystemExit) as left:
        main(command.split())
    printed = capsys.readouterr()
    assert left.value.code == 2
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("run --warm-up --days 20", marks=pytest.mark.thorough),
        "sweep --warm-up --days 20 --short 5,10",
        "run --long 1200",
        "sweep --long 1000,1200 --short 500",
    ],
)
def test_what_can_be_simulated_is_not_refused(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main([*command.split(), "--iterations", "64", "--json"])
    assert left.value.code == 0, capsys.readouterr().err
