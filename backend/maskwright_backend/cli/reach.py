# SPDX-License-Identifier: GPL-3.0-or-later
"""How the commands reach the daemon: the one of this interpreter's own installation."""

from __future__ import annotations

import sys
from pathlib import Path

from maskwright_shared.client import Client
from maskwright_shared.installation import Installation
from maskwright_shared.launcher import connect
from maskwright_shared.places import find_places

NAME = "maskwright command"


def installation() -> Installation:
    """Return the folders of the environment, with this very interpreter to start a daemon with."""
    return Installation(Path(sys.executable), find_places())


def reach(*, start: bool = True) -> Client:
    """Return a connection to the daemon, started when it is absent unless `start` is false."""
    return connect(installation(), NAME, start=start)
