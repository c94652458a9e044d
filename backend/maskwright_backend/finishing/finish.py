# SPDX-License-Identifier: GPL-3.0-or-later
"""The one entry of mask finishing: low-res logits and mask options to an 8-bit alpha mask.

The order of operations:

1. Which parts stay and which holes are filled (`parts`), on the logits, so that every view agrees.
2. Threshold and upscaling (`upscale`) into the raster.
3. Refinement of the edge on the image's own pixels (`edges`).
4. Grow or shrink, then feather (`grow`, `feather`).
5. A hard edge cuts the result at one half.

Steps 3 to 5 see a margin around the view, and work in image pixels: their lengths are divided by the raster's pitch.
Step 2 alone needs neither OpenCV nor the margin, and answers most clicks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from maskwright_shared.errors import Cancelled
from maskwright_shared.geometry import Bounds

from .axis import used
from .raster import Raster
from .upscale import EMPTY, Crop, upscale

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from maskwright_backend.models.placement import Placement
    from maskwright_shared.geometry import Point, View
    from maskwright_shared.messages import MaskOptions

_WORK_PIXELS = 6_000_000
"""A view with its margin is worked on in at most so many pixels, and enlarged from there."""


class FinishedMask(NamedTuple):
    """A mask in a raster of `width` x `height` pixels: `alpha` (uint8, 255 inside) in `bounds`, 0 outside.

    `alpha` is C-contiguous, (bounds.height, bounds.width), and the caller's own; `area` counts the pixels at 128
    and above. An empty mask has the bounds (0, 0, 0, 0).
    """

    width: int
    height: int
    bounds: Bounds
    alpha: NDArray[np.uint8]
    area: int


def never() -> bool:
    """Return False: nothing cancels."""
    return False


def finish(
    logits: NDArray[np.float32],
    placement: Placement,
    image_size: tuple[int, int],
    options: MaskOptions,
    points: Sequence[Point] = (),
    view: View | None = None,
    pixels: NDArray[np.uint8] | None = None,
    channels: str = "RGB",
    *,
    refine: bool = False,
    cancelled: Callable[[], bool] = never,
) -> FinishedMask:
    """Return the mask of one candidate, at the image's full size or for a view.

    Args:
        logits: (h, w) float32, never written to.
        placement: The resize steps from the logits to the image.
        image_size: (width, height) of the image in pixels.
        options: The mask options; `refine` there is not looked at, the argument below decides.
        points: The prompt points in image coordinates, for `keep="clicked"`.
        view: What part to make in which raster; None for the image's full size. Outside the image is 0.
        pixels: The image, (height, width, channels) uint8, needed to refine.
        channels: The layout of `pixels`: GRAY, RGB, RGBA or BGRA.
        refine: Whether the edge follows the image's pixels.
        cancelled: Asked between steps and between blocks of long ones.

    Raises:
        Cancelled: `cancelled` returned True.

    """

    def check() -> None:
        if cancelled():
            raise Cancelled("request.cancelled", "The request was withdrawn.")

    check()
    raster = Raster.of_image(*image_size) if view is None else Raster.of_view(view)
    window = raster.within(*image_size)
    if options.keep != "all" or options.drop_islands or options.fill_holes:
        from .parts import choose_parts  # noqa: PLC0415  # OpenCV costs memory that an idle daemon need not hold

        logits = choose_parts(logits, placement, options, points)
    work = _work_raster(raster, placement, view, options, refine=refine)
    if work == raster and not (refine or options.grow or options.feather):
        crop = upscale(logits, placement, raster, window, options.threshold, soft=options.edge == "soft")
    elif window.is_empty:
        crop = EMPTY
    else:
        inside = _work_window(work, image_size, options)
        crop = _worked(logits, placement, work, inside, options, pixels if refine else None, channels, check)
        crop = _fitted(crop, work, inside, raster, window, hard=options.edge == "hard")
    return FinishedMask(raster.columns, raster.rows, crop.bounds, crop.alpha, crop.area)


def _work_raster(
    raster: Raster, placement: Placement, view: View | None, options: MaskOptions, *, refine: bool
) -> Raster:
    """Return the raster to work in: the wanted one, coarser for a huge margin, finer for a thumbnail."""
    if view is None:
        return raster
    margin = 2 * (abs(options.grow) + 3 * options.feather)
    pixels = (raster.columns + margin / raster.dx) * (raster.rows + margin / raster.dy)
    factor = math.sqrt(pixels / _WORK_PIXELS) if margin else 0.0
    if refine:
        # Between the image's pixels there is nothing to follow.
        factor = max(factor, 1 / raster.pitch)
    if factor > 1:
        return raster.scaled(factor)
    cell = min(placement.x[-1][1] / used(placement.x), placement.y[-1][1] / used(placement.y))
    parts = round(min(raster.pitch / max(cell, 1.0), 8))
    return raster.scaled(1 / parts) if parts > 1 else raster


def _work_window(work: Raster, image_size: tuple[int, int], options: MaskOptions) -> Bounds:
    """Return the part of the work raster, grown by the margin that the options need, that lies in the image."""
    from .feather import feather_margin  # noqa: PLC0415  # as above
    from .grow import grow_margin  # noqa: PLC0415

    margin = grow_margin(options.grow / work.pitch)
    margin += feather_margin(options.feather / min(work.dx, work.dy))
    whole = Bounds(0, 0, work.columns, work.rows).grown(margin)
    return work.window(whole).within(*image_size).moved(whole.x, whole.y)


def _worked(
    logits: NDArray[np.float32],
    placement: Placement,
    work: Raster,
    inside: Bounds,
    options: MaskOptions,
    pixels: NDArray[np.uint8] | None,
    channels: str,
    check: Callable[[], None],
) -> Crop:
    """Return the soft mask in a window of the work raster with the options done."""
    from .feather import feather  # noqa: PLC0415  # as above
    from .grow import grow  # noqa: PLC0415

    crop = upscale(logits, placement, work, inside, options.threshold, soft=True)
    check()
    if pixels is not None:
        from .edges import refined  # noqa: PLC0415  # as above
        from .pixels import Pixels  # noqa: PLC0415

        image = Pixels(pixels, channels)
        crop = refined(crop, logits, placement, options.threshold, work, inside, image, check)
    crop = grow(crop, options.grow / work.pitch, inside, check)
    return feather(crop, options.feather / work.dx, options.feather / work.dy, inside, check)


def _fitted(crop: Crop, work: Raster, inside: Bounds, raster: Raster, window: Bounds, *, hard: bool) -> Crop:
    """Return the crop in the wanted raster, cut to the window; a hard edge is cut here, once."""
    from .crops import read, trimmed  # noqa: PLC0415  # as above
    from .resample import resampled  # noqa: PLC0415

    if work == raster:
        bounds = crop.bounds.intersection(window)
        crop = Crop(bounds, read(crop, bounds, inside), 0)
    else:
        crop = resampled(crop, work, inside, raster, window)
    if hard:
        crop = crop._replace(alpha=np.multiply(crop.alpha >= 128, np.uint8(255)))
    return trimmed(crop)
