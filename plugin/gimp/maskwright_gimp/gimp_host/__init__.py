# SPDX-License-Identifier: GPL-3.0-or-later
"""The only package that touches GIMP's images: one open image as a Host, and what a window needs of GIMP.

`sources` says what can be read, `targets` writes a mask, `pixels` moves bytes between both and GIMP.
"""

from .filters import NotAloneError
from .host import GimpHost, Thumbnail
from .windows import attach_window, begin_windows

__all__ = ["GimpHost", "NotAloneError", "Thumbnail", "attach_window", "begin_windows"]
