# SPDX-License-Identifier: GPL-3.0-or-later
"""The procedure without a dialog: for scripts, batch runs and Repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Optional

from maskwright_plugin.backend import for_people
from maskwright_plugin.host import Host, HostError, Mask, Picture
from maskwright_plugin.picking.one_shot import make_mask
from maskwright_plugin.picking.prompts import Prompts
from maskwright_shared.errors import MaskwrightError, RequestError
from maskwright_shared.geometry import Box
from maskwright_shared.installation import Installation, find_installation

from .arguments import ARGUMENTS, OUTPUTS, PATH, Job, job_of

NAME = "GIMP"
NOT_SET_UP = (
    "The Maskwright backend is not set up: run install.py, or set it up in the dialog (Select > Object...)."
)
BUNDLE = Path(__file__).resolve().parent.parent

Told = Callable[[str, Optional[float]], None]


def installation() -> Installation:
    """Return where the backend of this bundle lives."""
    return find_installation(BUNDLE)


def values_of(config: Any) -> Dict[str, Any]:
    """Return the arguments in GIMP's configuration object; an unset text is empty."""
    found = {argument.name: config.get_property(argument.name) for argument in ARGUMENTS}
    return {name: "" if value is None else value for name, value in found.items()}


def run(host: Any, config: Any, told: Told) -> None:
    """Do what the arguments say, and return when it is done.

    Raises:
        HostError, MaskwrightError: with a sentence for the user; nothing is changed then.
    """
    job = job_of(values_of(config))
    prompts = _prompts(host, job)
    picture = host.read_picture(job.source)
    _check_seen(picture, prompts)
    mask = make_mask(
        installation(),
        NAME,
        picture,
        prompts,
        job.options,
        model=job.model,
        candidate=job.candidate,
        previous=job.previous,
        told=told,
    )
    write(host, mask, job)


def write(host: Any, mask: Mask, job: Job) -> None:
    """Turn the mask into the job's output.

    Raises:
        HostError: when GIMP cannot do that.
    """
    ends = []
    if job.output == PATH:
        host.write_path(mask, ends.append)
    else:
        target = OUTPUTS[job.output]
        host.write_mask(mask, target, job.operation, ends.append)
    if ends[0] is not None:
        raise ends[0]


def _prompts(host: Host, job: Job) -> Prompts:
    box, mask = job.box, None
    if job.use_selection != "no":
        mask = host.read_selection()
        if mask is None:
            raise HostError("Nothing is selected: select something first, or give points or a box.")
    if job.use_selection == "box" and mask is not None:
        bounds = mask.bounds
        box, mask = Box(bounds.x, bounds.y, bounds.right, bounds.bottom), None
    prompts = Prompts(job.points, box, mask)
    if prompts.is_empty:
        raise RequestError(
            "request.prompt", "There is nothing to select by: give points, a box or a selection."
        )
    _check_inside(host, prompts)
    return prompts


def _check_inside(host: Host, prompts: Prompts) -> None:
    whole = host.image_bounds()
    for point in prompts.points:
        if not (0 <= point.x <= whole.width and 0 <= point.y <= whole.height):
            raise RequestError(
                "request.prompt",
                f"The point {point.x:g},{point.y:g} lies outside the image, "
                f"which has {whole.width} x {whole.height} pixels.",
            )
    box = prompts.box
    if box is not None and (box.x1 <= 0 or box.y1 <= 0 or box.x0 >= whole.width or box.y0 >= whole.height):
        raise RequestError(
            "request.prompt",
            f"The box lies outside the image, which has {whole.width} x {whole.height} pixels.",
        )


def _check_seen(picture: Picture, prompts: Prompts) -> None:
    """A layer may be smaller than the image: what was asked for beside it would silently select nothing."""
    seen, box = picture.bounds, prompts.box
    place = f"the layer, which covers {seen.x},{seen.y} to {seen.right},{seen.bottom}"
    hint = 'choose another layer, or the source "visible"'
    for point in prompts.points:
        if point.foreground and not (seen.x <= point.x <= seen.right and seen.y <= point.y <= seen.bottom):
            raise RequestError(
                "request.prompt", f"The point {point.x:g},{point.y:g} lies outside {place}: {hint}."
            )
    if box is not None and (
        box.x1 <= seen.x or box.y1 <= seen.y or box.x0 >= seen.right or box.y0 >= seen.bottom
    ):
        raise RequestError("request.prompt", f"The box lies outside {place}: {hint}.")


def sentence(error: Exception) -> str:
    """Return what to tell a script's user about a HostError or MaskwrightError: there is no button to press."""
    if not isinstance(error, MaskwrightError):
        return str(error)
    if error.code.startswith("connection.") and not installation().complete:
        return NOT_SET_UP
    return for_people(error).message
