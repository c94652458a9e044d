# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin as a whole: one backend, the choices, and one picking per view at most."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import Callable, List, Optional

from maskwright_plugin.backend import Backend
from maskwright_plugin.setup import BackgroundSetup
from maskwright_plugin.setup import Progress as SetupProgress
from maskwright_plugin.setup.outdated import is_outdated
from maskwright_plugin.setup.problems import SetupCancelled, SetupError
from maskwright_shared.installation import Installation, find_installation

from .choices import Choices
from .i18n import tr
from .krita_host import application
from .manager.room import ModelRoom
from .models import ModelList
from .picking import Picking
from .qt import Qt, QtCore, Signal

BUNDLE = Path(__file__).resolve().parent
log = logging.getLogger("maskwright")


class _Bridge(QtCore.QObject):
    """Runs calls from any thread on Krita's main thread."""

    called = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.called.connect(self._run, Qt.ConnectionType.QueuedConnection)

    @staticmethod
    def _run(call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:  # from a slot it would reach the user as a traceback
            log.exception("an answer could not be shown")


class Plugin:
    """Made once; the docker, the actions and the overlays act through it."""

    def __init__(self) -> None:
        self._bridge = _Bridge()
        self._backend: Optional[Backend] = None
        self._pickings: List[Picking] = []
        self._listeners: List[Callable[[], None]] = []
        self._setup: Optional[BackgroundSetup] = None
        self._wanted_after_setup = False
        self.setup_progress: Optional[SetupProgress] = None
        self.setup_problem = ""
        self.choices = Choices.load()
        self.models = ModelList(self._on_models)
        self.room = ModelRoom(self)

    # What it tells.

    def listen(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after every change that may be seen; it must not raise."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        """Call it no more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def tell(self) -> None:
        """Tell all listeners that something may have changed."""
        for listener in list(self._listeners):
            listener()

    @property
    def front(self) -> Optional[Picking]:
        """The picking of the view in front, or None."""
        return next((picking for picking in self._pickings if picking.canvas.in_front), None)

    @property
    def is_set_up(self) -> bool:
        """Whether there is a backend to start, or one that runs."""
        installation = self._installation()
        runs = installation.places.connection_file.is_file()
        return not self.is_outdated and (installation.complete or runs)

    @property
    def is_outdated(self) -> bool:
        """Whether the plugin carries a newer backend than the one that was set up."""
        return is_outdated(self._installation(), BUNDLE)

    @property
    def is_setting_up(self) -> bool:
        """Whether the setup runs."""
        return self._setup is not None

    # What the user does.

    def toggle(self) -> None:
        """Start picking in the view in front, or end it there."""
        picking = self.front
        if picking is not None:
            picking.cancel()
        else:
            self.begin()
        self.tell()

    def begin(self) -> Optional[Picking]:
        """Start picking in the view in front and return it; None when there is no image or no backend."""
        there = self.front
        if there is not None:
            return there
        found = application.front()
        if found is None:
            return None
        if not self.is_set_up:
            application.show_docker()
            self.tell()
            return None
        canvas, host = found
        picking = Picking(canvas, host, self._the_backend(), self.choices, self._on_picking, self._ended)
        self._pickings.append(picking)
        if self.choices.model:  # it may be gone: then the default takes its place before it is missed
            self.models.ask(self._the_backend(), picking.start)
        else:
            picking.start()
        self.tell()
        return picking

    def refine(self) -> None:
        """Make the selection of the image in front the prompt, in a picking that is started if need be."""
        picking = self.begin()
        if picking is not None:
            picking.refine()

    def choose(self, choices: Choices) -> None:
        """Go on with these choices, and keep them."""
        if choices == self.choices:
            return
        self.choices = choices
        choices.save()
        for picking in list(self._pickings):
            picking.set_choices(choices)
        self.tell()

    # The models.

    def ask_models(self) -> None:
        """Have the list of models brought up to date; a backend that is not there is started for it."""
        self.models.ask(self._the_backend())

    @property
    def model(self) -> str:
        """The id of the model in use."""
        return self.choices.model or self._the_backend().default_model

    @property
    def home(self) -> Path:
        """The folder of the installation that the backend belongs to."""
        return self._installation().places.home

    def backend(self) -> Backend:
        """Return the backend, for requests that belong to no picking."""
        return self._the_backend()

    def _on_models(self) -> None:
        if self.models.lacks(self.choices.model):
            self.choose(dataclasses.replace(self.choices, model=""))
        self.tell()

    def _on_picking(self, *, learned: bool) -> None:
        if learned:
            self.ask_models()
        self.tell()

    # The setup.

    def set_up(self) -> None:
        """Set the backend up beside Krita's main thread; a second press repairs what is half done."""
        if self._setup is None:
            self.setup_problem = ""
            self.setup_progress = SetupProgress(0.0, tr("Starting…"))
            self._setup = BackgroundSetup(self._bridge.called.emit, self._on_setup_progress, self._on_set_up)
            self.tell()

    def cancel_setup(self) -> None:
        """Stop the setup."""
        if self._setup is not None:
            self._setup.cancel()

    def _on_setup_progress(self, progress: SetupProgress) -> None:
        self.setup_progress = progress
        self.tell()

    def _on_set_up(self, _installation: Optional[Installation], error: Optional[SetupError]) -> None:
        self._setup = None
        self.setup_progress = None
        if error is not None:
            self.setup_problem = error.message
            if not isinstance(error, SetupCancelled):
                log.error("setup: %s\n%s", error.message, error.detail)
        elif self._backend is not None:
            self._backend.close()  # it may know of another interpreter
            self._backend = None
        self.tell()

    # The end.

    def close(self) -> None:
        """End everything; Krita is closing. It waits for nothing."""
        for picking in list(self._pickings):
            picking.close()
        if self._setup is not None:
            self._setup.cancel()
        self.room.close()
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    def _ended(self, picking: Picking) -> None:
        if picking in self._pickings:
            self._pickings.remove(picking)
        self.tell()

    def _installation(self) -> Installation:
        return find_installation(BUNDLE)

    def _the_backend(self) -> Backend:
        if self._backend is None:
            self._backend = Backend(self._bridge.called.emit, installation=self._installation(), name="Krita")
        return self._backend


_plugin: List[Plugin] = []


def the_plugin() -> Plugin:
    """Return the one plugin of this Krita, made at the first call."""
    if not _plugin:
        _plugin.append(Plugin())
    return _plugin[0]


__all__ = ["Plugin", "the_plugin"]
