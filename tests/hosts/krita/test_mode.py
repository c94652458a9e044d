# SPDX-License-Identifier: GPL-3.0-or-later
"""The picking mode as its user has it: keys, clicks, targets and undo, with the real daemon and the built-in model."""

import pytest
from tests.hosts.krita.conftest import kinds
from tests.hosts.krita.harness import wait_for

RED, GREEN, GROUND = (130, 180), (340, 180), (235, 40)
EVERYWHERE = kinds("5.1", "5.2", "5.3")


def begin(krita, **choices):
    krita.run("mode:open_discs")
    if choices:
        krita.run("mode:choose", **choices)
    assert krita.run("mode:start")["phase"] == "ready"


def click(krita, place, button=1, keys=()):
    krita.display.click(
        *krita.run("mode:to_screen", x=place[0] + 0.5, y=place[1] + 0.5), button=button, keys=keys
    )


def pick(krita, place, **kwargs):
    """Click, and wait for the mask of it."""
    count = len(krita.run("mode:state")["points"])
    click(krita, place, **kwargs)
    wait_for(lambda: len(krita.run("mode:state")["points"]) == count + 1, "the click")
    return krita.run("mode:wait_mask")


def value(krita, place):
    return krita.run("mode:value_at", x=place[0], y=place[1])


@EVERYWHERE
def test_a_click_and_enter_select_the_object_in_one_step(krita):
    begin(krita)
    before = krita.run("mode:tree")
    assert before["modified"] is False
    state = pick(krita, RED)
    assert state["checked"]
    assert krita.run("mode:selection") is None, "nothing is written before Enter"
    krita.display.key("Return")
    assert krita.run("mode:wait_off") == {"on": False, "checked": False}
    assert value(krita, RED) == 255
    assert value(krita, GREEN) == value(krita, GROUND) == 0
    assert krita.run("mode:tree") == {**before, "modified": True}
    krita.run("mode:undo")
    assert krita.run("mode:selection") is None
    assert krita.run("mode:tree") == before
    krita.run("mode:redo")
    assert value(krita, RED) == 255


@EVERYWHERE
def test_an_applied_mask_is_taken_back_and_the_image_closed_at_once(krita):
    for _ in range(3):
        begin(krita)
        pick(krita, RED)
        krita.display.key("Return")
        krita.run("mode:wait_off")
        krita.run("mode:undo_and_close_at_once")
    assert krita.alive


@EVERYWHERE
def test_escape_leaves_everything_as_it_was(krita):
    begin(krita)
    before = krita.run("mode:tree")
    pick(krita, RED)
    krita.display.key("Escape")
    krita.run("mode:wait_off")
    assert krita.run("mode:selection") is None
    assert krita.run("mode:tree") == before


@EVERYWHERE
def test_right_click_takes_away_and_backspace_and_ctrl_z_take_back(krita):
    begin(krita)
    pick(krita, RED)
    pick(krita, GREEN)
    state = pick(krita, GROUND, button=3)
    assert [point[2] for point in state["points"]] == [True, True, False]
    state = pick(krita, (60, 300), keys=["alt"])
    assert state["points"][-1][2] is False
    for key, left in (("BackSpace", 3), ("ctrl+z", 2), ("BackSpace", 1)):
        krita.display.key(key)
        wait_for(
            lambda left=left: len(krita.run("mode:state")["points"]) == left, f"{left} prompts after {key}"
        )
    krita.display.key("ctrl+shift+z")
    wait_for(lambda: len(krita.run("mode:state")["points"]) == 2, "the prompt made again")
    assert krita.run("mode:tree")["modified"] is False, "Ctrl+Z was the mode's, not Krita's"


@EVERYWHERE
def test_tab_goes_through_the_candidates(krita):
    begin(krita)
    state = pick(krita, RED)
    count, first = state["previews"], state["chosen"]
    assert count > 1
    krita.display.key("Tab")
    wait_for(lambda: krita.run("mode:state")["chosen"] == (first + 1) % count, "the next candidate")
    krita.display.key("shift+Tab")
    wait_for(lambda: krita.run("mode:state")["chosen"] == first, "the one before")


