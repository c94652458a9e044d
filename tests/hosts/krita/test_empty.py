# SPDX-License-Identifier: GPL-3.0-or-later
"""Where nothing can be selected: the reason is said and stays, its advice works, and no selection is lost."""

from tests.hosts.krita.conftest import kinds
from tests.hosts.krita.harness import wait_for
from tests.hosts.krita.test_mode import GREEN, RED, click, pick, value

EMPTY = "This layer is empty here"
THROUGH = "A pass-through group has no pixels"
BOTH = kinds("5.1", "5.3")


def sentence(krita):
    return krita.run("mode:state")["sentence"]


def says(krita, start):
    return wait_for(lambda: sentence(krita).startswith(start), start)


def begin_on(krita, **layer):
    """Two discs below a new layer without pixels, in the mode."""
    krita.run("mode:open_discs")
    krita.run("faults:add_layer", **layer)
    krita.run("mode:start", wait=False)


@BOTH
def test_the_reason_outlasts_clicks_and_enter_and_another_layer_is_read_at_once(krita):
    for layer, reason in (({}, EMPTY), ({"through": True}, THROUGH)):
        begin_on(krita, **layer)
        says(krita, reason)
        click(krita, RED)
        click(krita, GREEN, button=3)
        krita.display.key("Return")
        krita.display.key("BackSpace")
        krita.run("basics:info")
        assert sentence(krita).startswith(reason)
        assert krita.run("mode:state")["points"] == []
        assert krita.run("docker:texts")["shown"].count(sentence(krita)) == 1
        krita.run("faults:activate", name=krita.run("faults:names")[0])
        krita.run("mode:wait_ready")
        pick(krita, RED)
        krita.display.key("Return")
        krita.run("mode:wait_off")
        assert (value(krita, RED), value(krita, GREEN)) == (255, 0)


@BOTH
def test_a_click_right_after_another_layer_was_made_active_is_taken(krita):
    begin_on(krita)
    says(krita, EMPTY)
    place = krita.run("mode:to_screen", x=RED[0], y=RED[1])
    krita.run("faults:activate", name=krita.run("faults:names")[0])
    krita.display.click(*place)
    wait_for(lambda: krita.run("mode:state")["points"], "the click")
    assert krita.run("mode:wait_mask")["area"] > 1000


@BOTH
def test_all_visible_layers_help_and_so_does_something_painted(krita):
    begin_on(krita)
    says(krita, EMPTY)
    krita.run("mode:choose", source="projection")
    krita.run("mode:wait_ready")
    krita.run("mode:choose", source="layer")
    says(krita, EMPTY)
    krita.run("faults:fill_active")
    krita.run("mode:wait_ready")
    krita.run("mode:choose", source="projection")
    for name in krita.run("faults:names"):
        krita.run("faults:show_layer", name=name, visible=False)
    says(krita, "Nothing is visible")


@BOTH
def test_a_click_beside_the_image_says_so(krita):
    krita.run("mode:open_discs")
    krita.run("mode:start")
    x, y, width, height = krita.run("mode:canvas_rect")
    krita.display.click(x + width - 5, y + height - 5)
    says(krita, "The image ends before this place")
    assert krita.run("mode:state")["points"] == []
    krita.display.key("Return")
    says(krita, "There is no mask yet")
    pick(krita, RED)


@BOTH
def test_an_empty_mask_is_said_and_takes_no_selection_away(krita):
    krita.run("mode:open_discs")
    krita.run("mode:select_rect", x=300, y=20, width=80, height=60)
    before = krita.run("mode:selection")
    krita.run("mode:choose", grow=-400)
    krita.run("mode:start")
    click(krita, RED)
    says(krita, "Nothing was found there")
    for operation in ("replace", "add", "subtract", "intersect"):
        krita.run("mode:choose", operation=operation)
        krita.display.key("Return")
        says(krita, "The mask is empty")
        assert krita.run("mode:state")["on"]
        assert krita.run("mode:selection") == before
    krita.run("mode:choose", grow=0, operation="intersect")
    krita.run("mode:wait_mask")
    krita.display.key("Return")
    says(krita, "Nothing would stay selected")
    assert krita.run("mode:selection") == before


@BOTH
def test_a_layer_of_nine_pixels_answers_in_a_sentence_or_a_mask(krita):
    krita.run("faults:open_tiny")
    krita.run("mode:select_rect", x=300, y=20, width=80, height=60)
    before = krita.run("mode:selection")
    krita.run("mode:start")
    click(krita, (130, 180))
    wait_for(lambda: not krita.run("mode:state")["busy"], "an answer")
    krita.display.key("Return")

    def settled():
        state = krita.run("mode:state")
        return not state["on"] or not state["sentence"].startswith(("Applying", "One moment"))

    wait_for(settled, "the end, or a sentence")
    now = krita.run("mode:selection")
    assert now == before or now["full"] >= 1, "nothing was deselected"
