"""A joint model stage as simple as can be, for tests of what is done with growth: independent normal returns."""

import numpy as np

from montecarlo.engine.generator import box_muller, draw_words
from montecarlo.engine.lanes import LANES, stage
from montecarlo.engine.normals import DAYS_AT_ONCE


@stage
def fill_growth(growth, seed, first_path, first_day, parameters, scratch):
    symbols = len(growth)
    for k in range(symbols):
        mean, deviation = parameters[k], parameters[symbols + k]
        draws = scratch[k]
        draw_words(draws, seed, first_path, first_day, k)
        half = DAYS_AT_ONCE * LANES // 2
        for i in range(half):
            draws.draws[i], draws.draws[half + i] = box_muller(draws.words[i], draws.words[half + i])
        row = growth[k]
        for day in range(DAYS_AT_ONCE):
            for lane in range(LANES):
                row[day].lane[lane] = max(mean + deviation * np.float64(draws.draws[day * LANES + lane]), 0.0)
