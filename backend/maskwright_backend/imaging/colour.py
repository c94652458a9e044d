# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of every mode as 8-bit sRGB, by the colour profile that they carry."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Pixels = NDArray[np.uint8]
Convert = Callable[[Image.Image], Image.Image]

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "LAB"}
_PLAIN = {"La": "LA", "RGBa": "RGBA", "PA": "RGBA", "1": "L", "RGBX": "RGB", "HSV": "RGB", "YCbCr": "RGB"}
_ALPHA = {"LA": "L", "RGBA": "RGB"}
_BLOCK = 4_000_000


def to_srgb(image: Image.Image, profile: bytes | None, alpha: Pixels | None = None) -> Pixels:
    """Return (height, width, 3) RGB, or 4 RGBA with an `alpha`, or where the mode or the palette has transparency.

    A profile counts for colours and grey alike, under an alpha channel and behind a palette. One that is damaged,
    or of another colour space than the pixels, is passed over. Works through the picture some rows at a time.
    """
    mode = _worked_in(image)
    convert = to_rgb_by(_ALPHA.get(mode, mode), profile)
    channels = 4 if mode in _ALPHA or alpha is not None else 3
    made = np.empty((image.height, image.width, channels), np.uint8)
    for rows, part in _parts(image):
        plain = part if part.mode == mode else part.convert(mode)
        if mode in _ALPHA:
            made[rows, :, 3] = np.asarray(plain.getchannel("A"))
            plain = plain.convert(_ALPHA[mode])
        elif alpha is not None:
            made[rows, :, 3] = alpha[rows]
        made[rows, :, :3] = np.asarray(convert(plain))
    return made


def to_rgb_by(mode: str, profile: bytes | None) -> Convert:
    """Return what turns pictures of a mode (L, RGB, CMYK or LAB) into sRGB by the profile, or without one."""
    try:
        return _transform(mode, profile)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return _transform(mode, None)


def curve_of(profile: bytes | None) -> Pixels | None:
    """Return the (256, 3) colours that a profile makes of 256 steps of grey; None where it changes nothing."""
    if not profile:
        return None
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    curve = np.asarray(to_rgb_by("L", profile)(ramp))[0]
    return None if np.array_equal(curve[:, 0], np.arange(256)) and (curve == curve[:, :1]).all() else curve


def _worked_in(image: Image.Image) -> str:
    """Return the mode in which the picture is worked on: L, LA, RGB, RGBA, CMYK or LAB."""
    if image.mode == "P":
        return "RGBA" if "transparency" in image.info or _has_clear_colours(image) else "RGB"
    mode = _PLAIN.get(image.mode, image.mode)
    return mode if mode in (*_SPACES, *_ALPHA) else "RGB"


def _has_clear_colours(image: Image.Image) -> bool:
    return image.palette is not None and image.palette.mode == "RGBA"


def _transform(mode: str, profile: bytes | None) -> Convert:
    target = ImageCms.createProfile("sRGB")
    if mode == "LAB":
        return _applying(ImageCms.createProfile("LAB"), target, mode)
    space, source = "", None
    if profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
    if source is None or space not in (_SPACES[mode], "RGB") or (mode == "CMYK" and space == "RGB"):
        return lambda image: image.convert("RGB")
    if space != _SPACES[mode]:  # grey pixels under a profile for colours are colours of no hue
        inner = _applying(source, target, "RGB")
        return lambda image: inner(image.convert("RGB"))
    return _applying(source, target, mode)


def _applying(source: object, target: object, mode: str) -> Convert:
    transform = ImageCms.buildTransform(source, target, mode, "RGB")  # type: ignore[arg-type]

    def convert(image: Image.Image) -> Image.Image:
        done = ImageCms.applyTransform(image, transform)
        return image.convert("RGB") if done is None else done

    return convert


def _parts(image: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    step = max(1, _BLOCK // image.width)
    for top in range(0, image.height, step):
        bottom = min(image.height, top + step)
        part = image.crop((0, top, image.width, bottom))
        yield slice(top, bottom), part
