"""What is drawn by matplotlib, each kind of experiment in a file of its own; see ``montecarlo.charts.picture``."""
