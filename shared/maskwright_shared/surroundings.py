# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment that a program of ours starts in, cleaned of the editor's own Python, Qt and libraries.

An editor points PYTHONPATH, LD_LIBRARY_PATH and their like at its own files; another Python would load them and
break. An AppImage also puts its own programs first on PATH, which are gone as soon as the editor quits.
"""

from __future__ import annotations

import os
from typing import Dict, Mapping, Optional

_FOREIGN = (
    "PYTHON",
    "LD_",
    "DYLD_",
    "QT_",
    "QML",
    "GI_",
    "GTK_",
    "GDK_",
    "GST_",
    "GEGL_",
    "BABL_",
    "__PYVENV",
)
_ALSO = ("VIRTUAL_ENV", "CONDA_PREFIX")


def clean_environment(environment: Optional[Mapping[str, str]] = None) -> Dict[str, str]:
    """Return `environment` (default: the process's) without what would mislead another program."""
    source = os.environ if environment is None else environment
    kept = {
        name: value
        for name, value in source.items()
        if not name.upper().startswith(_FOREIGN) and name not in _ALSO
    }
    image = source.get("APPDIR")
    if image and "PATH" in kept:
        kept["PATH"] = os.pathsep.join(
            part for part in kept["PATH"].split(os.pathsep) if not _inside(part, image)
        )
    return kept


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
