# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog in a real GIMP on a screen, driven by the mouse and the keyboard."""

import re
import shutil
import time

import pytest
from PIL import Image, ImageChops
from tests.hosts.gimp.desktop import DIALOG
from tests.hosts.gimp.harness import CHECKOUT
from tests.onnx import small_graphs

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(200)]
COFFEE = str(CHECKOUT / "examples" / "coffee.png")
CUP = (270, 200)
PHOTOGRAPH = "600x400.*GIMP$"


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
    desktop.redo(image, done)
    assert done["chosen"] == clean["chosen"] == ["Background"]


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
    desktop.display.click(*desktop.until(lambda now: len(now["small"]) == 3)["small"][wanted])
    desktop.answered(lambda now: now["chosen"] == wanted)
    desktop.display.click(*desktop.now["apply"])
    assert desktop.closed() == "success"


def test_zoom_pan_and_clicks_where_they_are_seen(desktop, image):
    first = desktop.open_dialog(image)
    desktop.wheel(200, 150, 3)  # from here on the picture fills the preview
    desktop.until(lambda now: now["viewport"]["zoom"] > 1.9 * first["viewport"]["zoom"])
    x, y = desktop.at(200, 150)
    desktop.wheel(200, 150, 3)
    closer = desktop.until(lambda now: now["viewport"]["zoom"] > 3.7 * first["viewport"]["zoom"])
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
        now = desktop.until(lambda now: now["viewport"]["zoom"] > 3.8)  # 1.25 to the power of six
    desktop.display.move(*now["apply"])
    desktop.answered()
    viewport = now["viewport"]
    x, y = (max(0, int(viewport[axis])) + 20 for axis in "xy")
    size = (round(40 * viewport["zoom"]), round(30 * viewport["zoom"]))
    with Image.open(COFFEE) as picture:
        wanted = picture.convert("RGB").crop((x, y, x + 40, y + 30)).resize(size, Image.Resampling.NEAREST)
    left, top = (round(value) for value in desktop.at(x, y))

    def differing():
        desktop.display.screenshot(tmp_path / "shot.png", (left, top, *size))
        with Image.open(tmp_path / "shot.png") as found:
            difference = ImageChops.difference(found.convert("RGB"), wanted).convert("L").tobytes()
        return sum(value > 24 for value in difference) / len(difference)

    desktop.soon(lambda: differing() <= tolerated)  # the frame with this zoom may still be under way


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


def test_the_menu_s_letter_is_its_own_where_there_is_a_path(desktop, image):
    desktop.run("windows:path", number=image, points=[[270, 200], [300, 150]])
    desktop.choose_from_menu(PHOTOGRAPH)
    desktop.key("Escape")
    desktop.gone()


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


def test_leaving_the_cross_or_clicking_there_ends_its_hover(desktop, image):
    opened = desktop.open_dialog(image)
    desktop.display.move(*opened["apply"])
    desktop.until(lambda now: not now["pointing"])
    desktop.key("Left")
    desktop.until(lambda now: now["hover"])
    desktop.key("Tab")
    desktop.until(lambda now: not now["pointing"] and not now["hover"])
    desktop.key("shift+Tab", "Left")
    desktop.until(lambda now: now["hover"])
    desktop.key("space")
    desktop.answered(lambda now: now["area"] and not now["pointing"] and not now["hover"])
    desktop.key("Left")
    desktop.until(lambda now: now["hover"])


def test_leaving_the_preview_keeps_the_hover_of_a_pointer_over_it(desktop, image):
    desktop.open_dialog(image)
    desktop.display.move(*desktop.at(*CUP))
    desktop.until(lambda now: now["hover"])
    desktop.key("Tab")
    desktop.until(lambda now: not now["in_preview"])
    assert desktop.now["pointing"]


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
    desktop.choose("output", wanted)
    desktop.until(lambda now: now["values"]["output"] == output)
    desktop.display.click(*desktop.now["apply"])
    assert desktop.closed() == "success"
    done = desktop.run("windows:state", number=image)
    for name in ("layers", "masks", "channels", "paths"):
        assert done[name] == changed.get(name, clean[name])
    assert done["selected"] == 0
    assert done["chosen"] == clean["chosen"] == ["Background"]
    desktop.undo(image, clean)
    desktop.redo(image, done)
    desktop.undo(image, clean)
    # the dialog remembers the output: set it back
    desktop.open_dialog(image)
    assert desktop.now["values"]["output"] == output
    desktop.choose("output", 0)
    desktop.until(lambda now: now["values"]["output"] == "selection")
    desktop.key("Escape")
    assert desktop.closed() == "cancel"


