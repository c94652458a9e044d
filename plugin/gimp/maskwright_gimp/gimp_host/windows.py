# SPDX-License-Identifier: GPL-3.0-or-later
"""What a window of this process needs of GIMP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp


def begin_windows() -> Path:
    """Take over GIMP's theme for this process's windows; return GIMP's folder for settings."""
    _gimp_ui().init("maskwright-select")
    return Path(Gimp.directory())


def attach_window(window: Any) -> None:
    """Keep a window above GIMP's own."""
    window.realize()
    _gimp_ui().window_set_transient(window)


def _gimp_ui() -> Any:
    gi.require_version("GimpUi", "3.0")
    from gi.repository import GimpUi

    return GimpUi
