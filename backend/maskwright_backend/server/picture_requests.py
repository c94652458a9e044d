# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests about images: put in stripes, forget."""

from __future__ import annotations

from maskwright_shared import messages as m
from maskwright_shared.errors import ImageError, MaskwrightError, RequestError

from .clients import Client
from .desk import Desk
from .images import ImageStore

MOST_UPLOADS = 8
"""Images that one connection may send at once; each has its memory from the start."""


class PictureRequests:
    """One method for each message type."""

    def __init__(self, desk: Desk, store: ImageStore) -> None:
        self._desk = desk
        self._store = store

    def put(self, client: Client, id: int, put: m.ImagePut) -> None:
        """Make room for an image; its stripes follow."""
        if len(client.uploads) >= MOST_UPLOADS:
            raise RequestError(
                "request.too_many", f"{MOST_UPLOADS} images are on their way: send the pixels of these first."
            )

        def withdraw(why: MaskwrightError) -> None:
            self._desk.drop_upload(client, id)
            self._desk.fail(client, id, why)

        client.uploads[id] = self._store.begin(put)
        client.pending[id] = withdraw

    def stripe(self, client: Client, _: int, stripe: m.ImageStripe) -> None:
        """Take the next pixels; the last ones make the image ready."""
        upload = client.uploads.get(stripe.put)
        if upload is None:
            return  # the put was refused or withdrawn: its stripes were on their way already
        try:
            complete = upload.add(stripe)
        except ImageError as error:
            self._desk.drop_upload(client, stripe.put)
            self._desk.fail(client, stripe.put, error)
            return
        if complete:
            client.uploads.pop(stripe.put)
            image, known = self._store.add(upload.finish())
            self._desk.reply(client, stripe.put, m.ImageReady(image.name, known))

    def forget(self, client: Client, id: int, forget: m.ImageForget) -> None:
        """Make this image the first to go when room is needed: it may well be put again."""
        self._store.demote(forget.image)
        self._desk.reply(client, id, m.Done())
