# SPDX-License-Identifier: GPL-3.0-or-later
"""The parasite by which a path that Maskwright made is known again, whatever the user calls it."""

from __future__ import annotations

from typing import Any

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp

from .pixels import done

_NAME = "maskwright"


def sign(path: Any) -> None:
    """Mark a path as made by Maskwright, in a file as well."""
    # A parasite that is not undoable would end the undo history.
    kept = Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE
    done(path.attach_parasite(Gimp.Parasite.new(_NAME, kept, b"made")))


def is_ours(path: Any) -> bool:
    """Whether Maskwright made this path."""
    return _NAME in path.get_parasite_list()
