# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels that change while the mode is on: read again, clicks kept, with a word; an old mask is never applied."""

import pytest
from tests.hosts.krita.conftest import kinds
from tests.hosts.krita.harness import wait_for
from tests.hosts.krita.test_empty import EMPTY, says, sentence
from tests.hosts.krita.test_mode import GREEN, RED, begin, click, pick, value

WORD = "The pixels have changed"
BOTH = kinds("5.1", "5.3")


def changes(krita, call, **args):
    """Let a change happen, wait until it is noticed, said, and looked at; return the state with the new mask."""
    krita.run("faults:count_reads")
    if call.startswith("key "):
        krita.display.key(call[4:])
    else:
        krita.run(call, **args)
    wait_for(lambda: krita.run("faults:reads"), "another look at the pixels")
    says(krita, WORD)
    return krita.run("mode:wait_mask")


def apply(krita):
    krita.display.key("Return")
    krita.run("mode:wait_off")
    return value(krita, RED), value(krita, GREEN)


def begin_on_layer(krita):
    """The discs on a layer of their own."""
    krita.run("mode:open_discs")
    krita.run("faults:add_layer")
    krita.run("faults:fill_active")
    krita.run("mode:start")


@BOTH
@pytest.mark.parametrize("source", ["layer", "projection"])
def test_painted_and_inverted_pixels_are_read_again(krita, source):
    begin(krita, source=source)
    area = pick(krita, GREEN)["area"]
    state = changes(krita, "faults:paint")
    assert len(state["points"]) == 1, "the click is kept"
    assert abs(state["area"] - area) > 0.05 * area, "where the disc was painted over there is another mask"
    krita.display.key("BackSpace")
    pick(krita, RED)
    assert len(changes(krita, "key ctrl+i")["points"]) == 1
    assert len(changes(krita, "basics:trigger", name="edit_undo")["points"]) == 1, "by the menu"
    assert apply(krita) == (255, 0)


@BOTH
def test_deleted_pixels_leave_no_mask(krita):
    begin_on_layer(krita)
    pick(krita, RED)
    krita.display.key("Delete")
    says(krita, EMPTY)
    assert krita.run("mode:state")["previews"] == 0
    krita.display.key("Return")
    krita.run("basics:info")
    assert krita.run("mode:selection") is None
    krita.run("basics:trigger", name="edit_undo")
    krita.run("mode:wait_mask")
    assert apply(krita) == (255, 0)


@BOTH
def test_a_mask_of_old_pixels_is_not_applied_however_quick_enter_is(krita):
    begin_on_layer(krita)
    pick(krita, RED)
    krita.run("faults:clear_layer_and_apply")
    says(krita, EMPTY)
    assert krita.run("mode:selection") is None
    krita.run("mode:fresh")
    begin(krita)
    pick(krita, RED)
    krita.run("faults:paint_and_apply", x=RED[0], y=RED[1])
    says(krita, WORD)
    assert krita.run("mode:selection") is None
    assert krita.run("mode:state")["on"]


@BOTH
def test_a_layer_hidden_under_all_visible_is_noticed(krita):
    krita.run("mode:open_discs")
    krita.run("faults:add_layer")
    krita.run("faults:fill_active", colour=[200, 200, 30])
    krita.run("mode:choose", source="projection")
    krita.run("mode:start")
    pick(krita, RED)
    state = changes(krita, "faults:show_layer", name="added", visible=False)
    assert len(state["points"]) == 1
    krita.run("faults:show_layer", name=krita.run("faults:names")[0], visible=False)
    says(krita, "Nothing is visible")


@BOTH
def test_another_frame_is_another_picture(krita):
    krita.run("faults:open_animation")
    krita.run("mode:start")
    first = pick(krita, RED)["area"]
    state = changes(krita, "faults:to_frame", number=10)
    assert len(state["points"]) == 1
    assert abs(state["area"] - first) > 0.05 * first
    changes(krita, "faults:to_frame", number=0)
    assert apply(krita) == (255, 0)


@BOTH
def test_nothing_is_read_again_while_nothing_changes(krita):
    begin(krita)
    pick(krita, RED)
    krita.run("faults:count_reads")
    krita.run("faults:some_looks")
    click(krita, GREEN)
    wait_for(lambda: len(krita.run("mode:state")["points"]) == 2, "the click")
    assert krita.run("faults:reads") == 0
    assert not sentence(krita).startswith(WORD)
