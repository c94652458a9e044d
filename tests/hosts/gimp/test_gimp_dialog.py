# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog in a real GIMP on a screen, driven by the mouse and the keyboard."""

import os
import signal

import pytest
from PIL import Image, ImageChops
from tests.hosts.gimp.harness import CHECKOUT

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(200)]
COFFEE = str(CHECKOUT / "examples" / "coffee.png")
CUP = (270, 200)


@pytest.fixture
def image(desktop):
    """The photograph, open in a window."""
    number = desktop.run("windows:show", path=COFFEE)
    yield number
    desktop.dismiss()
    desktop.run("windows:close", number=number)


def near(found, wanted):
    return all(abs(a - b) <= 1.5 for a, b in zip(found, wanted, strict=True))


def test_a_click_a_correction_and_enter(desktop, image):
    clean = desktop.run("windows:state", number=image)
    assert not clean["dirty"]
    desktop.open_dialog(image)
    desktop.click(*CUP)
    one = desktop.answered(lambda now: now["area"])
    assert near(one["points"][0][:2], CUP)
    assert one["points"][0][2] is True
    assert one["candidates"] == 3
    desktop.click(60, 60, keys=["shift"])
    desktop.answered(lambda now: len(now["points"]) == 2)
    desktop.click(560, 60, button=3)
    three = desktop.answered(lambda now: len(now["points"]) == 3)
    assert [point[2] for point in three["points"]] == [True, False, False]
    desktop.key("BackSpace")
    desktop.answered(lambda now: len(now["points"]) == 2)
    desktop.key("Return")
    assert desktop.closed() == "success"
    done = desktop.run("windows:state", number=image)
    assert done["selected"] > 1000
    assert done["dirty"]
    desktop.undo(image, clean)


def test_a_drag_is_a_box_and_tab_shows_the_other_candidates(desktop, image):
    desktop.open_dialog(image)
    desktop.drag(130, 60, 470, 340)
    boxed = desktop.answered(lambda now: now["area"])
    assert near(boxed["box"], (130, 60, 470, 340))
    assert boxed["points"] == []
    desktop.key("Tab")
    other = desktop.answered(lambda now: now["chosen"] != boxed["chosen"])
    assert other["chosen"] == (boxed["chosen"] + 1) % boxed["candidates"]
    desktop.key("shift+Tab")
    desktop.answered(lambda now: now["chosen"] == boxed["chosen"])
    wanted = (boxed["chosen"] + 2) % 3
    desktop.display.click(*desktop.now["small"][wanted])
    desktop.answered(lambda now: now["chosen"] == wanted)
    desktop.display.click(*desktop.now["apply"])
    assert desktop.closed() == "success"


def test_zoom_pan_and_clicks_where_they_are_seen(desktop, image):
    first = desktop.open_dialog(image)
    desktop.wheel(200, 150, 3)  # from here on the picture fills the preview
    desktop.until(lambda now: now["viewport"]["zoom"] > 1.9 * first["viewport"]["zoom"])
    x, y = desktop.at(200, 150)
    desktop.wheel(200, 150, 3)
    closer = desktop.until(lambda now: now["viewport"]["zoom"] > 3 * first["viewport"]["zoom"])
    assert near(desktop.at(200, 150), (x, y))
    desktop.drag(200, 150, 170, 130, button=2)
    panned = desktop.until(lambda now: now["viewport"]["x"] > closer["viewport"]["x"] + 28)
    assert panned["points"] == []
    assert panned["box"] is None
    desktop.click(230, 170)
    found = desktop.answered(lambda now: now["area"])
    assert near(found["points"][0][:2], (230, 170))
    assert found["view"][4:] == found["view"][2:4], "zoomed in, the mask is shown in the image's own pixels"
    desktop.key("1")
    desktop.until(lambda now: now["viewport"]["zoom"] == 1.0)
    desktop.key("0")
    desktop.until(lambda now: now["viewport"]["zoom"] == first["viewport"]["zoom"])


def test_hovering_shows_what_a_click_would_select(desktop, image):
    opened = desktop.open_dialog(image)
    desktop.display.move(*opened["apply"])
    desktop.display.move(*desktop.at(*CUP))
    hovered = desktop.until(lambda now: now["hover"])
    assert hovered["points"] == []
    desktop.display.move(*hovered["apply"])
    desktop.until(lambda now: not now["hover"])


