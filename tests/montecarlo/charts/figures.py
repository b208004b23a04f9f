"""Reading figures and tables."""

import montecarlo as mc

STRATEGY = mc.SmaCrossover(short=40, long=100)


def traces(figure, name):
    """Those of a figure with that name."""
    return [trace for trace in figure.data if trace.name == name]


def statistics(table):
    """Values of a summary by name."""
    return table.set_index("statistic")["value"]
