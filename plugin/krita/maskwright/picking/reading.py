# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture that is picked in: read, looked after, and read again when it is no longer what is in the image."""

from __future__ import annotations

import time
from typing import Optional

from maskwright_plugin.host import HostError, Picture, Source
from maskwright_shared.geometry import Bounds

from ..i18n import tr
from ..krita_host import KritaHost

AGAIN_SECONDS = 1.0
"""A picture that keeps changing is read no more often."""


class Reading:
    """Of one image. `bounds` is where the picture lies, or None with the `reason` why there is none."""

    def __init__(self, host: KritaHost) -> None:
        self._host = host
        self._source = Source.LAYER
        self._read_at = 0.0
        self.image = host.image_bounds()
        self.bounds: Optional[Bounds] = None
        self.reason = ""
        """A sentence in the user's language; it holds until there is a picture."""

    def read(self, source: Source) -> Optional[Picture]:
        """Read anew; return the picture, or None with a reason."""
        self._source, self._read_at = source, time.monotonic()
        self.image = self._host.image_bounds()
        try:
            picture = self._host.read_picture(source)
        except HostError as error:
            self.bounds, self.reason = None, tr(str(error))
            return None
        self.bounds, self.reason = picture.bounds, ""
        return picture

    def sees(self, x: float, y: float) -> bool:
        """Whether the picture has something at a position; before it is read, anything may be there."""
        seen = self.bounds
        return seen is None or (seen.x <= x <= seen.right and seen.y <= y <= seen.bottom)

    def is_another(self) -> bool:
        """Whether there is another picture to read: of another layer, or one where there was none for a reason."""
        if not self.reason:
            return self._host.is_another()
        try:
            self._host.check_readable(self._source)
        except HostError as error:
            self.reason = tr(str(error))
            return False
        return True

    def has_changed(self) -> bool:
        """Whether the pixels are seen to have changed; it costs little, and a change may be seen a moment later."""
        return (
            self.bounds is not None
            and time.monotonic() - self._read_at > AGAIN_SECONDS
            and self._host.has_changed()
        )

    def is_outdated(self) -> bool:
        """Whether any pixel has changed."""
        return self.bounds is not None and self._host.has_changed(thoroughly=True)
