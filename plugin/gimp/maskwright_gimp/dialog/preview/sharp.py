# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in their full sharpness on screens of high density, without a cairo binding.

There GTK's pixels are `screen_scale` screen pixels wide, and it would enlarge a pixbuf given to Gtk.Image as such.
"""

from __future__ import annotations

from typing import Any

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk


def screen_scale(widget: Any) -> int:
    """Return how many screen pixels one of GTK's is wide and high, where the widget is."""
    return max(1, int(widget.get_scale_factor()))


def show_sharply(image: Any, pixbuf: Any) -> None:
    """Show a pixbuf in a Gtk.Image, one of its pixels on one screen pixel.

    A pixbuf is an icon as well (GIcon), and GTK takes icons as made for the screen's own scale.
    """
    image.set_from_gicon(pixbuf, Gtk.IconSize.BUTTON)
