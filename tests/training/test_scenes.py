# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenes that the network learns from: deterministic, and with a truth that fits the picture."""

from __future__ import annotations

import numpy as np
import pytest
from tests.training.pictures import write_assets

from training.figures import figure
from training.pool import fill
from training.samples import sample
from training.scenes import SIDE, Composer


@pytest.fixture(scope="module")
def assets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assets")
    write_assets(folder)
    return folder


def test_the_same_seed_composes_the_same_scene(assets):
    one, other = (Composer(assets, 7).scene() for _ in range(2))
    np.testing.assert_array_equal(one.picture, other.picture)
    np.testing.assert_array_equal(one.objects, other.objects)
    assert (Composer(assets, 8).scene().picture != one.picture).any()


def test_every_object_has_a_part_and_the_ground_has_none(assets):
    composer = Composer(assets, 3)
    for _ in range(8):
        scene = composer.scene()
        assert scene.picture.shape == (SIDE, SIDE, 3)
        np.testing.assert_array_equal(scene.objects > 0, scene.parts > 0)


def test_an_object_differs_from_the_ground_it_lies_on(assets):
    composer, differing = Composer(assets, 4), 0
    for _ in range(12):
        scene = composer.scene()
        inside = scene.picture[scene.objects > 0].mean(0)
        outside = scene.picture[scene.objects == 0].mean(0)
        differing += np.abs(inside - outside).max() > 10
    assert differing >= 8


def test_a_figure_has_parts_and_stays_on_its_sheet():
    counts = {len(np.unique(figure(np.random.default_rng(seed)))) - 1 for seed in range(20)}
    assert min(counts) >= 1
    assert max(counts) >= 3


def test_a_store_is_filled_whole_or_not_at_all(assets, tmp_path):
    fill(assets, tmp_path / "scenes.npy", 3, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["scenes.npy"]
    assert np.load(tmp_path / "scenes.npy").shape == (3, SIDE, SIDE, 5)


def test_a_sample_asks_for_an_object_of_its_piece(assets):
    scene = Composer(assets, 5).scene()
    random = np.random.default_rng(1)
    whole = np.dstack([scene.picture, scene.objects, scene.parts])
    made = [one for one in (sample(random, whole, 128) for _ in range(20)) if one is not None]
    assert made
    for one in made:
        assert one.picture.shape == (128, 128, 3)
        assert one.asked.shape == (64, 64)
        assert one.asked.any()
        assert (one.part & ~one.whole).mean() < 0.01
