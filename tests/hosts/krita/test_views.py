# SPDX-License-Identifier: GPL-3.0-or-later
"""Two views of one document, each with its own picking, zoom and end."""

from tests.hosts.krita.conftest import kinds
from tests.hosts.krita.harness import eventually, wait_for
from tests.hosts.krita.test_clicks import near
from tests.hosts.krita.test_mode import GREEN, RED, pick, value

DISC = [60, 110, 200, 250]


def tint(krita, seconds=20):
    """Where the red disc is seen tinted within that time, with the pointer out of the way."""
    x, y, width, height = krita.run("mode:canvas_rect")
    krita.display.move(x + width - 3, y + height - 3)
    return eventually(
        lambda: krita.run("mode:tinted_bounds"), lambda found: found and near(found, DISC, 5), seconds
    )


@kinds("5.1", "5.2", "5.3")
def test_two_views_of_one_document_pick_on_their_own(krita):
    krita.run("mode:open_discs")
    krita.run("mode:start")
    pick(krita, RED)
    krita.run("views:second_view")
    assert krita.run("mode:state")["on"] is False, "the second view has no picking yet"
    krita.run("views:look", zoom=1.7)
    krita.run("mode:start")
    assert tint(krita, seconds=2) is None, "the first view's mask is not drawn here"
    pick(krita, RED)
    assert near(tint(krita), DISC, 5)
    krita.run("views:to_front", index=0)
    assert near(tint(krita), DISC, 5)
    pick(krita, GREEN)
    krita.run("views:to_front", index=1)
    wait_for(lambda: len(krita.run("mode:state")["points"]) == 1, "the second view's own points")
    assert krita.run("mode:pickings") == 2
    assert krita.run("views:close_front") == 1
    wait_for(lambda: krita.run("mode:pickings") == 1, "the end of the closed view's picking")
    assert len(krita.run("mode:state")["points"]) == 2, "the other view lost nothing"
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert (value(krita, RED), value(krita, GREEN)) == (255, 255)
    krita.run("mode:undo")
    assert krita.run("mode:selection") is None


@kinds("5.2", "5.3")
def test_two_views_repeat_the_image_each_in_its_own_direction(krita):
    krita.run("views:prepare", wrap=True)
    try:
        assert krita.run("views:wrap_axis", name="h") == [True, False]
        krita.run("views:keep_canvas")
        krita.run("views:second_view")
        krita.run("views:look", wrap=True)
        assert krita.run("views:wrap_axis", name="v") == [False, True]
        krita.run("views:keep_canvas")
        for index in (0, 1):
            assert krita.run("views:kept_wraps") == [[True, False], [False, True]]
            krita.run("views:to_front", index=index)
            assert krita.run("views:kept_wraps") == [[True, False], [False, True]]
    finally:
        krita.run("views:wrap_axis", name="hv")
        krita.run("views:forget_canvases")


@kinds("5.1", "5.3")
def test_a_second_view_applies_as_the_first_and_its_active_layer_comes_back(krita):
    krita.run("mode:open_discs")
    krita.run("faults:add_layer")
    krita.run("faults:fill_active")
    krita.run("views:second_view")
    krita.run("faults:activate", name="added")
    apply_everywhere(krita)


@kinds("5.1", "5.3")
def test_a_second_window_applies_as_the_first(krita):
    krita.run("mode:open_discs")
    krita.run("faults:add_layer")
    krita.run("faults:fill_active")
    krita.run("faults:second_window")
    try:
        krita.run("faults:activate", name="added")
        apply_everywhere(krita)
    finally:
        krita.run("faults:close_window")


def apply_everywhere(krita):
    """Apply to every target in the view in front; each time its active layer must be the same again."""
    others = krita.run("faults:names")
    for target in ("selection", "layer_mask", "saved_selection", "new_layer"):
        krita.run("mode:choose", target=target)
        krita.run("mode:start")
        pick(krita, RED)
        krita.display.key("Return")
        krita.run("mode:wait_off")
        assert krita.run("faults:active") == "added"
        if target == "selection":
            assert (value(krita, RED), value(krita, GREEN)) == (255, 0)
            assert krita.run("faults:names") == others, "no mask is left behind"
            krita.run("faults:activate", name=others[0])
            krita.run("faults:activate", name="added")
