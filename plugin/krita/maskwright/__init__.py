# SPDX-License-Identifier: GPL-3.0-or-later
"""Maskwright in Krita: click an object and its edges are selected.

Krita's importer takes one module folder out of a zip, so the shared packages lie inside this one.
"""

import sys
from pathlib import Path

_HERE = str(Path(__file__).parent)
if _HERE not in sys.path:
    sys.path.append(_HERE)

from . import start  # noqa: E402

start.register()
