# SPDX-License-Identifier: GPL-3.0-or-later
"""The window of the models in a real Krita, against a hub on this machine: from a poor pick to another model's."""

import contextlib

import pytest
from tests.hosts.krita.conftest import KINDS, machine, slow
from tests.hosts.krita.harness import Krita, wait_for
from tests.hosts.krita.test_mode import RED, begin, click, pick
from tests.protocol.hub import ENCODER, MODEL, Hub
from tests.unit.tricky_server import Trick

SPOTS = [RED, (20, 20), (300, 30), (400, 300), (40, 300), (450, 40)]


@pytest.fixture(scope="module", params=["5.1", pytest.param("5.3", marks=slow)])
def world(request, tmp_path_factory):
    """A Krita whose backend knows the hub of this test; and the hub."""
    hub = Hub(tmp_path_factory.mktemp("hub"))
    release, opengl, _ = KINDS[request.param]
    with (
        contextlib.closing(hub),
        Krita(machine(release), opengl=opengl, env=hub.environment, backend=str(hub.python)) as krita,
    ):
        yield krita, hub


@pytest.fixture
def krita(world):
    krita, hub = world
    hub.tricks.clear()
    hub.requests.clear()
    krita.need_daemon()
    krita.run("mode:fresh")
    return krita


@pytest.fixture
def hub(world):
    return world[1]


def shown(krita):
    return krita.run("manager:shown")


def says(krita, part):
    return any(part in label for label in shown(krita)["labels"])


def open_window(krita):
    krita.run("docker:press", text="More Models…")
    wait_for(lambda: MODEL in krita.run("manager:rows"), "the list")


def press(krita, text, place="maskwright_models"):
    """Press a button whose dialog may hold the scenario up until it is closed."""
    krita.run("manager:press_soon", text=text, place=place)


def state(krita):
    return krita.run("manager:rows")[MODEL][1]


def test_a_model_is_got_by_the_window_and_the_picking_goes_on_with_it(krita, hub):
    begin(krita)
    pick(krita, RED)
    before = krita.run("mode:state")["points"]
    assert hub.requests == [], "nothing is fetched unasked"
    open_window(krita)
    krita.run("manager:choose", id=MODEL)
    press(krita, "Get…")
    text = wait_for(lambda: krita.run("manager:reading"), "what it restricts")
    assert "research only" in text
    assert hub.requests == []
    press(krita, "Cancel", "maskwright_reading")
    assert state(krita) == "To be had"
    hub.slow()
    press(krita, "Get…")
    wait_for(lambda: krita.run("manager:reading"), "what it restricts")
    press(krita, "Accept and Get", "maskwright_reading")
    wait_for(lambda: says(krita, "Downloading"), "the progress")
    krita.run("manager:close")
    wait_for(
        lambda: any("MobileSAM" in text for text in krita.run("docker:texts")["shown"]), "the docker's line"
    )
    wait_for(lambda: krita.run("mode:state").get("model") == MODEL, "the other model")
    assert krita.run("mode:wait_mask")["points"] == before, "the click was kept"
    wait_for(lambda: krita.run("docker:chooser")["current"] == MODEL, "the docker's choice")
    open_window(krita)
    krita.run("manager:choose", id=MODEL)
    press(krita, "Use by Default")
    wait_for(lambda: state(krita) == "Default", "the default")
    press(krita, "Check")
    wait_for(lambda: says(krita, "Checked: all right."), "the check")
    press(krita, "Remove…")
    wait_for(lambda: krita.run("manager:reading"), "the question")
    press(krita, "Remove", "maskwright_reading")
    wait_for(lambda: state(krita) == "To be had", "the removal")
    wait_for(
        lambda: krita.run("docker:chooser")["current"] == "maskwright-builtin", "the built-in model again"
    )
    krita.run("manager:close")


def test_a_download_that_breaks_off_is_cancelled_and_gone_on_with(krita, hub):
    hub.tricks[ENCODER] = Trick(times=1, stall=5000)
    open_window(krita)
    krita.run("manager:choose", id=MODEL)
    press(krita, "Get…")
    wait_for(lambda: krita.run("manager:reading"), "what it restricts")
    press(krita, "Accept and Get", "maskwright_reading")
    wait_for(lambda: "Cancel Download" in shown(krita)["buttons"], "the button")
    press(krita, "Cancel Download")
    wait_for(lambda: "Go On…" in shown(krita)["buttons"], "what has come")
    hub.tricks[ENCODER] = Trick(status=404, times=1)
    press(krita, "Go On…")
    wait_for(lambda: krita.run("manager:reading"), "what it restricts")
    press(krita, "Accept and Get", "maskwright_reading")
    wait_for(lambda: says(krita, "404"), "the reason")
    assert state(krita) == "To be had"
    krita.run("manager:close")


def test_the_window_is_usable_by_keyboard_and_on_a_small_screen(krita):
    open_window(krita)
    assert krita.run("manager:unreachable") == []
    width, height, least_width, least_height = krita.run("manager:resize", width=900, height=500)
    assert (width, height) == (900, 500)
    assert least_width <= 1366
    assert least_height <= 700
    krita.run("manager:close")


def test_the_fourth_correction_gives_a_hint_once(krita):
    begin(krita, model="")
    pick(krita, RED)
    for count, spot in enumerate(SPOTS[1:5], 2):
        assert krita.run("manager:hint") == []
        click(krita, spot, button=3)
        wait_for(lambda count=count: len(krita.run("mode:state")["points"]) == count, "the correction")
    assert "More Models…" in wait_for(lambda: krita.run("manager:hint"), "the hint")
    krita.display.click(*krita.run("manager:hint_button", text="No Thanks"))
    wait_for(lambda: krita.run("manager:hint") == [], "its end")
    assert len(krita.run("mode:state")["points"]) == 5, "the button is no click on the image"
    krita.display.key("Escape")
    krita.run("mode:wait_off")
