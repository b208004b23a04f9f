"""What is nothing but rounding: constants that compiled code and plain NumPy share."""

SMALLEST = float.fromhex("0x1p-1022")  # below, a double lacks bits

EVEN = 1e-9  # of the value: a smaller gain or fall is rounding

NOTHING = 1e-12  # of the cash before a trade: so little after it is the rounding of a total loss, and is none

# Squared, of the mean square and of equity: a smaller spread of returns is rounding, and has no ratio.
NO_DEVIATION = 1e-10
NO_RETURN = 1e-28

MAX_LOG_GROWTH = 170.0  # per year: its square stays in double precision