@EVERYWHERE
def test_tab_is_the_modes_from_the_first_press_on(krita):
    """After Ctrl+Shift+O there was no key yet that the mode took, and Krita has not stepped aside for Tab."""
    krita.run("mode:open_discs")
    krita.display.key("ctrl+shift+o")
    krita.run("mode:wait_ready")
    state = pick(krita, RED)
    for number in range(1, 4):
        krita.display.key("Tab")
        wanted = (state["chosen"] + number) % state["previews"]
        wait_for(lambda: krita.run("mode:state")["chosen"] == wanted, "the next candidate")  # noqa: B023
        krita.display.key("Shift_L")
    assert krita.run("mode:canvas_only") is False
    krita.display.key("Escape")
    krita.run("mode:wait_off")
    krita.display.key("Tab")
    wait_for(lambda: krita.run("mode:canvas_only"), "Krita's own Tab")
    krita.display.key("Tab")
    wait_for(lambda: not krita.run("mode:canvas_only"), "its end")


@EVERYWHERE
def test_the_brush_leaves_no_outline_over_the_mask(krita):
    krita.run("mode:open_discs")
    krita.run("mode:choose", hover=False)
    krita.display.move(*krita.run("mode:to_screen", x=GROUND[0] - 5, y=GROUND[1] + 20))
    krita.display.move(*krita.run("mode:to_screen", x=GROUND[0], y=GROUND[1] + 20))
    place = {"x": GROUND[0], "y": GROUND[1] + 20}
    wait_for(lambda: not krita.run("mode:is_plain", **place), "the brush's outline")
    krita.display.key("ctrl+shift+o")
    krita.run("mode:wait_ready")
    wait_for(lambda: krita.run("mode:is_plain", **place), "its end")
    krita.display.key("Escape")
    krita.run("mode:wait_off")


@EVERYWHERE
def test_hovering_shows_what_a_click_would_select(krita):
    begin(krita)
    krita.display.move(*krita.run("mode:to_screen", x=RED[0] - 20, y=RED[1]))
    krita.display.move(*krita.run("mode:to_screen", x=RED[0], y=RED[1]))
    wait_for(lambda: krita.run("mode:state")["hover"], "a hover mask")
    assert krita.run("mode:state")["points"] == []
    krita.run("mode:choose", hover=False)
    wait_for(lambda: krita.run("mode:state")["hover"] is None, "no hover mask")
    krita.display.move(*krita.run("mode:to_screen", x=GREEN[0], y=GREEN[1]))
    assert krita.run("mode:state")["hover"] is None


@EVERYWHERE
def test_shift_and_alt_join_as_in_krita(krita):
    def selected(place, held=(), enter="Return"):
        krita.run("mode:start")
        pick(krita, place, keys=held)
        krita.display.key(enter)
        krita.run("mode:wait_off")
        return value(krita, RED), value(krita, GREEN)

    krita.run("mode:open_discs")
    assert selected(RED) == (255, 0)
    assert selected(GREEN, held=["shift"]) == (255, 255)
    assert selected(RED, held=["alt"]) == (0, 255)
    assert selected(RED, enter="shift+Return") == (255, 255)
    assert selected(GREEN, enter="shift+alt+Return") == (0, 255)
    assert selected(RED) == (255, 0)
    krita.run("mode:undo")
    assert (value(krita, RED), value(krita, GREEN)) == (0, 255)


@EVERYWHERE
@pytest.mark.parametrize(
    ("target", "made"), [("layer_mask", "transparencymask"), ("saved_selection", "selectionmask")]
)
def test_masks_of_the_layer(krita, target, made):
    begin(krita, target=target)
    before = krita.run("mode:tree")
    pick(krita, RED)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    now = krita.run("mode:tree")
    assert [child[1] for child in now["layers"][0][2]] == [made]
    assert (now["active"], now["labels"], now["tool"]) == (before["active"], before["labels"], before["tool"])
    krita.run("mode:undo")
    assert krita.run("mode:tree") == before


