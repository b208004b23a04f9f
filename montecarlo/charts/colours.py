"""The colours of all figures, on white and on black, and to people with any kind of colour blindness.

Each stands for one role, and no two roles have the same, so that ``themed`` can tell by the colour what a trace is
there for.  Nothing that draws is imported here: figures for a browser and pictures without one have the same colours.
"""

# Okabe and Ito's colours, which people with any kind of colour blindness can tell apart.
BLUE, VERMILLION, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
GREY = "#767676"  # text and what is neutral; 4.5 : 1 against white and against black
INK = "#757575"  # what stands out from the bars that it is drawn upon
EDGE = "#ffffff"  # around what lies upon lines or bars; a page's ground
FAINT = "rgba(118, 118, 118, 0.25)"  # lines of the grid, which say no more than the numbers at their ends
OUTER, INNER = "#6697C5", "#0D5F96"  # bands of blue, one upon the other, 3 : 1 against white and against black
MIDDLE = "#F0B23C"  # a line on the inner one
SEAM = "rgba(255, 255, 255, 0)"  # between bands
LABEL, LABEL_TEXT = "#f4f4f4", "#222222"  # of what a pointer rests on
SCALE = "Cividis"  # of a map's cells, told apart with any kind of colour blindness

GROUNDS: dict[str, str] = {"light": "#ffffff", "dark": "#1a2029"}
"""What figures are drawn upon: ``--surface`` of the web UI."""

# Against its ground each line, bar and band has 3 : 1 or more, and what text is drawn with 4.5 : 1.  So has a seam
# against the bands on either side of it, and the middle line against the inner band.
COLOURS: dict[str, dict[str, str]] = {
    "light": {
        BLUE: "#0072B2",
        VERMILLION: "#D55E00",
        GREEN: "#008862",
        PURPLE: "#B2558A",
        ORANGE: "#A66F00",
        GREY: "#566175",
        INK: "#1b2330",
        EDGE: GROUNDS["light"],
        FAINT: "rgba(86, 97, 117, 0.18)",
        OUTER: "#7295BC",
        INNER: "#3F78AE",
        MIDDLE: "#06223D",
        SEAM: GROUNDS["light"],
        LABEL: "#1b2330",
        LABEL_TEXT: "#ffffff",
    },
    "dark": {
        BLUE: "#56B4E9",
        VERMILLION: "#F0803C",
        GREEN: "#2FC79A",
        PURPLE: "#DD94BC",
        ORANGE: "#E9AF32",
        GREY: "#a3afc2",
        INK: "#f2f5fa",
        EDGE: GROUNDS["dark"],
        FAINT: "rgba(163, 175, 194, 0.18)",
        OUTER: "#3F71A0",
        INNER: "#4B8DC4",
        MIDDLE: "#f6f9fd",
        SEAM: GROUNDS["dark"],
        LABEL: "#303a49",
        LABEL_TEXT: "#f2f5fa",
    },
}

# Of a map's cells, from least to most: the more, the further from the ground.
SCALES: dict[str, list[tuple[float, str]]] = {
    "light": [(0.0, "#b58a2a"), (0.5, "#73706c"), (1.0, "#12335c")],
    "dark": [(0.0, "#4f7fb8"), (0.5, "#a7a29b"), (1.0, "#ffdb66")],
}
