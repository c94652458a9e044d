# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening a picture file: what is no file, no picture, too large or broken is one sentence, whatever Pillow does."""

from __future__ import annotations

import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from maskwright_shared.errors import ImageError, MaskwrightError
from maskwright_shared.messages import MAX_PIXELS, MAX_SIDE

from .foreign import name_of
from .tiff import mend

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_PROGRAMS = ("EPS", "WMF", "GRIB", "BUFR", "HDF5", "MPEG")
"""What Pillow hands to other programs, or knows by name alone."""
DENSE_PIXELS = 16_000_000
MOST_PER_BYTE = 10_000
"""More pixels than any picture packs into a byte: PNG's deflate and GIF's codes end below that, even for one bit."""


@contextmanager
def opened(path: Path) -> Iterator[ImageFile]:
    """Yield the picture in a file, its size checked and its pixels not read yet; reading them belongs inside.

    Whatever is raised inside by the readers of the format becomes an ImageError.

    Raises:
        ImageError: `image.file` when it cannot be read, `image.too_large` beyond MAX_PIXELS or MAX_SIDE.
    """
    _check_kind(path)
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # the size is checked right below
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of damaged tags: what matters fails, the rest is nobody's business
            with Image.open(path) as image:
                _check(path, image)
                yield image
    except MaskwrightError:
        raise
    except UnidentifiedImageError as error:
        raise _unreadable(path) from error
    except MemoryError as error:
        raise ImageError(
            "image.too_large", f"{path} needs more memory than there is: scale it down."
        ) from error
    except OSError as error:
        raise ImageError("image.file", f"{path} cannot be read: {reason(error)}.") from error
    except Exception as error:  # the readers raise whatever a broken file leads them to
        raise ImageError(
            "image.file", f"{path} is damaged: open it in an editor and save it anew.", str(error)
        ) from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def reason(error: Exception) -> str:
    """Return why, in words that end a sentence."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".").lower()


def _check_kind(path: Path) -> None:
    """Refuse what is no file: a pipe or a device could keep its reader waiting for ever."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise ImageError("image.file", f"{path} cannot be read: {reason(error)}.") from error
    if stat.S_ISDIR(mode):
        raise ImageError("image.file", f"{path} is a folder: name a picture in it.")
    if not stat.S_ISREG(mode):
        raise ImageError("image.file", f"{path} is no file: save the picture, then name that.")


def _check(path: Path, image: ImageFile) -> None:
    width, height = image.size
    if image.format in _PROGRAMS:
        raise _cannot(path, f"a picture of the format {image.format}")
    if max(width, height) > MAX_SIDE:
        raise ImageError(
            "image.too_large",
            f"{path} has {width} x {height} pixels; a side may have {MAX_SIDE:,} at the most: scale it down.",
        )
    if width * height > MAX_PIXELS:
        raise ImageError(
            "image.too_large",
            f"{path} has {width} x {height} pixels; {MAX_PIXELS:,} are the most: scale it down.",
        )
    if width * height > DENSE_PIXELS and width * height > MOST_PER_BYTE * path.stat().st_size:
        raise ImageError(
            "image.too_large",
            f"{path} says that it has {width} x {height} pixels, but holds next to none of them: save it anew.",
        )
    if image.format == "TIFF" and (trouble := mend(image)):
        raise _cannot(path, trouble)


def _unreadable(path: Path) -> ImageError:
    with path.open("rb") as file:
        known = name_of(file.read(512))
    if known:
        return _cannot(path, known)
    return ImageError("image.file", f"{path} is not a picture that can be read: save it as PNG or JPEG.")


def _cannot(path: Path, what: str) -> ImageError:
    return ImageError("image.file", f"{path} is {what}, which cannot be read here: save it as PNG or JPEG.")
