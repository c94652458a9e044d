# SPDX-License-Identifier: GPL-3.0-or-later
"""Image files in, masks and pictures out; whatever the file holds becomes 8-bit sRGB, upright."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from maskwright_shared.errors import ImageError
from maskwright_shared.messages import MAX_PIXELS, MAX_SIDE

Pixels = NDArray[np.uint8]

_WITH_ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")


def read_image(path: Path) -> Pixels:
    """Return the picture in a file: (height, width, 3) RGB, or 4 RGBA where it has transparency.

    EXIF orientation is applied, an embedded colour profile is converted to sRGB, deeper channels are scaled to
    8 bits, and only the first frame of an animation is read.

    Raises:
        ImageError: `image.file` when it cannot be read, `image.too_large` beyond 150 million pixels.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked right below
        try:
            with Image.open(path) as image:
                _check_size(path, *image.size)
                return _to_srgb(image)
        except UnidentifiedImageError as error:
            raise ImageError("image.file", f"{path} is not an image that can be read.") from error
        except Image.DecompressionBombError as error:
            raise ImageError("image.too_large", f"{path} is too large: scale it down.", str(error)) from error
        except OSError as error:
            raise ImageError("image.file", f"{path} cannot be read: {_reason(error)}.") from error
        except (ValueError, SyntaxError) as error:
            raise ImageError("image.file", f"{path} is damaged.", str(error)) from error


def read_mask(path: Path, width: int, height: int) -> Pixels:
    """Return a mask file as (height, width) alpha: its grey value, or its alpha channel where it has one.

    Raises:
        ImageError: as `read_image`, and when it is not of the image's size.
    """
    pixels = read_image(path)
    if pixels.shape[:2] != (height, width):
        raise ImageError(
            "image.mask_size",
            f"{path} has {pixels.shape[1]} x {pixels.shape[0]} pixels, the image {width} x {height}: "
            "they must be the same.",
        )
    if pixels.shape[2] == 4 and pixels[..., 3].min() < 255:
        return np.ascontiguousarray(pixels[..., 3])
    return np.asarray(Image.fromarray(pixels[..., :3]).convert("L"))


def write_png(path: Path, pixels: Pixels) -> None:
    """Write (height, width) grey, (.., 3) RGB or (.., 4) RGBA as a PNG into a folder that is there.

    Raises:
        ImageError: `image.write` when it cannot be written.
    """
    try:
        Image.fromarray(pixels).save(path, "PNG", compress_level=3)
    except (OSError, ValueError) as error:
        raise ImageError("image.write", f"{path} cannot be written: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".").lower()


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise ImageError(
            "image.too_large",
            f"{path} has {width} x {height} pixels; {MAX_PIXELS:,} are the most: scale it down.",
        )


def _to_srgb(image: Image.Image) -> Pixels:
    profile = image.info.get("icc_profile")
    image.load()
    upright = ImageOps.exif_transpose(image)
    mode = "RGBA" if _has_alpha(upright) else "RGB"
    if upright.mode.startswith("I") or upright.mode == "F":
        return _from_deep_grey(upright)
    return np.array(_convert(upright, mode, profile))


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in _WITH_ALPHA or "transparency" in image.info


def _convert(image: Image.Image, mode: str, profile: bytes | None) -> Image.Image:
    if image.mode in ("P", "PA", "1"):
        return image.convert(mode)  # a palette's colours are few, its profile is as good as never set
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        converted = _by_profile(image, mode, profile)
        if converted is not None:
            return converted
    return image.convert(mode)


def _by_profile(image: Image.Image, mode: str, profile: bytes) -> Image.Image | None:
    """Return the image in sRGB by its own profile; None where the profile is damaged or of another colour space."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        colours = image.convert("RGB") if image.mode == "RGBA" else image
        converted = ImageCms.profileToProfile(
            colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return None
    if converted is not None and mode == "RGBA":
        converted.putalpha(
            image.getchannel("A") if image.mode == "RGBA" else image.convert("RGBA").getchannel("A")
        )
    return converted


def _from_deep_grey(image: Image.Image) -> Pixels:
    """Scale grey of 16 bits (0 to 65535) or of floats (0 to 1, or 0 to 255 where more is found) to 8 bits."""
    values = np.asarray(image).astype(np.float32)
    most = 65535.0
    if image.mode == "F":
        most = 1.0 if float(values.max(initial=0)) <= 1.0 else 255.0
    grey = np.clip(np.nan_to_num(values) * (255.0 / most) + 0.5, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
