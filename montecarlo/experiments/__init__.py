"""What can be asked: a simulation, a sweep, a backtest."""
