# SPDX-License-Identifier: GPL-3.0-or-later
"""Ratios of times measured in turn, so that what else the machine does falls on both sides alike."""

from __future__ import annotations

import statistics
import sys
import time


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turn(first, second, rounds):
    """Return the first quartiles of two functions that return seconds, called in turn after two rounds for warmth.

    The slower half of the times tells what else the machine had to do.
    """
    for _ in range(2):
        first()
        second()
    times = [(first(), second()) for _ in range(rounds)]
    return tuple(statistics.quantiles(column, n=4)[0] for column in zip(*times, strict=True))


def tell(what, measured, reference, most):
    """Write one line for the table in docs/performance.md and return the ratio."""
    ratio = measured / reference
    line = f"{what}: {1000 * measured:.2f} against {1000 * reference:.2f} ms, ratio {ratio:.3f}, at most {most:g}"
    sys.stdout.write(f"\n{line}\n")
    return ratio
