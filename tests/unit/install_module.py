# SPDX-License-Identifier: GPL-3.0-or-later
"""install.py as a module, without what it does to the process that runs it."""

import importlib.util
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def load():
    """Return a fresh copy of install.py."""
    spec = importlib.util.spec_from_file_location("install", PROJECT / "install.py")
    module = importlib.util.module_from_spec(spec)
    path, bytecode = list(sys.path), sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:], sys.dont_write_bytecode = path, bytecode
    return module
