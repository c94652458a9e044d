# SPDX-License-Identifier: GPL-3.0-or-later
"""The images that clients put: received in stripes, named by their content, kept under a byte budget."""

from __future__ import annotations

import mmap
from collections import OrderedDict

import xxhash

from maskwright_shared.errors import ImageError
from maskwright_shared.messages import CHANNELS, MAX_PIXELS, ImagePut, ImageStripe

from ..imaging.stored import StoredImage
from .buffers import BufferPool


class Upload:
    """An image on its way: copied and hashed stripe by stripe, while both are still in the processor's cache."""

    def __init__(self, put: ImagePut, buffer: mmap.mmap) -> None:
        self.put = put
        self.buffer = buffer
        self._total = put.width * put.height * CHANNELS[put.channels]
        self._received = 0
        self._hash = xxhash.xxh3_128(f"{put.width} {put.height} {put.channels} ".encode())

    def add(self, stripe: ImageStripe) -> bool:
        """Take the next stripe; return whether the image is whole.

        Raises:
            ImageError: `image.stripe` when it is not the next one, or more than the image holds.
        """
        end = stripe.offset + len(stripe.data)
        if stripe.offset != self._received or end > self._total:
            raise ImageError(
                "image.stripe",
                "The pixels did not arrive in order: put the image again.",
                f"offset {stripe.offset} to {end} after {self._received} of {self._total} bytes",
            )
        self.buffer[stripe.offset : end] = stripe.data
        self._hash.update(stripe.data)
        self._received = end
        return end == self._total

    def finish(self) -> StoredImage:
        """Return the whole image under the name of its content."""
        return StoredImage(self._hash.hexdigest(), self.put, self.buffer)


MOST_IMAGES = 32
"""Nobody goes back and forth between more; without a limit, small images would pile up until the budget is full."""


class ImageStore:
    """Images by name, the one used longest ago first to go; the newest stays whatever the budget is."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._pool = BufferPool(budget // 2)
        self._images: OrderedDict[str, StoredImage] = OrderedDict()

    def begin(self, put: ImagePut) -> Upload:
        """Return an upload for an announced image, after making room for it.

        Raises:
            ImageError: `image.too_large` beyond 150 million pixels.
        """
        if put.width * put.height > MAX_PIXELS:
            raise ImageError(
                "image.too_large",
                f"The image has {put.width} x {put.height} pixels; {MAX_PIXELS:,} are the most: scale it down.",
            )
        size = put.width * put.height * CHANNELS[put.channels]
        self._make_room(size)
        try:
            return Upload(put, self._pool.lend(size))
        except OSError as error:
            raise ImageError(
                "image.memory", "There is not enough memory for this image: scale it down."
            ) from error

    def abandon(self, upload: Upload) -> None:
        """Take the memory of an upload that will not be finished."""
        self._pool.give_back(upload.buffer)

    def add(self, image: StoredImage) -> tuple[StoredImage, bool]:
        """Keep a whole image; return the kept one, and whether its content was known already."""
        known = self._images.get(image.name)
        if known is not None:
            self._pool.give_back(image.buffer)
            self._images.move_to_end(image.name)
            return known, True
        self._images[image.name] = image
        self._make_room(0)
        return image, False

    def get(self, name: str) -> StoredImage:
        """Return an image and mark it as used.

        Raises:
            ImageError: `image.unknown` when it was never put, or had to go.
        """
        image = self._images.get(name)
        if image is None:
            raise ImageError("image.unknown", "The daemon no longer has this image: put it again.")
        self._images.move_to_end(name)
        return image

    def hold(self, image: StoredImage) -> None:
        """Keep the pixels of an image in place until `release`."""
        image.users += 1

    def release(self, image: StoredImage) -> None:
        """Undo one `hold`."""
        image.users -= 1
        if image.users == 0 and self._images.get(image.name) is not image:
            self._pool.give_back(image.buffer)

    def demote(self, name: str) -> None:
        """Make an image the first to go when room is needed."""
        if name in self._images:
            self._images.move_to_end(name, last=False)

    @property
    def count(self) -> int:
        """How many images there are."""
        return len(self._images)

    @property
    def used_bytes(self) -> int:
        """The bytes of all images."""
        return sum(len(image.buffer) for image in self._images.values())

    def _make_room(self, size: int) -> None:
        least = 1 if size == 0 else 0
        while len(self._images) > least and (
            self.used_bytes + size > self._budget or len(self._images) > MOST_IMAGES
        ):
            _, image = self._images.popitem(last=False)
            if image.users == 0:
                self._pool.give_back(image.buffer)

    def trim(self) -> None:
        """Give the memory of unused buffers back to the system."""
        self._pool.clear()
