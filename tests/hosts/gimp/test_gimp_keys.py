# SPDX-License-Identifier: GPL-3.0-or-later
"""Enter, Backspace, double clicks and the wheel in the dialog, wherever the focus and the pointer are."""

import pytest
from tests.hosts.gimp.desktop import DIALOG

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(200)]
CUP = (270, 200)


def picked(desktop, image):
    """Open the dialog and click twice."""
    desktop.open_dialog(image)
    desktop.click(*CUP)
    desktop.click(60, 60, button=3)
    return desktop.answered(lambda now: now["area"] and len(now["points"]) == 2)


@pytest.mark.parametrize("control", ["hard", "hover", "output", "fit", "candidate", "spun"])
def test_backspace_and_enter_work_wherever_the_focus_is(desktop, image, control):
    now = picked(desktop, image)
    if control == "candidate":
        desktop.display.click(*now["small"][1])
    elif control == "fit":
        desktop.display.click(*now["fit"])
    elif control == "spun":
        desktop.display.click(*now["spinners"]["grow"][1])
        desktop.until(lambda now: now["values"]["grow"] == 1)
    elif control == "output":
        desktop.choose("output", 2)
        desktop.choose("output", 0)
    else:
        desktop.press(control)
    desktop.key("BackSpace")
    desktop.answered(lambda now: len(now["points"]) == 1 and now["area"])
    desktop.key("Return")
    assert desktop.closed() == "success"
    assert desktop.run("windows:state", number=image)["selected"]


def test_a_text_that_is_edited_keeps_backspace_and_the_first_enter(desktop, image):
    now = picked(desktop, image)
    desktop.display.click(*now["spinners"]["feather"][0])
    desktop.key("ctrl+a", "1", "2", "BackSpace", "5")
    desktop.key("Return")
    now = desktop.answered(lambda now: now["values"]["feather"] == 15)
    assert len(now["points"]) == 2
    assert now["in_preview"]
    desktop.key("Return")
    assert desktop.closed() == "success"


def test_apply_is_the_default_button(desktop, image):
    assert desktop.open_dialog(image)["default"] == "Apply"


def test_a_double_click_is_one_point(desktop, image):
    desktop.open_dialog(image)
    desktop.display.double_click(*desktop.at(*CUP))
    desktop.display.double_click(*desktop.at(60, 60), button=3)
    desktop.click(*CUP)
    desktop.key("BackSpace")
    now = desktop.answered(lambda now: len(now["points"]) == 2)
    assert [point[2] for point in now["points"]] == [True, False]


def test_the_wheel_over_a_closed_chooser_or_a_number_changes_nothing(desktop, image):
    before = desktop.open_dialog(image)
    for name in ("source", "style", "refine", "grow", "feather", "parts", "output", "operation"):
        place = desktop.now["controls"].get(name)
        if place is None:
            continue
        desktop.display.move(*place)
        for button in (5, 5, 4):
            desktop.display.xdotool("click", button)
    desktop.activate(DIALOG)
    desktop.click(*CUP)  # every wheel's turn was seen before this click
    now = desktop.answered(lambda now: now["area"])
    assert now["values"] == {**before["values"], "model": now["values"]["model"]}
