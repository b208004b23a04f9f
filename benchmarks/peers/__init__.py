"""Other people's backtests on our price histories and our signals: do they find what ours finds?"""