def test_the_image_closed_under_the_dialog(desktop):
    desktop.run("windows:show", path=COFFEE)
    desktop.choose_from_menu(PHOTOGRAPH)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])
    desktop.activate("GIMP$")
    desktop.key("ctrl+w")
    now = desktop.until(lambda now: now["status"] == "The image was closed.")
    assert not now["can_apply"]
    desktop.activate("Select Object")
    desktop.key("Escape")
    desktop.gone()


def test_looking_at_something_else_keeps_the_clicks(desktop, image):
    """A small layer and all that is visible lie in different places, which is no change of the image."""
    desktop.run("windows:add_layer", number=image, place=[150, 100, 250, 200])
    desktop.open_dialog(image)
    desktop.until(lambda now: now["viewport"]["bounds"] == [150, 100, 250, 200])
    desktop.click(*CUP)
    desktop.answered(lambda now: now["points"] and now["area"])
    desktop.choose("source", 1)
    now = desktop.answered(lambda now: now["viewport"]["bounds"] == [0, 0, 600, 400] and now["area"])
    beats = now["beats"]
    now = desktop.until(
        lambda now: now["beats"] > beats + 40
    )  # longer than the dialog's own look at the image
    assert near(now["points"][0][:2], CUP)


def test_the_image_cropped_under_the_dialog_is_looked_at_anew(desktop, image):
    desktop.choose_from_menu(PHOTOGRAPH)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])
    desktop.run("windows:crop", number=image, x=100, y=50, width=400, height=300)
    desktop.answered(lambda now: now["viewport"]["bounds"] == [0, 0, 400, 300] and not now["points"])
    desktop.activate(DIALOG)
    desktop.click(CUP[0] - 100, CUP[1] - 50)
    now = desktop.answered(lambda now: now["area"])
    assert near(now["points"][0][:2], (CUP[0] - 100, CUP[1] - 50))
    desktop.key("Return")
    desktop.gone()
    assert desktop.becomes(image, lambda now: now["selected"])["selected"] < 400 * 300 // 2


def apply_and_repeat(desktop, image, clean):
    """Apply, take it back, and have Repeat do the very same."""
    desktop.key("Return")
    desktop.gone()
    done = desktop.becomes(image, lambda now: now["selected"])
    desktop.undo(image, clean)
    desktop.key("ctrl+f")
    desktop.becomes(image, lambda now: now == done)


def test_repeat_does_it_again_and_re_show_opens_the_dialog(desktop, image):
    clean = desktop.run("windows:state", number=image)
    desktop.choose_from_menu(PHOTOGRAPH)
    desktop.click(*CUP)
    desktop.click(60, 60, button=3)
    desktop.answered(lambda now: now["area"] and len(now["points"]) == 2)
    apply_and_repeat(desktop, image, clean)
    desktop.start_dialog()
    desktop.key("ctrl+shift+f")
    shown = desktop.opened()
    assert shown["values"]["start"] == "nothing", "the selection is the last object's: the user wants another"
    desktop.choose("start", 1)
    desktop.answered(lambda now: now["mask"])
    desktop.key("Escape")
    desktop.gone()


def test_where_nothing_happens_nothing_is_painted(desktop, image):
    desktop.open_dialog(image)
    desktop.click(270, 200)
    desktop.display.move(*desktop.now["apply"])
    desktop.answered(lambda now: now["area"] and not now["pointing"])
    time.sleep(1)  # a button may still be fading
    before = desktop.now
    time.sleep(2)
    assert desktop.now["paints"] - before["paints"] < 10
    assert desktop.now["beats"] > before["beats"]


def test_the_window_and_the_choices_are_remembered(desktop, image):
    desktop.open_dialog(image)
    desktop.press("hard")
    desktop.choose("style", 2)
    desktop.until(lambda now: now["values"]["hard"] and now["values"]["style"] == "black")
    desktop.resize(900, 640)
    desktop.until(lambda now: now["size"] == [900, 640])
    desktop.key("Escape")
    assert desktop.closed() == "cancel"
    again = desktop.open_dialog(image)
    assert again["size"] == [900, 640]
    assert again["values"]["hard"]
    assert again["values"]["style"] == "black"
    desktop.press("hard")
    desktop.choose("style", 0)
    desktop.until(lambda now: not now["values"]["hard"] and now["values"]["style"] == "tint")


