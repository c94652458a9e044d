# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin as a whole: one backend, the choices, and one picking per view at most."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Callable, List, Optional

from maskwright_plugin.backend import Backend

from .bridge import Bridge
from .choices import Choices
from .krita_host import application
from .manager.room import ModelRoom
from .models import ModelList
from .picking import Picking
from .setting_up import SettingUp

_SEEN = "docker_shown"


class Plugin:
    """Made once; the docker, the actions and the overlays act through it."""

    def __init__(self) -> None:
        self._bridge = Bridge()
        self._backend: Optional[Backend] = None
        self._pickings: List[Picking] = []
        self._listeners: List[Callable[[], None]] = []
        self.setting_up = SettingUp(self._bridge, self.tell, self._forget_backend)
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

    # What the user does.

    def toggle(self) -> None:
        """Start picking in the view in front, or end it there."""
        picking = self.front
        if picking is not None:
            picking.wishes.cancel()
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
        if not self.setting_up.is_set_up:
            application.show_docker()
            self.tell()
            return None
        self._show_docker_once()
        canvas, host = found
        picking = Picking(canvas, host, self._the_backend(), self.choices, self._on_picking, self._ended)
        self._pickings.append(picking)
        if self.choices.model:  # it may be gone: then the default takes its place before it is missed
            self.models.ask(self._the_backend(), picking.start)
        else:
            picking.start()
        self.tell()
        return picking

    def _show_docker_once(self) -> None:
        """Show the docker to whoever has never picked: Krita may start with it hidden. Who closes it has it closed."""
        if not application.read_setting(_SEEN, ""):
            application.write_setting(_SEEN, "yes")
            application.show_docker()

    def refine(self) -> None:
        """Make the selection of the image in front the prompt, in a picking that is started if need be."""
        picking = self.begin()
        if picking is not None:
            picking.wishes.refine()

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
        return self.setting_up.installation.places.home

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

    # The end.

    def close(self) -> None:
        """End everything; Krita is closing. It waits for nothing."""
        for picking in list(self._pickings):
            picking.close()
        self.room.close()
        self.setting_up.cancel()
        self._forget_backend()

    def _ended(self, picking: Picking) -> None:
        if picking in self._pickings:
            self._pickings.remove(picking)
        self.tell()

    def _forget_backend(self) -> None:
        """End the connection; another one, perhaps of another interpreter, is made when it is needed."""
        if self._backend is not None:
            self._backend.close()
            self._backend = None
            self.room.manager.forget()

    def _the_backend(self) -> Backend:
        if self._backend is None:
            installation = self.setting_up.installation
            self._backend = Backend(self._bridge.called.emit, installation=installation, name="Krita")
        return self._backend


_plugin: List[Plugin] = []


def the_plugin() -> Plugin:
    """Return the one plugin of this Krita, made at the first call."""
    if not _plugin:
        _plugin.append(Plugin())
    return _plugin[0]


__all__ = ["Plugin", "the_plugin"]
