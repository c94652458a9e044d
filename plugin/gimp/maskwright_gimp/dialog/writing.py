# SPDX-License-Identifier: GPL-3.0-or-later
"""From *Apply* to the image: the mask is made at full size, and written where the user wants it."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from maskwright_plugin.host import HostError, Mask
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_shared.errors import MaskwrightError

from .. import procedure
from ..arguments import Job, box_text, clicks_text, job_of
from ..texts import told
from .panel import Panel
from .reading import CHANGED, Reading

Ended = Callable[[str], None]
"""Told what went wrong, or nothing when the mask was written."""


class Writing:
    """One mask at a time; `config` holds what was done last, for Repeat."""

    def __init__(
        self, host: Any, config: Any, session: ObjectSession, panel: Panel, reading: Reading
    ) -> None:
        self._host = host
        self._config = config
        self._session = session
        self._panel = panel
        self._reading = reading
        self._job: Optional[Job] = None

    @property
    def is_on(self) -> bool:
        """Whether a mask is being made."""
        return self._job is not None

    def begin(self, ended: Ended) -> None:
        """Make the mask that is shown, and write it as the panel says."""
        values = {**procedure.values_of(self._config), **self._described()}
        self._job = job_of(values)
        self._session.apply(lambda mask, error: self._on_mask(values, mask, error, ended))

    def _on_mask(
        self, values: Dict[str, Any], mask: Optional[Mask], error: Optional[MaskwrightError], ended: Ended
    ) -> None:
        job, self._job = self._job, None
        sentence = "" if error is None else told(error.message)
        if mask is not None and job is not None:
            sentence = self._written(mask, job)
        if not sentence:
            for name, value in values.items():
                self._config.set_property(name, value)
        ended(sentence)

    def _written(self, mask: Mask, job: Job) -> str:
        """Write the mask, unless it is one of pixels that are gone; return what went wrong, or nothing."""
        if not self._reading.is_current():
            return CHANGED
        try:
            procedure.write(self._host, mask, job)
        except HostError as error:
            return str(error)
        return ""

    def _described(self) -> Dict[str, Any]:
        """Return what the user has chosen as the procedure's arguments."""
        state, options, values = self._session.state, self._panel.options, self._panel.values
        return {
            "points": "",
            "background": "",
            "clicks": clicks_text(state.prompts.points),
            "box": box_text(state.prompts.box),
            "use-selection": "no" if state.prompts.mask is None else "mask",
            "source": values["source"],
            "model": state.model,
            "candidate": _number(state.preview and state.preview.candidate),
            "previous": _number(self._session.previous),
            "output": values["output"],
            "operation": values["operation"],
            "threshold": options.threshold,
            "edge": options.edge,
            "refine": values["refine"],
            "grow": options.grow,
            "feather": options.feather,
            "fill-holes": options.fill_holes,
            "drop-islands": options.drop_islands,
            "keep": options.keep,
        }


def _number(candidate: Optional[int]) -> int:
    """Return a candidate as the procedure's argument."""
    return -1 if candidate is None else candidate