@EVERYWHERE
def test_a_new_layer_with_the_cut_out(krita):
    begin(krita, target="new_layer", source="projection")
    before = krita.run("mode:tree")
    pick(krita, GREEN)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    now = krita.run("mode:tree")
    assert [layer[1] for layer in now["layers"]] == ["paintlayer", "paintlayer"]
    assert now["active"] == before["active"]
    assert krita.run("mode:layer_pixel", index=1, x=GREEN[0], y=GREEN[1]) == [40, 200, 60, 255]
    assert krita.run("mode:layer_pixel", index=1, x=RED[0], y=RED[1]) == [0, 0, 0, 0]
    krita.run("mode:undo")
    assert krita.run("mode:tree") == before


@EVERYWHERE
def test_a_box_selects(krita):
    begin(krita)
    corners = [krita.run("mode:to_screen", x=x, y=y) for x, y in ((50, 100), (210, 260))]
    krita.display.drag(*corners[0], *corners[1])
    wait_for(lambda: krita.run("mode:state")["box"], "the box")
    krita.run("mode:wait_mask")
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert (value(krita, RED), value(krita, GREEN)) == (255, 0)


@EVERYWHERE
def test_my_selection_becomes_the_prompt(krita):
    krita.run("mode:open_discs")
    krita.run("mode:select_rect", x=90, y=140, width=80, height=80)
    krita.run("basics:trigger", name="maskwright_refine_selection")
    state = krita.run("mode:wait_mask")
    assert state["mask"]
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert value(krita, RED) == 255
    assert value(krita, (130, 125)) == 255, "the disc's part outside of the rough selection is in it now"
    krita.run("mode:undo")
    assert krita.run("mode:selection")["full"] == 80 * 80


@EVERYWHERE
def test_a_click_beside_the_layer_says_so_and_adds_nothing(krita):
    krita.run("mode:open_part")
    krita.run("mode:start")
    click(krita, GREEN)
    wait_for(lambda: krita.run("mode:state")["sentence"].startswith("The layer ends"), "the sentence")
    assert krita.run("mode:state")["points"] == []
    pick(krita, RED)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert (value(krita, RED), value(krita, GREEN)) == (255, 0)


@EVERYWHERE
def test_options_change_the_mask(krita):
    begin(krita)
    area = pick(krita, RED)["area"]
    krita.run("mode:choose", grow=10)
    wait_for(lambda: krita.run("mode:wait_mask")["area"] > area * 1.15, "a grown mask")
    krita.run("mode:choose", grow=0, soft=False)
    wait_for(lambda: krita.run("mode:wait_mask")["area"] < area * 1.1, "the mask as before")
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert krita.run("mode:selection")["soft"] == 0


@EVERYWHERE
def test_clicks_before_the_image_is_encoded_are_kept(krita):
    krita.run("mode:open_discs")
    krita.run("mode:start", wait=False)
    click(krita, RED)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert (value(krita, RED), value(krita, GREEN)) == (255, 0)


@EVERYWHERE
def test_ants_march_around_the_new_selection(krita):
    begin(krita)
    pick(krita, RED)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    frame = krita.run("mode:moving_pixels", pause=400)
    xs = [point[0] for point in frame]
    ys = [point[1] for point in frame]
    assert len(frame) > 40
    assert abs(min(xs) - 60) < 8
    assert abs(max(xs) - 200) < 8
    assert abs(min(ys) - 110) < 8
    assert abs(max(ys) - 250) < 8


@EVERYWHERE
def test_the_action_has_a_shortcut_of_its_own_and_is_in_the_menu(krita):
    krita.run("mode:open_discs")
    found = krita.run("mode:shortcut")
    assert found == {"shortcut": "Ctrl+Shift+O", "also": [], "menu": True}
    x, y, width, height = krita.run("mode:canvas_rect")
    krita.display.click(x + width - 30, y + height - 30)
    krita.display.key("ctrl+shift+o")
    wait_for(lambda: krita.run("mode:state")["on"], "the mode, by its shortcut")


@EVERYWHERE
def test_a_pen_works_as_a_mouse(krita):
    begin(krita)
    krita.run("mode:pen", x=RED[0], y=RED[1])
    assert krita.run("mode:wait_mask")["points"][0][2] is True
    krita.run("mode:pen", x=GROUND[0], y=GROUND[1], eraser=True)
    points = krita.run("mode:wait_mask")["points"]
    assert [point[2] for point in points] == [True, False]
    assert krita.run("mode:tree")["modified"] is False, "the brush painted nothing"