@pytest.fixture
def small(desktop):
    """A small model that builds each answer on the one before; the second in the list of models."""
    folder = desktop.home.places.models / "small"
    folder.mkdir(parents=True)
    small_graphs.write_model(folder, "sam2.1-hiera-tiny", "small")
    family = small_graphs.KINDS["sam2.1-hiera-tiny"].family
    small_graphs.write_card(folder, "small", family, prompting="chained")
    yield
    desktop.dismiss()
    shutil.rmtree(folder)


def choose_small(desktop):
    desktop.until(lambda now: len(now["models"]) == 2 and now["controls"]["model"])
    desktop.choose("model", 1)
    return desktop.until(lambda now: now["phase"] == "ready" and now["values"]["model"] == "small")


def test_the_models_and_what_they_cost_here(desktop, image, small):
    desktop.open_dialog(image)
    now = choose_small(desktop)
    assert now["models"][1] == "Small small", "it was never used, so there are no figures"
    desktop.click(*CUP)
    figures = re.compile(r"(.+) \((\d+ ms|[\d.]+ s) \+ (\d+ ms|[\d.]+ s)\)")
    now = desktop.until(lambda now: all(map(figures.fullmatch, now["models"])))
    assert figures.fullmatch(now["models"][1])[1] == "Small small"
    assert "time to look at an image + time for a click" in now["model_hint"]
    assert now["model_hint"].endswith("\nLicence of this model: GPL-3.0-or-later")
    desktop.choose("model", 0)
    desktop.answered(lambda now: now["area"] and now["values"]["model"] != "small")


def test_repeat_keeps_the_order_of_the_clicks_and_the_candidates_between_them(desktop, image, small):
    clean = desktop.run("windows:state", number=image)
    desktop.choose_from_menu(PHOTOGRAPH)
    choose_small(desktop)
    desktop.click(*CUP)
    shown = desktop.answered(lambda now: now["area"])
    desktop.key("Tab")
    desktop.answered(lambda now: now["chosen"] != shown["chosen"])
    desktop.click(60, 60, button=3)
    desktop.answered(lambda now: now["area"] and len(now["points"]) == 2)
    desktop.click(300, 150)
    shown = desktop.answered(lambda now: now["area"] and len(now["points"]) == 3)
    desktop.key("Tab")
    desktop.answered(lambda now: now["chosen"] != shown["chosen"])
    desktop.click(420, 330)
    desktop.answered(lambda now: now["area"] and len(now["points"]) == 4)
    apply_and_repeat(desktop, image, clean)


def test_refining_the_edge_is_remembered_and_repeated(desktop):
    """On a picture that is much finer than what the model sees; elsewhere there is nothing to refine."""
    path = desktop.home.folder / "large.png"
    with Image.open(COFFEE) as picture:
        picture.resize((1800, 1200), Image.Resampling.LANCZOS).save(path)
    number = desktop.run("windows:show", path=str(path))
    clean = desktop.run("windows:state", number=number)
    found = {}
    for index, refine in enumerate(("auto", "yes", "no")):
        desktop.choose_from_menu("1800x1200.*GIMP$")
        desktop.choose("refine", index)
        desktop.until(lambda now: now["values"]["refine"] == refine)  # noqa: B023
        desktop.click(810, 600)
        desktop.answered(lambda now: now["area"])
        desktop.key("Return")
        desktop.gone()
        found[refine] = desktop.becomes(number, lambda now: now["selected"])
        desktop.undo(number, clean)
        desktop.key("ctrl+f")
        desktop.becomes(number, lambda now: now == found[refine])  # noqa: B023
        desktop.undo(number, clean)
    assert found["yes"]["selection"] != found["no"]["selection"]
    desktop.choose_from_menu("1800x1200.*GIMP$")
    assert desktop.now["values"]["refine"] == "no"
    desktop.key("Escape")
    desktop.gone()
    desktop.run("windows:close", number=number)
    desktop.forget()
