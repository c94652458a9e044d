# SPDX-License-Identifier: GPL-3.0-or-later
"""For scripts: whether the object is so small that the daemon would look at it closer, as it does for an editor."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Optional, Tuple

from .client import Client
from .geometry import View
from .messages import Apply, Progress, Segment

_THUMBNAIL = 64
"""The preview is not looked at: its reply says whether a small object deserves a window of its own."""


def looking_closer(
    client: Client,
    request: Apply,
    size: Tuple[int, int],
    progress: Optional[Callable[[Progress], None]] = None,
) -> Apply:
    """Return the request with the window that the daemon names for it in an image of `size` (width, height), if any.

    It costs no second decode: the daemon remembers what it gave for the same prompts.

    Raises:
        MaskwrightError: what the daemon refuses.
    """
    if request.window is not None or request.feedback is not None:
        return request
    shared = {field.name: getattr(request, field.name) for field in dataclasses.fields(request)}
    reply: Any = client.request(Segment(**shared, view=View.whole(*size, _THUMBNAIL)), progress=progress)
    return dataclasses.replace(request, window=reply.closer)
