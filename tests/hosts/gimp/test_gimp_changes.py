# SPDX-License-Identifier: GPL-3.0-or-later
"""The image changes while the dialog is open: it is noticed and read again, the clicks stay, and a word says so."""

import pytest
from tests.hosts.gimp.desktop import DIALOG

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(200)]
CUP = (270, 200)
PHOTOGRAPH = "600x400.*GIMP$"


def picked(desktop):
    """Open the dialog from the menu, so that GIMP itself stays at work, and click."""
    desktop.choose_from_menu(PHOTOGRAPH)
    desktop.click(*CUP)
    return desktop.answered(lambda now: now["area"])


def leave(desktop):
    desktop.activate(DIALOG)
    desktop.key("Escape")
    desktop.gone()


def test_colours_that_change_are_read_again_and_the_clicks_stay(desktop, image):
    before = picked(desktop)
    desktop.run("windows:invert", number=image)
    now = desktop.answered(
        lambda now: now["read"] != before["read"] and now["status"].startswith("The picture has changed")
    )
    assert now["points"] == before["points"]
    assert now["area"]
    leave(desktop)


def test_a_mask_of_pixels_that_are_gone_is_never_applied(desktop, image):
    """The change comes between the click and Enter, faster than the dialog's own look at the image."""
    before = picked(desktop)
    desktop.pause_watching()
    desktop.run("windows:invert", number=image)
    changed = desktop.run("windows:state", number=image)
    desktop.key("Return")
    now = desktop.answered(lambda now: now["status"].startswith("The picture has changed"))
    assert now["points"] == before["points"]
    assert desktop.run("windows:state", number=image) == changed
    desktop.key("Return")
    desktop.gone()
    desktop.becomes(image, lambda now: now["selected"])


def test_a_layer_that_is_removed_gives_way_to_the_active_one(desktop, image):
    desktop.run("windows:add_layer", number=image, place=[100, 50, 400, 300])
    before = picked(desktop)
    assert before["viewport"]["bounds"] == [100, 50, 400, 300]
    desktop.run("windows:remove_layer", number=image)
    now = desktop.answered(lambda now: now["status"].startswith("The layer was removed") and now["area"])
    assert now["points"] == before["points"]
    assert now["viewport"]["bounds"] == [0, 0, 600, 400]
    desktop.activate(DIALOG)
    desktop.key("Return")
    desktop.gone()
    desktop.becomes(image, lambda now: now["selected"])


def test_where_the_last_layer_is_removed_all_that_is_visible_is_looked_at(desktop, image):
    before = picked(desktop)
    desktop.run("windows:remove_layer", number=image)
    desktop.until(lambda now: now["read"] != before["read"] and now["values"]["source"] == "visible")
    leave(desktop)


def test_a_layer_is_looked_at_with_its_filters(desktop, image):
    plain = picked(desktop)
    desktop.run("windows:lens", number=image)
    now = desktop.answered(
        lambda now: now["read"] != plain["read"] and now["status"].startswith("The picture has changed")
    )
    assert now["area"] != plain["area"]
    leave(desktop)


@pytest.mark.parametrize(("call", "label"), [("channel", "Channel"), ("quick_mask", "Quick Mask")])
def test_what_is_no_layer_is_called_by_its_name(desktop, image, call, label):
    if call == "channel":
        desktop.run("windows:channel", number=image)
    else:
        desktop.activate(PHOTOGRAPH)
        desktop.key("shift+q")
        desktop.becomes(image, lambda now: now["chosen"] == ["Qmask"])
    desktop.choose_from_menu(PHOTOGRAPH)
    now = desktop.opened()
    assert now["source"] == label
    leave(desktop)
