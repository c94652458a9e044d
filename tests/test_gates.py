# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates of the house: lint, format, types, and the arrows between the packages."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
SCRIPTS = Path(sys.executable).parent
GATES = {
    "lint": [sys.executable, "-m", "ruff", "check", "."],
    "format": [sys.executable, "-m", "ruff", "format", "--check", "."],
    "types": [sys.executable, "-m", "mypy"],
    "arrows": [str(SCRIPTS / "lint-imports")],
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("gate", GATES)
def test_gate(gate):
    done = subprocess.run(GATES[gate], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
