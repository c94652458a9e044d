# SPDX-License-Identifier: GPL-3.0-or-later
"""The mask of a script: at full size, after a closer look where the daemon names one."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Optional

from .client import Client
from .geometry import View
from .messages import Apply, Masks, Progress, Segment

_THUMBNAIL = 64
"""The preview is not looked at: its reply says whether a small object deserves a window of its own."""


def full_size_mask(
    client: Client,
    request: Apply,
    size: tuple[int, int],
    progress: Optional[Callable[[Progress], None]] = None,
) -> Masks:
    """Return the answer to an Apply for an image of `size` (width, height), as an editor would apply it.

    Raises:
        MaskwrightError: what the daemon refuses.
    """
    if request.window is None and request.feedback is None:
        shared = {field.name: getattr(request, field.name) for field in dataclasses.fields(request)}
        view = View.whole(*size, _THUMBNAIL)
        reply: Any = client.request(Segment(**shared, view=view), progress=progress)
        request = dataclasses.replace(request, window=reply.closer)
    answer: Any = client.request(request, progress=progress)
    return answer  # type: ignore[no-any-return]
