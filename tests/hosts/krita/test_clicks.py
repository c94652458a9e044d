# SPDX-License-Identifier: GPL-3.0-or-later
"""Real clicks on an image whose pixels say where they are: the prompt must be the pixel that was under the pointer."""

import pytest
from tests.hosts.krita.conftest import kinds
from tests.hosts.krita.harness import eventually, wait_for

VIEWS = {
    "actual": {},
    "large": {"zoom": 6.0, "pan": [60, -40]},
    "small": {"zoom": 0.5},
    "rotated": {"zoom": 1.5, "rotation": 33.0},
    "mirrored": {"zoom": 2.0, "mirror": True},
    "all": {"zoom": 2.5, "rotation": -110.0, "mirror": True, "pan": [-50, 30]},
}


def near(values, wanted, most):
    return all(abs(a - b) <= most for a, b in zip(values, wanted, strict=True))


def click_and_compare(krita, view, wrap=False):
    krita.run("views:prepare", **view, wrap=wrap)
    click_places(krita)


def click_places(krita, outside=None):
    """Click where the screen shows the image; `outside` says in which directions it must be seen repeated."""
    places = krita.run("views:readable_places", count=5)
    assert len(places) >= 4
    if outside is not None:
        unfolded = [krita.run("views:unfolded", x=x, y=y) for x, y, _ in places]
        assert [
            any(not 0 <= point[k] < size for point in unfolded) for k, size in enumerate((400, 300))
        ] == outside
    krita.run("mode:start", wait=False)
    scale = krita.run("views:scale")
    tolerance = 0.5 + 1.0 / scale
    for n, (x, y, wanted) in enumerate(places):
        button = 3 if n == 1 else 1
        krita.display.click(x, y, button=button, keys=["alt"] if n == 2 else [])
        points = wait_for(
            lambda n=n: (p := krita.run("mode:state")["points"]) and len(p) > n and p, f"point {n}"
        )
        px, py, foreground = points[n]
        assert abs(px - wanted[0]) <= tolerance, (points[n], wanted)
        assert abs(py - wanted[1]) <= tolerance, (points[n], wanted)
        assert foreground is (n not in (1, 2))


@kinds("5.1", "5.1-cpu-canvas", "5.2", "5.3")
@pytest.mark.parametrize("view", VIEWS)
def test_a_click_lands_on_the_pixel_under_the_pointer(krita, view):
    click_and_compare(krita, VIEWS[view])


@kinds("5.1-hidpi")
@pytest.mark.parametrize("view", ["actual", "rotated", "all"])
def test_clicks_on_a_screen_with_two_pixels_for_one(krita, view):
    click_and_compare(krita, {**VIEWS[view], "zoom": 2 * VIEWS[view].get("zoom", 1.0)})


@kinds("5.1", "5.2", "5.3")
def test_clicks_fold_back_in_wrap_around_mode(krita):
    click_and_compare(krita, {"zoom": 0.7, "rotation": 15.0}, wrap=True)


@kinds("5.2", "5.3")
@pytest.mark.parametrize(("axis", "wraps"), [("h", [True, False]), ("v", [False, True])])
def test_clicks_fold_back_where_the_image_repeats_in_one_direction(krita, axis, wraps):
    try:
        krita.run("views:prepare", zoom=0.7, wrap=True)
        assert krita.run("views:wrap_axis", name=axis) == wraps
        click_places(krita, outside=wraps)
    finally:
        krita.run("views:wrap_axis", name="hv")


@kinds("5.1", "5.2", "5.3")
def test_the_mapping_is_exact_over_the_whole_canvas(krita):
    krita.run("views:prepare")
    for view in VIEWS.values():
        found = krita.run("views:errors", **view)
        assert found["points"] > 5
        assert found["worst"] <= 0.6, (view, found)


@kinds("5.1", "5.1-cpu-canvas", "5.1-hidpi", "5.2", "5.3")
@pytest.mark.parametrize("view", [{}, {"zoom": 2.0, "rotation": 25.0}], ids=["straight", "rotated"])
def test_the_mask_is_drawn_where_the_object_is(krita, view):
    krita.run("mode:open_discs")
    krita.run("views:look", **view)
    krita.run("mode:start")
    krita.display.click(*krita.run("mode:to_screen", x=130, y=180))
    krita.run("mode:wait_mask")
    x, y, width, height = krita.run("mode:canvas_rect")
    krita.display.move(x + width - 3, y + height - 3)
    wanted = [60, 110, 200, 250]
    found = eventually(
        lambda: krita.run("mode:tinted_bounds"), lambda found: found and near(found, wanted, 4)
    )
    assert found, "no tint is seen"
    assert near(found, wanted, 4), found


@kinds("5.1", "5.1-cpu-canvas", "5.2", "5.3")
def test_a_drag_draws_a_box(krita):
    krita.run("views:prepare", zoom=2.0)
    places = krita.run("views:readable_places", count=5)
    (ax, ay, a), (bx, by, b) = places[0], places[-1]
    krita.run("mode:start", wait=False)
    krita.display.drag(ax, ay, bx, by)
    box = wait_for(lambda: krita.run("mode:state")["box"], "a box")
    wanted = [min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])]
    assert near(box, wanted, 1.0), (box, wanted)
    assert krita.run("mode:state")["points"] == []


@kinds("5.1", "5.1-cpu-canvas", "5.2", "5.3")
def test_wheel_middle_drag_and_space_drag_still_move_the_view(krita):
    krita.run("views:prepare", zoom=4.0)
    krita.run("mode:start", wait=False)
    x, y, width, height = krita.run("mode:canvas_rect")
    cx, cy = x + width / 2, y + height / 2
    before = krita.run("mode:look_at_view")
    krita.display.drag(cx, cy, cx - 60, cy - 40, button=2)
    panned = wait_for(
        lambda: (v := krita.run("mode:look_at_view"))["scroll"] != before["scroll"] and v, "a pan"
    )
    assert panned["zoom"] == before["zoom"]
    krita.display.drag(cx, cy, cx + 80, cy + 50, keys=["space"])
    wait_for(
        lambda: krita.run("mode:look_at_view")["scroll"] != panned["scroll"], "a pan under the space bar"
    )
    krita.display.click(cx, cy, button=4)
    wait_for(lambda: krita.run("mode:look_at_view")["zoom"] > before["zoom"], "a zoom by the wheel")
    state = krita.run("mode:state")
    assert (state["points"], state["box"]) == ([], None)
    krita.display.click(cx, cy)
    wait_for(lambda: len(krita.run("mode:state")["points"]) == 1, "a click after all that")
