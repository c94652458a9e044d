# SPDX-License-Identifier: GPL-3.0-or-later
"""The window of the models in a real GIMP, against a hub on this machine: from a poor pick to another model's."""

import contextlib

import pytest
from tests.hosts.conftest import debian
from tests.hosts.gimp.conftest import COFFEE
from tests.hosts.gimp.desktop import Desktop
from tests.hosts.gimp.harness import Home
from tests.protocol.hub import ENCODER, MODEL, Hub
from tests.unit.tricky_server import Trick

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(240)]
CUP = (270, 200)


@pytest.fixture(
    scope="module", params=["trixie", pytest.param("forky", marks=pytest.mark.slow)], ids=["3.0", "3.2"]
)
def world(request, tmp_path_factory):
    """A screen with a GIMP whose backend knows the hub of this test; and the hub."""
    root = debian(request.param)
    with contextlib.ExitStack() as stack:
        hub = stack.enter_context(contextlib.closing(Hub(tmp_path_factory.mktemp("hub"))))
        home = stack.enter_context(contextlib.closing(Home(request.param, root, str(hub.python))))
        yield stack.enter_context(Desktop(root, home, hub.environment)), hub


@pytest.fixture
def desktop(world):
    desktop, hub = world
    hub.tricks.clear()
    hub.requests.clear()
    number = desktop.run("windows:show", path=COFFEE)
    desktop.open_dialog(number)
    yield desktop
    desktop.dismiss()
    desktop.run("windows:close", number=number)
    desktop.forget()


@pytest.fixture
def hub(world):
    return world[1]


def managed(desktop, wanted):
    """Wait until the window of the models is as wanted, and return what it shows."""
    return desktop.until(lambda now: now["manager"] and wanted(now["manager"]))["manager"]


def press(desktop, label):
    """Click a button once it stays where it is: a new window is laid out step by step."""
    seen = []

    def is_still(now):
        place = now["manager"] and now["manager"]["buttons"].get(label)
        if not seen or seen[-1][0] != place:
            seen.append((place, now["beats"]))
        return place and now["beats"] - seen[-1][1] > 5

    desktop.until(is_still)
    desktop.display.click(*seen[-1][0])


def says(desktop, part):
    return managed(desktop, lambda window: any(part in text for text in window["texts"]))


def open_window(desktop):
    desktop.display.click(*desktop.until(lambda now: now.get("more"))["more"])
    managed(desktop, lambda window: window["active"] and MODEL in window["rows"])


def choose(desktop, model):
    """Go to a model by the arrow keys; the list has the keyboard when the window opens."""
    desktop.key("Home")
    managed(desktop, lambda window: window["chosen"] == "maskwright-builtin")
    for _ in range(20):
        now = desktop.now["manager"]
        if now["chosen"] == model:
            return
        desktop.key("Down")
        managed(desktop, lambda window: window["chosen"] != now["chosen"])  # noqa: B023
    raise AssertionError(now)


def close_window(desktop):
    desktop.key("Escape")
    desktop.until(lambda now: now["manager"] is None)


def test_a_model_is_got_by_the_window_and_the_picking_goes_on_with_it(desktop, hub):
    desktop.click(*CUP)
    before = desktop.answered(lambda now: now["area"])
    assert hub.requests == [], "nothing is fetched unasked"
    open_window(desktop)
    choose(desktop, MODEL)
    press(desktop, "Get…")
    says(desktop, "research only")
    press(desktop, "Cancel")
    managed(desktop, lambda window: len(window["windows"]) == 1)
    assert hub.requests == []
    hub.slow()
    press(desktop, "Get…")
    press(desktop, "Accept and Get")
    says(desktop, "Downloading")
    close_window(desktop)
    desktop.until(lambda now: "MobileSAM" in now["coming"])
    now = desktop.until(lambda now: now["model"] == MODEL)
    now = desktop.answered(lambda now: now["area"] and now["values"]["model"] == MODEL)
    assert now["points"] == before["points"], "the click was kept"
    open_window(desktop)
    choose(desktop, MODEL)
    press(desktop, "Use by Default")
    managed(desktop, lambda window: window["rows"][MODEL][1] == "Default")
    press(desktop, "Check")
    says(desktop, "Checked: all right.")
    press(desktop, "Remove…")
    press(desktop, "Remove")
    managed(desktop, lambda window: window["rows"][MODEL][1] == "To be had")
    close_window(desktop)


def test_a_download_that_breaks_off_is_cancelled_and_gone_on_with(desktop, hub):
    hub.tricks[ENCODER] = Trick(times=1, stall=5000)
    open_window(desktop)
    choose(desktop, MODEL)
    press(desktop, "Get…")
    press(desktop, "Accept and Get")
    press(desktop, "Cancel Download")
    hub.tricks[ENCODER] = Trick(status=404, times=1)
    press(desktop, "Go On…")
    press(desktop, "Accept and Get")
    says(desktop, "404")
    close_window(desktop)


def test_the_fourth_correction_gives_a_hint_once(desktop):
    desktop.click(*CUP)
    for count, spot in enumerate(((60, 60), (560, 60), (60, 380), (560, 380)), 2):
        assert desktop.answered(lambda now, count=count: len(now["points"]) == count - 1)["hint"] is None
        desktop.click(*spot, button=3)
    shown = desktop.until(lambda now: now["hint"] and all(now["hint"].values()))["hint"]
    desktop.display.click(*shown["no"])
    desktop.until(lambda now: now["hint"] is None)
    assert len(desktop.now["points"]) == 5
