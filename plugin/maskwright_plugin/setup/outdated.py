# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a bundle has brought a newer backend than the one that was set up before. It only reads names of files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, Optional, Tuple

from maskwright_shared.installation import Installation

from .source import CARRIED

_NAME = re.compile(r"maskwright-(\d+(?:\.\d+)*)[-.]")


def is_outdated(installation: Installation, bundle: Path) -> bool:
    """Whether the bundle carries a wheel of a later version than that of the Maskwright in the home's environment.

    A bundle without a wheel, an environment without Maskwright, names that say no version and an interpreter from
    elsewhere, which no setup from here would change, leave it at False.
    """
    environment = installation.places.environment
    carried = _newest(list((bundle / CARRIED).glob("maskwright-*.whl")))
    packages = [
        *environment.glob("lib/python*/site-packages"),
        environment / "Lib/site-packages",
    ]
    own = installation.python == installation.places.interpreter
    installed = _newest([info for folder in packages for info in folder.glob("maskwright-*.dist-info")])
    return own and carried is not None and installed is not None and installed < carried


def _newest(files: List[Path]) -> Optional[Tuple[int, ...]]:
    found = [_NAME.match(path.name) for path in files]
    versions = [tuple(int(part) for part in match.group(1).split(".")) for match in found if match]
    return max(versions, default=None)
