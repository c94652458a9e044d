# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture in the daemon's memory, as a client put it."""

from __future__ import annotations

import mmap

from maskwright_shared.messages import CHANNELS, ImagePut


class StoredImage:
    """A whole image: width x height pixels of `channels`, 8 bits each, sRGB, rows from the top, no padding.

    `users` counts the jobs that read `buffer`; it is given back to the pool only when nobody does.
    """

    def __init__(self, name: str, put: ImagePut, buffer: mmap.mmap) -> None:
        self.name = name
        self.width = put.width
        self.height = put.height
        self.channels = put.channels
        self.buffer = buffer
        self.users = 0

    @property
    def size(self) -> int:
        """The bytes of its pixels; the buffer may be longer."""
        return self.width * self.height * CHANNELS[self.channels]
