# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture files in, masks and pictures out; whatever the file holds becomes 8-bit sRGB, upright."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from maskwright_shared.errors import ImageError

from .colour import curve_of, to_srgb
from .deep import grey_of, is_deep, to_8_bit, values_of
from .opening import opened, reason
from .transparency import declared_alpha, raw_mode

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

Pixels = NDArray[np.uint8]

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture of each EXIF orientation upright (Exif 2.32, tag 274)."""

LABELS = 8
"""So many different values below the middle are labels, not shades."""


class MaskFile(NamedTuple):
    """A mask as (height, width) alpha, and whether its file held labels such as 0 and 1."""

    alpha: Pixels
    labels: bool


def read_image(path: Path) -> Pixels:
    """Return the picture in a file: (height, width, 3) RGB, or 4 RGBA where it has transparency.

    EXIF orientation is applied, an embedded colour profile is converted to sRGB, deeper channels are scaled to
    8 bits, and only the first frame of an animation is read.

    Raises:
        ImageError: `image.file` when it cannot be read, `image.too_large` beyond 150 million pixels.
    """
    with opened(path) as image:
        profile = image.info.get("icc_profile")
        alpha = _read(image, path)
        if is_deep(image):
            grey = grey_of(image, curve_of(profile))
            channels = [grey] * 3 if grey.ndim == 2 else [*np.moveaxis(grey, -1, 0)]
            return np.dstack(channels if alpha is None else [*channels, alpha])
        return to_srgb(image, profile, alpha)


def read_mask(path: Path, width: int, height: int) -> MaskFile:
    """Return a mask file: its grey value, or its alpha channel where that is not opaque everywhere.

    Values are taken as they are, whatever profile the file carries. A few low values, such as 0 and 1, are labels:
    all but 0 is inside.

    Raises:
        ImageError: as `read_image`, and when it is not of the image's size.
    """
    with opened(path) as image:
        alpha = _read(image, path)
        _check_same(path, image, (width, height))
        grey = _plain_grey(image) if is_deep(image) else None
        if grey is None:
            pixels = to_srgb(image, None)
            alpha = pixels[..., 3] if pixels.shape[2] == 4 else alpha
            grey = np.asarray(Image.fromarray(pixels[..., :3]).convert("L"))
    chosen = alpha if alpha is not None and alpha.min() < 255 else grey
    return _without_labels(np.ascontiguousarray(chosen))


def write_png(path: Path, pixels: Pixels) -> None:
    """Write (height, width) grey, (.., 3) RGB or (.., 4) RGBA as a PNG into a folder that is there.

    A file that was there is replaced in one step, when all of the new one is written.

    Raises:
        ImageError: `image.write` when it cannot be written.
    """
    target = Path(os.path.realpath(path))
    whole = target if target.exists() and not target.is_file() else _beside(target)
    try:
        Image.fromarray(pixels).save(whole, "PNG", compress_level=3)
        if whole != target:
            if target.exists():
                whole.chmod(target.stat().st_mode & 0o777)
            whole.replace(target)
    except (OSError, ValueError) as error:
        if whole != target:
            with contextlib.suppress(OSError):
                whole.unlink()
        raise ImageError("image.write", f"{path} cannot be written: {reason(error)}.") from error


def _beside(target: Path) -> Path:
    return target.with_name(f".{secrets.token_hex(8)}.png")


def _read(image: ImageFile, path: Path) -> Pixels | None:
    """Read the pixels, turn them upright, and return the alpha that the file declares, if any."""
    raw = raw_mode(image)
    image.load()
    alpha = declared_alpha(image, raw, path)
    orientation = image.getexif().get(ORIENTATION)
    ImageOps.exif_transpose(image, in_place=True)
    return alpha if alpha is None else _turned(alpha, orientation)


def _turned(alpha: Pixels, orientation: int | None) -> Pixels:
    """Return alpha turned as `exif_transpose` turns pictures."""
    method = TURNS.get(orientation or 1)
    return alpha if method is None else np.asarray(Image.fromarray(alpha).transpose(method))


def _check_same(path: Path, image: Image.Image, size: tuple[int, int]) -> None:
    if image.size != size:
        raise ImageError(
            "image.mask_size",
            f"{path} has {image.width} x {image.height} pixels, the image {size[0]} x {size[1]}: "
            "they must be the same.",
        )


def _plain_grey(image: Image.Image) -> Pixels:
    """Return deep values as 8 bits: those of at most 255 are what 8 bits would hold, and 0 to 1 is a share."""
    values = values_of(image)
    finite = np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    most = float(finite.max(initial=0.0))
    if values.dtype.kind == "f" and most <= 1.0:
        return np.rint(np.clip(finite, 0, 1) * 255).astype(np.uint8)
    return np.rint(np.clip(finite, 0, 255)).astype(np.uint8) if most <= 255 else to_8_bit(values)


def _without_labels(alpha: Pixels) -> MaskFile:
    most = int(alpha.max(initial=0))
    counts = np.bincount(alpha.ravel(), minlength=256)
    if 0 < most < 128 and counts[0] > 0 and np.count_nonzero(counts) <= LABELS:
        return MaskFile(np.where(alpha > 0, 255, 0).astype(np.uint8), labels=True)
    return MaskFile(alpha, labels=False)
