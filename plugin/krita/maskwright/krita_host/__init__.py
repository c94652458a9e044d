# SPDX-License-Identifier: GPL-3.0-or-later
"""All that touches Krita's API: nothing outside this folder imports `krita`."""

from . import application
from .canvas import KritaCanvas
from .host import KritaHost

__all__ = ["KritaCanvas", "KritaHost", "application"]
