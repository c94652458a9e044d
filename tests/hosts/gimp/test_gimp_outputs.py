# SPDX-License-Identifier: GPL-3.0-or-later
"""Outputs x image types x layer geometries in a real GIMP 3.0, byte for byte."""

import pytest

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(400)]


@pytest.mark.parametrize(
    "scenario", ["every_type", "every_geometry", "groups", "locked", "visible", "operations", "path"]
)
def test_outputs(gimp, scenario):
    gimp.run(f"outputs:{scenario}")


def test_refusals_are_sentences(gimp):
    sentences = gimp.run("outputs:refusals")
    assert len(sentences) == 12
    assert sentences[0] == "Choose one layer, or take what is visible."
    assert sentences[4] == sentences[5] == "A layer mask needs a layer: choose one first."
    assert sentences[-1] == "The image was closed."


def test_a_layer_is_read_as_it_is_seen_with_its_filters(gimp):
    assert gimp.run("filters:seen_is_read") == 8


@pytest.mark.parametrize("scenario", ["cut_out_keeps_them", "noticed"])
def test_filters(gimp, scenario):
    gimp.run(f"filters:{scenario}")


def test_filters_and_a_selection(gimp):
    assert gimp.run("filters:with_a_selection") <= 1, "only a part that is bent cannot be read alone"
