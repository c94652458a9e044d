# SPDX-License-Identifier: GPL-3.0-or-later
"""The mask's picture: the same in cells as in one piece, the same bit by bit as at once, and quick on a 4K canvas."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.hosts.conftest import missing
from tests.hosts.krita.harness import CHECKOUT

SCRIPT = Path(__file__).with_name("offscreen.py")
PYTHON = "/usr/bin/python3"
"""The system's: its PyQt5 is the one that Krita's plugins get."""


def paint(what):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [PYTHON, str(SCRIPT), str(CHECKOUT), what]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, timeout=330)
    return json.loads(done.stdout)


@pytest.fixture(autouse=True, scope="module")
def bindings():
    look = [PYTHON, "-c", "import PyQt5.QtWidgets"]
    if not Path(PYTHON).exists() or subprocess.run(look, check=False, stderr=subprocess.DEVNULL).returncode:
        missing("there is no PyQt5 for the system's Python: install python3-pyqt5")


def test_cells_make_the_same_picture_as_one_piece():
    found = paint("same")
    assert found["drawn"] > 0.3, "the masks were there to be seen"
    assert found["straight"] == 0
    assert found["rotated"] < 2e-3, "only where Qt's transform rounds to another pixel"


def test_a_mask_that_is_painted_bit_by_bit_comes_out_the_same():
    found = paint("steps")
    assert found["same"]
    one, many = found["paints"]
    assert one == 1
    assert many > 20


@pytest.mark.bench
def test_a_new_mask_on_a_4k_canvas_costs_some_copies_of_it(capsys):
    found = paint("time")
    with capsys.disabled():
        sys.stdout.write(f"\na new mask on 3840 x 2160, in copies of that canvas: {found}\n")
    assert found["object"] < 30
    assert found["specks"] < 120
