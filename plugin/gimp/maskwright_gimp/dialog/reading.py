# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dialog looks at: it reads the pixels, and notices when the image is no longer what was read."""

from __future__ import annotations

import time
from typing import Any, Optional, Protocol

from gi.repository import GLib

from maskwright_plugin.host import HostError, Picture, Source

from ..arguments import SOURCES
from ..gimp_host import NotAloneError
from ..texts import _
from .panel import Panel
from .preview.canvas import Canvas
from .preview.painter import pixbuf_of

THUMBNAIL_SIDE = 1024
WATCH_MILLISECONDS = 500
REST = 9
"""Times as long as a look took: filters on a large layer would keep GIMP from anything else."""

CHANGED = _("The picture has changed: it was read again, and your clicks were kept.")
MOVED = _("The image was scaled, cropped or moved: click the object again.")
NOT_ALONE = _("This layer's filters show only in the whole image: all that is visible is looked at.")
REMOVED = _("The layer was removed: the one that is active now is looked at, and your clicks were kept.")


class Reader(Protocol):
    """Who is told what was read."""

    def on_picture(self, picture: Picture, word: str) -> None:
        """Here are the pixels; `word` says why they were read again."""

    def on_moved(self) -> None:
        """Prompts for what the image was would be in wrong places now."""

    def on_unreadable(self, sentence: str) -> None:
        """The image cannot be read as it is; the sentence says why."""


class Reading:
    """Shows a small copy of the source on the canvas at once, then reads all of it; `start` begins to watch."""

    def __init__(self, host: Any, canvas: Canvas, panel: Panel, reader: Reader) -> None:
        self._host = host
        self._canvas = canvas
        self._panel = panel
        self._reader = reader
        self._watch = 0
        self._picture: Optional[Picture] = None
        self._geometry: Any = None
        self._print: Any = None
        self._seen: Any = None
        self._word = ""
        self._rest_until = 0.0

    @property
    def is_on(self) -> bool:
        """Whether the dialog is open."""
        return bool(self._watch)

    @property
    def source(self) -> Source:
        """What of the image is looked at."""
        return SOURCES[self._panel.get("source")]

    def choose_source(self) -> None:
        """Take what is visible where no single layer can be read."""
        one = self._host.has_one_layer()
        if self._panel.get("source") == "layer" and not one:
            self._panel.set("source", "visible")
        self._panel.name_source(self._host.source_kind() if one else "layer")

    def start(self) -> None:
        """Read when the window has been seen, and watch from now on."""
        self._geometry = self._host.geometry(self.source)
        self._watch = GLib.timeout_add(WATCH_MILLISECONDS, self._on_watch)
        self._soon()

    def close(self) -> None:
        """Read and watch no more."""
        if self._watch:
            GLib.source_remove(self._watch)
            self._watch = 0

    def show_thumbnail(self) -> None:
        """Show quickly what will be read."""
        try:
            small = self._host.thumbnail(self.source, THUMBNAIL_SIDE)
        except HostError:
            return  # reading the pixels tells why
        if small is not None:
            self._canvas.set_picture(pixbuf_of(*small[:4]), small.bounds)

    def again(self, word: str = "") -> None:
        """Read anew, with a word about why."""
        self._word = word
        self._geometry = None  # until it is read
        self._print = None
        self.show_thumbnail()
        self._soon()

    def is_current(self) -> bool:
        """Look at every pixel; where one is another than was read, the picture is read again, and this is False."""
        if self._has_moved():
            self._begin_anew()
            return False
        try:
            now = self._host.read_picture(self.source)
        except HostError:
            self._check()
            return False
        if now == self._picture:
            return True
        self._take(now, CHANGED)
        return False

    def refresh(self) -> None:
        """Read again what the dialog itself may have changed, without a word."""
        try:
            now = self._host.read_picture(self.source)
        except HostError as error:
            self._reader.on_unreadable(str(error))
            return
        if now != self._picture:
            self._take(now, "")
        self._note()

    def _soon(self) -> None:
        self._canvas.when_seen(lambda: GLib.idle_add(self._read))

    def _read(self) -> bool:
        if not self._watch:
            return False  # closed meanwhile
        try:
            picture = self._host.read_picture(self.source)
        except NotAloneError:
            self._panel.set("source", "visible")
            self.again(NOT_ALONE)
            return False
        except HostError as error:
            self._picture = None
            self._geometry = self._host.geometry(self.source)
            self._reader.on_unreadable(str(error))
            return False
        word, self._word = self._word, ""
        self._take(picture, word)
        return False

    def _take(self, picture: Picture, word: str) -> None:
        self._picture = picture
        self._note()
        bounds = picture.bounds
        self._canvas.set_picture(
            pixbuf_of(bounds.width, bounds.height, picture.channels, picture.data), bounds
        )
        self._reader.on_picture(picture, word)

    def _note(self) -> None:
        """Note how the image looks now, to notice what changes."""
        self._geometry = self._host.geometry(self.source)
        self._print = self._seen = self._host.fingerprint(self.source)

    # Watching.

    def _on_watch(self) -> bool:
        if not self._host.is_open():
            self._reader.on_unreadable(_("The image was closed."))
        else:
            self._check()
        return True

    def _check(self) -> None:
        if self.source is Source.LAYER and self._host.follow_active_layer():
            self.choose_source()
            self.again(REMOVED)
        elif self._has_moved():
            self._begin_anew()
        elif self._has_changed():
            self.again(CHANGED)

    def _has_moved(self) -> bool:
        now = self._host.geometry(self.source)
        return None not in (now, self._geometry) and now != self._geometry

    def _begin_anew(self) -> None:
        self._reader.on_moved()
        self.again(MOVED)

    def _has_changed(self) -> bool:
        """Whether it looks different, and has come to rest: somebody who paints is not interrupted."""
        if self._picture is None:
            return self._geometry is None and self._became_readable()
        started = time.monotonic()
        if started < self._rest_until:
            return False
        before, self._seen = self._seen, self._host.fingerprint(self.source)
        now = time.monotonic()
        self._rest_until = now + REST * (now - started)
        return None not in (self._print, self._seen) and self._print != self._seen == before

    def _became_readable(self) -> bool:
        return not self._word and self._host.geometry(self.source) is not None
