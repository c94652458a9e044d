# SPDX-License-Identifier: GPL-3.0-or-later
"""The learned model's files are what their program writes, keep the contract, and answer a click."""

from pathlib import Path

import numpy as np

from maskwright_backend.models.prompts import ModelPrompts
from maskwright_backend.models.registry import Registry
from maskwright_backend.models.sessions import SessionSettings
from maskwright_shared.geometry import Point
from training.graphs import build


def test_a_fresh_build_gives_the_files_that_lie_there():
    assert build.stale() == []


def test_it_loads_as_any_model_and_selects_a_disc_by_a_click():
    model = Registry(Path("nowhere"), build.FOLDER).list()[0].model
    model.load(SessionSettings(threads=1))
    y, x = np.mgrid[:200, :300]
    disc = np.hypot(x - 150, y - 100) < 60
    picture = np.where(disc[..., None], np.uint8((220, 60, 40)), np.uint8((60, 90, 130)))
    candidates = model.decode(model.encode(picture), ModelPrompts((Point(160.0, 90.0),)))
    chosen = candidates.logits[candidates.choose(ModelPrompts((Point(160.0, 90.0),)))] > 0
    rows, columns = (
        ((np.arange(256) + 0.5) * 200 / 256).astype(int),
        ((np.arange(256) + 0.5) * 300 / 256).astype(int),
    )
    truth = disc[np.ix_(rows, columns)]
    assert (chosen & truth).sum() / (chosen | truth).sum() > 0.9
