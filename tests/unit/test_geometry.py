# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangles in image coordinates."""

from __future__ import annotations

from maskwright_shared.geometry import Bounds, Box, View

EMPTY = Bounds(5, 5, 0, 3)


def test_a_box_spans_its_corners_whichever_way_the_drag_went():
    for corners in ((1, 2, 5, 9), (5, 9, 1, 2), (1, 9, 5, 2), (5, 2, 1, 9)):
        assert Box.spanning(*corners) == Box(1, 2, 5, 9)


def test_bounds_know_their_far_sides_and_area():
    bounds = Bounds(-2, 3, 4, 5)
    assert (bounds.right, bounds.bottom, bounds.area, bounds.is_empty) == (2, 8, 20, False)
    assert (EMPTY.area, EMPTY.is_empty, Bounds(0, 0, -1, -1).area) == (0, True, 0)
    assert bounds.moved(2, -3) == Bounds(0, 0, 4, 5)


def test_bounds_grow_and_shrink_on_every_side():
    assert Bounds(2, 3, 4, 5).grown(2) == Bounds(0, 1, 8, 9)
    assert Bounds(2, 3, 4, 5).grown(-2) == Bounds(4, 5, 0, 1)
    assert Bounds(2, 3, 4, 5).grown(-3).is_empty


def test_intersection_is_what_both_have():
    one = Bounds(0, 0, 4, 4)
    assert one.intersection(Bounds(2, 1, 9, 2)) == Bounds(2, 1, 2, 2)
    assert one.intersection(Bounds(4, 0, 2, 2)).is_empty
    assert one.intersection(Bounds(9, 9, 2, 2)).is_empty
    assert one.intersection(one) == one


def test_union_holds_both_and_an_empty_one_adds_nothing():
    one, other = Bounds(0, 0, 1, 1), Bounds(3, -2, 1, 1)
    assert one.union(other) == other.union(one) == Bounds(0, -2, 4, 3)
    assert one.union(EMPTY) == EMPTY.union(one) == one


def test_the_view_of_a_whole_image_is_never_enlarged():
    assert View.whole(640, 480) == View(0.0, 0.0, 640.0, 480.0, 640, 480)
    assert View.whole(640, 480, 2048) == View(0.0, 0.0, 640.0, 480.0, 640, 480)
    assert View.whole(6000, 4000, 2048) == View(0.0, 0.0, 6000.0, 4000.0, 2048, 1365)
    assert View.whole(10_000, 1, 100)[4:] == (100, 1)
