# SPDX-License-Identifier: GPL-3.0-or-later
"""One object after the other: the dialog opens ready for the next, or stays open for it."""

import pytest

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(200)]
CUP = (270, 200)
SPOON = (420, 330)
PHOTOGRAPH = "600x400.*GIMP$"


def applied(desktop, image):
    desktop.open_dialog(image)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])
    desktop.key("Return")
    assert desktop.closed() == "success"


def test_after_an_object_the_dialog_is_ready_for_another(desktop, image):
    applied(desktop, image)
    now = desktop.open_dialog(image)
    assert now["values"]["start"] == "nothing"
    assert not now["mask"]
    assert not now["points"]
    desktop.choose("start", 1)  # refining stays a choice
    desktop.answered(lambda now: now["mask"] and now["area"])
    desktop.dismiss()


def test_a_selection_of_the_users_own_is_where_the_user_begins(desktop, image):
    applied(desktop, image)
    desktop.run("windows:ellipse", number=image, x=150, y=80, width=260, height=240)
    assert desktop.open_dialog(image)["values"]["start"] == "mask"
    desktop.dismiss()


@pytest.mark.parametrize("by", ["button", "key"])
def test_apply_and_next_keeps_the_dialog_and_adds(desktop, image, by):
    desktop.open_dialog(image)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])
    if by == "button":
        desktop.display.click(*desktop.now["next"])
    else:
        desktop.key("ctrl+Return")
    now = desktop.answered(lambda now: now["status"].startswith("Done."))
    assert not now["points"]
    assert not now["can_apply"]
    assert now["values"]["operation"] == "add"
    desktop.click(*SPOON)
    desktop.answered(lambda now: now["area"])
    desktop.key("Return")
    assert desktop.closed() == "success"
    both = desktop.run("windows:state", number=image)["selected"]
    again = desktop.open_dialog(image)
    assert again["values"]["operation"] == "replace", "the next object replaces, as the user has chosen"
    desktop.click(*SPOON)
    desktop.answered(lambda now: now["area"])
    desktop.key("Return")
    assert desktop.closed() == "success"
    assert 0 < desktop.run("windows:state", number=image)["selected"] < both
