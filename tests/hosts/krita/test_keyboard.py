# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose the keys are after a click into a docker: the mode's, as soon as the pointer is over the canvas."""

from tests.hosts.krita.conftest import kinds
from tests.hosts.krita.harness import wait_for
from tests.hosts.krita.test_mode import GREEN, RED, begin, pick, value

BOTH = kinds("5.1", "5.3")


def points(krita):
    return len(krita.run("mode:state")["points"])


def over_canvas(krita):
    x, y = krita.run("mode:to_screen", x=240, y=300)
    krita.display.move(x - 8, y)
    krita.display.move(x, y)


@BOTH
def test_after_a_click_into_a_docker_the_keys_are_the_modes_over_the_canvas(krita):
    krita.run("mode:open_discs")
    krita.run("mode:select_rect", x=300, y=20, width=80, height=60)
    krita.run("mode:start")
    pick(krita, RED)
    pick(krita, GREEN)
    history = krita.run("faults:history")
    for place in (krita.run("faults:layer_row"), krita.run("faults:search_field")):
        if place is None:
            continue
        krita.display.click(*place)
        wait_for(lambda: not krita.run("faults:canvas_has_keys"), "the docker's focus")
        over_canvas(krita)
        wait_for(lambda: krita.run("faults:canvas_has_keys"), "the canvas's focus")
        before = krita.run("mode:state")["chosen"]
        krita.display.key("Tab")
        wait_for(lambda: krita.run("mode:state")["chosen"] != before, "the next candidate")  # noqa: B023
        krita.display.key("BackSpace")
        wait_for(lambda: points(krita) == 1, "the click taken back")
        krita.display.key("ctrl+shift+z")
        wait_for(lambda: points(krita) == 2, "the click made again")
    assert krita.run("faults:history") == history
    krita.display.click(*krita.run("faults:layer_row"))
    over_canvas(krita)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert (value(krita, RED), value(krita, GREEN)) == (255, 255)


@BOTH
def test_ctrl_z_takes_back_a_click_with_the_keyboard_in_a_docker(krita):
    krita.run("mode:open_discs")
    krita.run("mode:select_rect", x=300, y=20, width=80, height=60)
    krita.run("mode:start")
    pick(krita, RED)
    pick(krita, GREEN)
    history, selection = krita.run("faults:history"), krita.run("mode:selection")
    krita.display.click(*krita.run("faults:layer_row"))
    for left in (1, 0):
        krita.display.key("ctrl+z")
        wait_for(lambda left=left: points(krita) == left, "a click taken back")
    krita.display.key("ctrl+z")
    krita.display.key("ctrl+shift+z")
    wait_for(lambda: points(krita) == 1, "the click made again")
    assert krita.run("faults:history") == history
    assert krita.run("mode:selection") == selection
    over_canvas(krita)
    krita.display.key("Escape")
    krita.run("mode:wait_off")
    krita.display.key("ctrl+z")
    wait_for(lambda: krita.run("mode:selection") is None, "Krita's own Ctrl+Z, once the mode has ended")


@BOTH
def test_a_floating_docker_gives_the_keys_up(krita):
    begin(krita)
    pick(krita, RED)
    krita.run("faults:float_docker", name="KisLayerBox")
    try:
        krita.display.click(*krita.run("faults:layer_row"))
        over_canvas(krita)
        wait_for(lambda: krita.run("faults:canvas_has_keys"), "the canvas's focus")
        krita.display.key("BackSpace")
        wait_for(lambda: points(krita) == 0, "the click taken back")
    finally:
        krita.run("faults:dock", name="KisLayerBox")