@pytest.mark.parametrize(("zoom", "tolerated"), [(1, 0.0), (4, 0.12)])
def test_the_picture_is_sharp_at_every_zoom(desktop, image, tmp_path, zoom, tolerated):
    """Each image pixel is a square of its own colour on the screen; only borders between squares may be off by one."""
    desktop.open_dialog(image)
    desktop.key("1")
    now = desktop.until(lambda now: now["viewport"]["zoom"] == 1.0)
    if zoom > 1:
        middle = (
            now["origin"][axis] + now["viewport"][side] / 2 for axis, side in enumerate(("width", "height"))
        )
        desktop.display.move(*middle)
        for _ in range(6):
            desktop.display.xdotool("click", 4)
        now = desktop.until(lambda now: now["viewport"]["zoom"] > 3.8)
    desktop.display.move(*now["apply"])
    desktop.answered()
    viewport = now["viewport"]
    x, y = (max(0, int(viewport[axis])) + 20 for axis in "xy")
    size = (round(40 * viewport["zoom"]), round(30 * viewport["zoom"]))
    with Image.open(COFFEE) as picture:
        wanted = picture.convert("RGB").crop((x, y, x + 40, y + 30)).resize(size, Image.Resampling.NEAREST)
    left, top = desktop.at(x, y)
    desktop.display.screenshot(tmp_path / "shot.png", (round(left), round(top), *size))
    with Image.open(tmp_path / "shot.png") as found:
        difference = ImageChops.difference(found.convert("RGB"), wanted).convert("L").tobytes()
    assert sum(value > 24 for value in difference) <= tolerated * len(difference)


@pytest.mark.parametrize(
    ("call", "args", "wanted"),
    [
        ("select", (150, 80, 260, 240), {"start": "box", "box": [150, 80, 410, 320]}),
        ("ellipse", (150, 80, 260, 240), {"start": "mask", "mask": [150, 80, 260, 240]}),
        ("sample_point", (270, 200), {"start": "sample-points", "points": [[270.5, 200.5, True]]}),
    ],
)
def test_prompts_from_what_is_there(desktop, image, call, args, wanted):
    names = {"select": "xywh", "ellipse": "xywh", "sample_point": "xy"}[call]
    keys = {"x": "x", "y": "y", "w": "width", "h": "height"}
    desktop.run(f"windows:{call}", number=image, **{keys[n]: v for n, v in zip(names, args, strict=True)})
    desktop.open_dialog(image)
    now = desktop.answered(lambda now: now["area"])
    assert now["values"]["start"] == wanted["start"]
    for name in ("box", "mask", "points"):
        assert now[name] == wanted.get(name, [] if name == "points" else None)


def test_prompts_from_a_path(desktop, image):
    desktop.run("windows:path", number=image, points=[[270, 200], [300, 150]])
    desktop.open_dialog(image)
    now = desktop.answered(lambda now: now["area"])
    assert now["points"] == [[270, 200, True], [300, 150, True]]


def test_the_keyboard_alone(desktop, image):
    desktop.open_dialog(image)
    for _ in range(3):
        desktop.key("Left")
    desktop.key("shift+Down")
    desktop.key("space")
    now = desktop.answered(lambda now: now["area"])
    viewport = now["viewport"]
    assert near(now["points"][0][:2], (300 - 48 / viewport["zoom"], 200 + 1 / viewport["zoom"]))
    desktop.key("Return")
    assert desktop.closed() == "success"


@pytest.mark.parametrize(
    ("output", "changed"),
    [
        ("layer-mask", {"masks": [True]}),
        ("channel", {"channels": ["Object"]}),
        ("new-layer", {"layers": ["Object", "Background"], "masks": [False, False]}),
        ("path", {"paths": ["Object"]}),
    ],
)
def test_each_output_is_one_undo_step(desktop, image, output, changed):
    clean = desktop.run("windows:state", number=image)
    desktop.open_dialog(image)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])
    wanted = ["selection", "layer-mask", "channel", "new-layer", "path"].index(output)
    desktop.press("output")
    desktop.key("Home", *["Down"] * wanted, "Return")
    desktop.until(lambda now: now["values"]["output"] == output)
    desktop.display.click(*desktop.now["apply"])
    assert desktop.closed() == "success"
    done = desktop.run("windows:state", number=image)
    for name in ("layers", "masks", "channels", "paths"):
        assert done[name] == changed.get(name, clean[name])
    assert done["selected"] == 0
    desktop.undo(image, clean)
    # the dialog remembers the output: set it back
    desktop.open_dialog(image)
    assert desktop.now["values"]["output"] == output
    desktop.press("output")
    desktop.key("Home", "Return")
    desktop.until(lambda now: now["values"]["output"] == "selection")
    desktop.key("Escape")
    assert desktop.closed() == "cancel"


