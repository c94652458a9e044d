# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of the mode: the docker, the banner's Apply, a tint on every ground, no outline of the brush; locks."""

import pytest
from tests.hosts.krita.conftest import kinds
from tests.hosts.krita.harness import eventually, wait_for
from tests.hosts.krita.test_empty import says
from tests.hosts.krita.test_mode import GROUND, RED, begin, pick, value

BOTH = kinds("5.1", "5.3")


@BOTH
def test_the_docker_shows_itself_once_and_can_be_closed_for_good(krita):
    krita.run("mode:open_discs")
    krita.run("faults:hide_docker", first=True)
    krita.run("mode:start")
    wait_for(lambda: krita.run("faults:docker_is_seen"), "the docker")
    krita.run("faults:hide_docker")
    krita.run("mode:toggle")
    krita.run("mode:start")
    pick(krita, RED)
    assert not krita.run("faults:docker_is_seen")
    krita.run("faults:hide_docker", first=True)
    krita.run("mode:toggle")
    krita.run("mode:start")


@BOTH
def test_on_a_small_screen_candidates_and_apply_are_seen_without_scrolling(krita):
    krita.run("mode:open_discs")
    krita.run("faults:hide_docker", first=True)
    size = krita.run("faults:size_window", width=1366, height=768)
    assert size == [1366, 768]
    krita.run("mode:start")
    pick(krita, RED)
    seen = wait_for(lambda: (now := krita.run("faults:visible_deeds")) and "Apply" in now and now, "Apply")
    assert {"Select Object", "Take Back", "Apply"} <= set(seen)
    assert any(text.startswith("Candidate 1 of") for text in seen)
    assert any(text.startswith("Next candidate") for text in seen)


@BOTH
def test_the_banner_applies_also_where_nothing_but_the_canvas_is_shown(krita):
    begin(krita)
    krita.run("basics:trigger", name="view_show_canvas_only")
    wait_for(lambda: krita.run("mode:canvas_only"), "the canvas alone")
    try:
        pick(krita, RED)
        krita.display.click(*krita.run("faults:press_banner", text="Apply"))
        krita.run("mode:wait_off")
        assert value(krita, RED) == 255
    finally:
        krita.run("basics:trigger", name="view_show_canvas_only")


@BOTH
def test_a_pen_on_the_banner_is_none_on_the_image(krita):
    begin(krita)
    krita.run("faults:pen_on_banner")
    krita.run("basics:info")
    assert krita.run("mode:state")["points"] == []


@BOTH
@pytest.mark.parametrize("ground", ["sky", "teal", "blue", "red", "grey"])
def test_the_tint_is_seen_on_every_ground(krita, ground):
    colours = {"sky": (235, 206, 135), "teal": (128, 128, 0), "blue": (200, 60, 30)}
    colour = {**colours, "red": (30, 30, 220), "grey": (128, 128, 128)}[ground]
    krita.run("faults:open_disc", colour=colour)
    krita.run("mode:start")
    pick(krita, RED)
    wait_for(lambda: krita.run("faults:contrast", x=100, y=150, colour=colour) > 60, "a tint that is seen")


@BOTH
def test_the_brush_leaves_no_outline_after_panning_zooming_and_rotating(krita):
    krita.run("mode:open_discs")
    krita.run("mode:choose", hover=False)
    x, y = krita.run("mode:to_screen", x=GROUND[0], y=GROUND[1] + 20)
    krita.display.move(x - 5, y)
    krita.display.move(x, y)
    krita.run("mode:start")
    for keys, button in (((), 2), (["space"], 1), (["shift", "space"], 1)):
        krita.display.drag(x, y, x + 60, y + 40, button=button, keys=keys)
        krita.display.move(x + 80, y + 50)
        assert eventually(lambda: krita.run("faults:strange_pixels"), lambda count: count == 0) == 0
    early = ("keydown", "space", "mousemove", x, y, "mousedown", 1, "mousemove", x + 40, y + 20)
    krita.display.xdotool(*early, "sleep", "0.1", "keyup", "space", "sleep", "0.1", "mouseup", 1)
    krita.display.move(x + 50, y + 30)
    assert eventually(lambda: krita.run("faults:strange_pixels"), lambda count: count == 0) == 0
    krita.display.click(x, y, button=4)
    assert eventually(lambda: krita.run("faults:strange_pixels"), lambda count: count == 0) == 0


@BOTH
@pytest.mark.parametrize("target", ["layer_mask", "saved_selection", "new_layer"])
def test_a_locked_layer_is_refused_at_once(krita, target):
    krita.run("mode:open_discs")
    name = krita.run("faults:names")[0]
    krita.run("mode:choose", target=target)
    krita.run("faults:lock", name=name)
    before = krita.run("mode:tree")
    krita.run("mode:start")
    pick(krita, RED)
    krita.display.key("Return")
    if target == "new_layer":
        krita.run("mode:wait_off")
        assert len(krita.run("faults:names")) == 2, "a layer above a locked one is allowed"
        return
    says(krita, "This layer is locked")
    assert krita.run("mode:tree") == before
    krita.run("faults:lock", name=name, locked=False)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert [len(layer[2]) for layer in krita.run("mode:tree")["layers"]] == [1]
