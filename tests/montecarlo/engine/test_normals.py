"""The random numbers: the published generator, standard normal draws, each a function of (seed, path, day) alone."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from montecarlo.engine.normals import minus_two_log, normals, philox

WORD = st.integers(0, 2**32 - 1)

# Lines "philox4x32 10" of the file kat_vectors of Random123: counter, key, answer.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.fixture(scope="module")
def draws():
    """2,097,152 of them: 1024 days of 2048 paths."""
    return normals(20_240_229, 0, 2048, 1024).astype(np.float64)


def philox_in_python(counter, key):
    """Figure 2 and section 3.3 of Salmon and others, with Python's whole numbers."""
    for step in range(10):
        k0 = (key[0] + step * 0x9E3779B9) % 2**32
        k1 = (key[1] + step * 0xBB67AE85) % 2**32
        high_0, low_0 = divmod(counter[0] * 0xD2511F53, 2**32)
        high_1, low_1 = divmod(counter[2] * 0xCD9E8D57, 2**32)
        counter = (high_1 ^ counter[1] ^ k0, low_1, high_0 ^ counter[3] ^ k1, low_0)
    return counter


def one_philox(counter, key):
    answer = philox(tuple(np.array([word], np.uint64) for word in counter), key[0] | key[1] << 32)
    return tuple(int(word[0]) for word in answer)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS, ids=["zeros", "ones", "pi"])
def test_philox_gives_the_published_answers(counter, key, answer):
    counter, key, answer = (tuple(int(word, 16) for word in text.split()) for text in (counter, key, answer))
    assert one_philox(counter, key) == answer
    assert philox_in_python(counter, key) == answer


@given(st.tuples(WORD, WORD, WORD, WORD), st.tuples(WORD, WORD))
def test_philox_is_that_of_the_paper(counter, key):
    assert one_philox(counter, key) == philox_in_python(counter, key)


@pytest.mark.parametrize("day", [0, 3, 4, 5, 7, 8, 63, 64, 100, 1000])
@pytest.mark.parametrize("path", [0, 1, 2**32 - 1, 2**32, 10**12 - 1])
def test_a_draw_is_the_box_muller_transform_of_its_words(day, path):
    """A span of 8 days has 2 counters; its days d and d + 4 share the radius of word d, the angle of word d + 4."""
    seed = 2**64 - 12_345
    span, place = divmod(day, 8)
    key = (seed % 2**32, seed >> 32)
    words = [
        word
        for quad in range(span * 2, span * 2 + 2)
        for word in philox_in_python((quad, 0, path % 2**32, path >> 32), key)
    ]
    radius = math.sqrt(-2 * math.log((words[place % 4] + 0.5) / 2**32))
    half, rest = divmod(words[place % 4 + 4], 2**31)
    angle = math.pi * (half + (rest if rest < 2**30 else rest - 2**31) / 2**31)
    expected = radius * (math.cos(angle) if place < 4 else math.sin(angle))
    assert normals(seed, path, 1, day + 1)[day, 0] == pytest.approx(expected, abs=2e-6)


def test_twice_the_surprise_of_a_word_is_never_negative():
    """Its square root is taken. Around each power of two the polynomial begins anew; near 2**32 it is almost zero."""
    near = np.arange(-1000, 1000)
    edges = np.concatenate([(2.0**half * 2**0.5 ** np.array([[0], [1]]) + near).ravel() for half in range(33)])
    words = np.unique(np.clip(edges, 0, 2**32 - 1).astype(np.uint64))
    surprise = minus_two_log(words)
    np.testing.assert_allclose(surprise, -2 * np.log((words + 0.5) / 2.0**32), atol=1e-6, rtol=1e-6)
    assert (surprise >= 0).all()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1),
    first=st.integers(0, 10**12),
    before=st.integers(0, 5),
    paths=st.integers(1, 5),
    days=st.integers(1, 150),
    more_days=st.integers(0, 150),
)
def test_a_draw_depends_on_seed_path_and_day_alone(*, seed, first, before, paths, days, more_days):
    part = normals(seed, first + before, paths, days)
    whole = normals(seed, first, before + paths + 1, days + more_days)
    assert part.shape == (days, paths)
    assert part.dtype == np.float32
    np.testing.assert_array_equal(part, whole[:days, before : before + paths])


@pytest.mark.parametrize(("seed", "other"), [(0, 1), (1, 1 << 32), (2**64 - 1, 2**32 - 1)])
def test_each_bit_of_the_seed_and_the_path_counts(seed, other):
    assert not np.any(normals(seed, 0, 1, 64) == normals(other, 0, 1, 64))
    assert not np.any(normals(seed, 7, 1, 64) == normals(seed, 7 + 2**32, 1, 64))


def test_the_bits_are_these_on_every_processor():
    """When they change, so does every result: raise ENGINE_VERSION."""
    digest = hashlib.sha256(normals(7, 0, 300, 200).astype("<f4").tobytes()).hexdigest()
    assert digest == "ca84f214574b2be2e27979bee3ad637c7f66490459e5876e131fce37a1ef3fb5"


def test_moments_are_those_of_the_standard_normal(draws):
    n = draws.size
    assert abs(draws.mean()) < 4 / math.sqrt(n)
    assert abs(draws.var() - 1) < 4 * math.sqrt(2 / n)
    assert abs(stats.skew(draws, axis=None)) < 4 * math.sqrt(6 / n)
    assert abs(stats.kurtosis(draws, axis=None)) < 4 * math.sqrt(24 / n)


def test_draws_pass_a_kolmogorov_smirnov_test(draws):
    assert stats.kstest(draws[:, :1000].ravel(), "norm").pvalue > 0.01


@pytest.mark.parametrize("beyond", [2.0, 3.0, 4.0, 5.0])
def test_both_tails_are_as_heavy_as_they_should_be(draws, beyond):
    expected = draws.size * stats.norm.sf(beyond)
    for seen in (np.count_nonzero(draws > beyond), np.count_nonzero(draws < -beyond)):
        assert stats.poisson.ppf(1e-4, expected) <= seen <= stats.poisson.isf(1e-4, expected)


def test_no_draw_is_out_of_reach_of_a_32_bit_word(draws):
    assert np.isfinite(draws).all()
    assert np.abs(draws).max() < math.sqrt(-2 * math.log(2.0**-33))


@pytest.mark.parametrize("power", [1, 2], ids=["draws", "squares"])
@pytest.mark.parametrize("lag", [1, 2, 3, 4, 5, 8, 32], ids="{} days".format)
def test_days_do_not_know_each_other(draws, lag, power):
    """Squares too: days 4 apart share a radius, which must not show."""
    values = draws**power
    early, late = values[:-lag].ravel(), values[lag:].ravel()
    assert abs(np.corrcoef(early, late)[0, 1]) < 4 / math.sqrt(early.size)


@pytest.mark.parametrize("power", [1, 2], ids=["draws", "squares"])
def test_paths_do_not_know_each_other(draws, power):
    values = draws**power
    assert abs(np.corrcoef(values[:, :-1].ravel(), values[:, 1:].ravel())[0, 1]) < 4 / math.sqrt(draws.size)


def test_neighbouring_seeds_do_not_know_each_other():
    one, other = (normals(seed, 0, 1024, 512).ravel() for seed in (1, 2))
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / math.sqrt(one.size)