def test_the_daemon_killed_in_mid_work_is_started_again(desktop, image):
    desktop.open_dialog(image)
    first = desktop.home.daemon_pid()
    os.kill(first, signal.SIGKILL)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])
    assert desktop.home.daemon_pid() not in (first, None)


def test_a_stopped_daemon_leaves_the_dialog_alive(desktop, image):
    desktop.open_dialog(image)
    pid = desktop.home.daemon_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        desktop.click(*CUP)
        before = desktop.until(lambda now: now["stalled"])
        assert "does not answer" in before["status"]
        desktop.until(lambda now: now["beats"] > before["beats"] + 5)
        desktop.key("Escape")
        assert desktop.closed() == "cancel"
    finally:
        os.kill(pid, signal.SIGCONT)


def test_no_backend_is_a_sentence_and_a_button(desktop, image):
    interpreter = desktop.home.installation.python
    away = interpreter.with_name("away")
    desktop.open_dialog(image)
    interpreter.rename(away)
    try:
        os.kill(desktop.home.daemon_pid(), signal.SIGKILL)
        desktop.click(*CUP)
        failed = desktop.until(lambda now: now["phase"] == "failed")
        assert "not set up" in failed["status"]
        assert failed["button"]
        assert not failed["can_apply"]
        desktop.display.click(*failed["button"])  # this bundle carries no backend to set up
        desktop.until(lambda now: "installed without its backend" in now["status"] and now["button"])
    finally:
        away.rename(interpreter)
    desktop.display.click(*failed["button"])
    desktop.answered(lambda now: now["area"])


def from_the_menu(desktop, phase="ready"):
    desktop.activate("GIMP$")
    desktop.start_dialog()
    desktop.key("alt+s", "o")
    return desktop.until(lambda now: now["viewport"] and now["phase"] == phase)


def test_the_image_closed_under_the_dialog(desktop):
    desktop.run("windows:show", path=COFFEE)
    from_the_menu(desktop)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])
    desktop.activate("GIMP$")
    desktop.key("ctrl+w")
    now = desktop.until(lambda now: now["status"] == "The image was closed.")
    assert not now["can_apply"]
    desktop.activate("Select Object")
    desktop.key("Escape")
    desktop.gone()


def test_repeat_does_it_again_and_re_show_opens_the_dialog(desktop, image):
    clean = desktop.run("windows:state", number=image)
    from_the_menu(desktop)
    desktop.click(*CUP)
    desktop.click(60, 60, button=3)
    desktop.answered(lambda now: now["area"] and len(now["points"]) == 2)
    desktop.key("Return")
    desktop.gone()
    done = desktop.becomes(image, lambda now: now["selected"])
    desktop.undo(image, clean)
    desktop.key("ctrl+f")
    desktop.becomes(image, lambda now: now == done)
    desktop.start_dialog()
    desktop.key("ctrl+shift+f")
    shown = desktop.until(lambda now: now["phase"] == "ready")
    assert shown["mask"], "the selection that is there now is where the user begins"
    desktop.key("Escape")
    desktop.gone()


def test_the_window_and_the_choices_are_remembered(desktop, image):
    desktop.open_dialog(image)
    desktop.press("hard")
    desktop.press("style")
    desktop.key("Home", "Down", "Down", "Return")
    desktop.until(lambda now: now["values"]["hard"] and now["values"]["style"] == "black")
    window = desktop.window("Select Object")
    desktop.display.xdotool("windowsize", window, 900, 640)
    desktop.until(lambda now: now["size"] == [900, 640])
    desktop.key("Escape")
    assert desktop.closed() == "cancel"
    again = desktop.open_dialog(image)
    assert again["size"] == [900, 640]
    assert again["values"]["hard"]
    assert again["values"]["style"] == "black"
    desktop.press("hard")
    desktop.press("style")
    desktop.key("Home", "Return")
    desktop.until(lambda now: not now["values"]["hard"] and now["values"]["style"] == "tint")


def test_a_click_while_encoding_is_answered_later(desktop):
    """The daemon is held still, so that the click surely comes before it has looked at the image."""
    number = desktop.run("windows:show", size=[900, 700])
    with desktop.home.start_daemon():
        pid = desktop.home.daemon_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        desktop.start_dialog()
        desktop.gimp.post("windows:dialog", number=number)
        early = desktop.until(lambda now: now["phase"] in ("connecting", "sending", "encoding"))
        desktop.click(400, 300)
        waiting = desktop.until(lambda now: now["points"])
        assert waiting["area"] is None
        assert waiting["status"]
        assert waiting["beats"] > early["beats"]
    finally:
        os.kill(pid, signal.SIGCONT)
    desktop.answered(lambda now: now["candidates"])
    desktop.dismiss()
    desktop.run("windows:close", number=number)
