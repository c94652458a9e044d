# SPDX-License-Identifier: GPL-3.0-or-later
"""A mask in one call that waits, for scripts: picture and prompts in, the full-size mask out."""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

from maskwright_shared.client import Client
from maskwright_shared.closer_look import looking_closer
from maskwright_shared.errors import MaskwrightError
from maskwright_shared.installation import Installation
from maskwright_shared.launcher import connect
from maskwright_shared.messages import Apply, Encode, MaskOptions, MaskPrompt, Progress

from ..host import Mask, Picture
from .opening import LOST
from .prompts import Prompts
from .translation import Translation

Told = Callable[[str, Optional[float]], None]
"""Told a stage ("connecting", "sending", or one of Progress) and its progress (None while unknown)."""


def make_mask(
    installation: Installation,
    name: str,
    picture: Picture,
    prompts: Prompts,
    options: MaskOptions,
    *,
    model: str = "",
    candidate: Optional[int] = None,
    previous: Optional[int] = None,
    told: Told = lambda _stage, _fraction: None,
) -> Mask:
    """Return the mask that the daemon makes, the same as the command line's for the same input.

    `candidate` and `previous` are those of an Apply message; with a session's own the mask is the session's, too.

    The daemon is started when there is none; one that is lost on the way is found or started again, once.

    Raises:
        MaskwrightError: what the daemon refuses, or why it cannot be reached.
    """

    def attempt() -> Mask:
        told("connecting", None)
        with connect(installation, name) as client:
            return _on(client, picture, prompts, options, model, (candidate, previous), told)

    try:
        return attempt()
    except MaskwrightError as error:
        if error.code not in LOST:
            raise
        return attempt()


def _on(
    client: Client,
    picture: Picture,
    prompts: Prompts,
    options: MaskOptions,
    model: str,
    candidates: Tuple[Optional[int], Optional[int]],
    told: Told,
) -> Mask:
    def progress(message: Progress) -> None:
        told(message.stage, message.fraction)

    bounds = picture.bounds
    image = client.put_image(
        bounds.width,
        bounds.height,
        picture.channels,
        picture.data,
        lambda fraction: told("sending", fraction),
    ).image
    translation = Translation(bounds, image, model or client.welcome.default_model)
    client.request(Encode(image, translation.model), progress=progress)
    request = Apply(
        **translation.prompted(prompts, options),
        mask=_mask_prompt(client, translation, prompts.mask),
        candidate=candidates[0],
        previous=candidates[1],
    )
    request = looking_closer(client, request, (bounds.width, bounds.height), progress)
    reply: Any = client.request(request, progress=progress)
    return translation.mask(reply)


def _mask_prompt(client: Client, translation: Translation, mask: Optional[Mask]) -> Optional[MaskPrompt]:
    if mask is None:
        return None
    name = client.put_image(mask.bounds.width, mask.bounds.height, "GRAY", mask.alpha).image
    return MaskPrompt(name, *translation.corner(mask.bounds))
