# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up the backend and the editors' bundles: used by install.py and by the editors themselves.

An editor needs `find_source`, `BackgroundSetup` and the problems; install.py the rest as well.
"""

from .background import BackgroundSetup
from .installer import set_up
from .problems import SetupCancelled, SetupError
from .source import Source, bundle_folder, find_source
from .task import Progress

__all__ = [
    "BackgroundSetup",
    "Progress",
    "SetupCancelled",
    "SetupError",
    "Source",
    "bundle_folder",
    "find_source",
    "set_up",
]
