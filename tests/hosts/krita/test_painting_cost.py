# SPDX-License-Identifier: GPL-3.0-or-later
"""Painting the overlay of a 4K canvas, as a ratio to copying as many pixels in the same process."""

import pytest
from tests.hosts.krita.conftest import kinds

pytestmark = pytest.mark.bench


@kinds("5.1")
@pytest.mark.parametrize(
    ("view", "made"),
    [({}, 40), ({"share": 0.4}, 16), ({"rotation": 20.0}, 40)],
    ids=["all", "part", "rotated"],
)
def test_the_mask_of_a_4k_canvas_is_cheap_to_paint(krita, view, made):
    found = krita.run("painting_cost:cost", **view)
    assert found["kept"] <= 8, "what every repaint of an unmoved view costs"
    assert found["made"] <= made, "what every frame of a moving view costs"
