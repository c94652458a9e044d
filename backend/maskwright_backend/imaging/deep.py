# SPDX-License-Identifier: GPL-3.0-or-later
"""Grey of 16 or 32 bits, whole numbers or floats, as 8 bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .tiff import bits_of, is_signed_byte, is_unsigned, is_white_zero

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[np.uint8]
Values = NDArray[Any]

CEILINGS = (255.0, 32767.0, 65535.0, 2.0**31 - 1, 2.0**32 - 1)
SLACK = 1.05
"""So far above a ceiling a value may lie and still be highlights, not another range."""
_SIXTEEN = ("PNG", "PPM", "JPEG2000")
"""Formats without anything deeper than 16 bits, though Pillow may give their samples 32."""
_SAMPLES = 4_000_000
_BLOCK = 4_000_000


def is_deep(image: Image) -> bool:
    """Whether the picture is grey with values that 8 bits do not hold."""
    return image.mode.startswith("I") or image.mode == "F" or is_signed_byte(image)


def values_of(image: Image) -> Values:
    """Return (height, width) values as the file has them."""
    values: Values = np.asarray(image)
    if values.dtype == np.int32 and image.format in _SIXTEEN:
        return np.asarray(np.clip(values, 0, 65535), np.uint16)
    if is_signed_byte(image):
        return values.view(np.int8)
    if values.dtype == np.int32 and is_unsigned(image):
        return values.view(np.uint32)
    return values


def to_8_bit(
    values: Values, *, bits: int = 16, white_is_zero: bool = False, curve: Values | None = None
) -> Pixels:
    """Return (height, width) grey, or (height, width, 3) by a `curve` of (256, 3) colours.

    16 bits without sign count from 0 to what `bits` hold. Of everything else the range is found: 0 to 1 (floats),
    255, 65535, or all that 15, 31 or 32 bits hold, where most values reach into it; else from the least to the
    largest but for one in a thousand. So one stray value changes nothing. What is no number is 0.
    """
    low, high = (0.0, 2.0**bits - 1) if values.dtype == np.uint16 else _range(values)
    shape = values.shape if curve is None else (*values.shape, 3)
    made = np.empty(shape, np.uint8)
    for rows in _blocks(values):
        part = np.nan_to_num(values[rows].astype(np.float64), nan=low, posinf=high, neginf=low)
        part = np.clip((part - low) * (255.0 / (high - low)), 0, 255)
        part = 255.0 - part if white_is_zero else part
        made[rows] = np.rint(part) if curve is None else _by(curve, part)
    return made


def grey_of(image: Image, curve: Values | None = None) -> Pixels:
    """Return a deep picture as `to_8_bit` does."""
    return to_8_bit(values_of(image), bits=bits_of(image), white_is_zero=is_white_zero(image), curve=curve)


def _by(curve: Values, part: Values) -> Values:
    steps = np.arange(256)
    return np.rint(np.stack([np.interp(part, steps, curve[:, channel]) for channel in range(3)], axis=-1))


def _blocks(values: Values) -> Iterator[slice]:
    step = max(1, _BLOCK // max(1, values.shape[1]))
    for top in range(0, len(values), step):
        yield slice(top, top + step)


def _range(values: Values) -> tuple[float, float]:
    """Return what becomes black and what becomes white."""
    some = values.ravel()[:: max(1, values.size // _SAMPLES)].astype(np.float64)
    some = some[np.isfinite(some)]
    if not some.size:
        return 0.0, 1.0
    least, most = (float(value) for value in np.percentile(some, (0.1, 99.9)))
    floats = values.dtype.kind == "f"
    low = 0.0 if least >= -0.001 * max(abs(most), 1e-30) else least
    if low == 0.0:
        narrowest = 1.0 if floats else CEILINGS[0]  # in which a dark picture is just dark
        for ceiling in (narrowest, *CEILINGS):
            if most <= ceiling * SLACK and (ceiling == narrowest or most >= ceiling / 4):
                return 0.0, ceiling
    return (low, most) if most > low else (low, low + 1.0)
