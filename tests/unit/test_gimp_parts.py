# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the GIMP plug-in that need no GIMP: the viewport, mask overlays, arguments, what is remembered."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "plugin" / "gimp"))

from maskwright_gimp import arguments
from maskwright_gimp.dialog.preview import overlays
from maskwright_gimp.dialog.preview.viewport import LARGEST_ZOOM, Viewport
from maskwright_gimp.dialog.remembered import FILE, Remembered, selection_mark

from maskwright_plugin.backend import for_people
from maskwright_plugin.host import Mask, Operation, Source
from maskwright_plugin.picking.state import Preview
from maskwright_shared.errors import ProtocolError, RequestError
from maskwright_shared.geometry import Bounds, Box, Point, View

DEFAULTS = {argument.name: argument.default for argument in arguments.ARGUMENTS}
BOUNDS = Bounds(10, 20, 600, 400)


def preview(rows, view=None, x=0, y=0):
    alpha = bytes(255 if mark == "#" else 0 for row in rows for mark in row)
    bounds = Bounds(x, y, len(rows[0]), len(rows))
    return Preview(view or View(0, 0, 20, 20, 20, 20), bounds, alpha, 0, None, 1.0, alpha.count(255))


# The viewport.


@pytest.mark.parametrize("size", [(700, 500), (300, 800), (1, 1), (613, 411)])
def test_fitting_shows_all_of_it(size):
    viewport = Viewport.fitting(BOUNDS, *size)
    for x, y in ((10, 20), (610, 420)):
        cx, cy = viewport.to_screen(x, y)
        assert -1 <= cx <= size[0] + 1
        assert -1 <= cy <= size[1] + 1


@pytest.mark.parametrize("zoom", [1.0, 2.0, 4.0])
def test_the_picture_lies_on_whole_screen_pixels(zoom):
    viewport = Viewport.fitting(BOUNDS, 765, 661).at_zoom(zoom, (123, 457))
    left, top = viewport.to_screen(10, 20)
    assert abs(left - round(left)) < 1e-6
    assert abs(top - round(top)) < 1e-6


def test_zooming_keeps_what_is_under_the_pointer():
    viewport = Viewport.fitting(BOUNDS, 600, 400).at_zoom(3.0, (300, 200))
    before = viewport.to_image(250, 170)
    after = viewport.zoomed(1.25, (250, 170)).to_image(250, 170)
    assert after == pytest.approx(before, abs=0.5)


def test_zoom_and_pan_have_ends():
    viewport = Viewport.fitting(BOUNDS, 600, 400)
    assert viewport.zoomed(1e9, (0, 0)).zoom == LARGEST_ZOOM
    assert viewport.zoomed(1e-9, (0, 0)).zoom == viewport.smallest_zoom
    far = viewport.at_zoom(2.0, (0, 0)).panned(-1e6, 1e6)
    assert (far.x, far.y) == (610 - 300, 20)


def test_a_view_is_in_the_images_own_pixels_when_zoomed_in():
    view = Viewport.fitting(BOUNDS, 600, 400).at_zoom(3.0, (300, 200)).view
    assert view.columns == view.width
    assert view.rows == view.height
    assert view.x == int(view.x)
    out = Viewport.fitting(BOUNDS, 300, 200).view
    assert (out.columns, out.rows) == (300, 200)
    assert (out.x, out.y, out.width, out.height) == pytest.approx((10, 20, 600, 400))


def test_a_point_comes_into_view():
    viewport = Viewport.fitting(BOUNDS, 600, 400).at_zoom(8.0, (0, 0))
    x, y = viewport.showing(500, 300).to_screen(500, 300)
    assert 0 <= x <= 600
    assert 0 <= y <= 400
    assert viewport.showing(12, 22) is not None


# Overlays.


def pixels(overlay):
    return [tuple(overlay.rgba[i : i + 4]) for i in range(0, len(overlay.rgba), 4)]


def drawn(overlay):
    """W white, B black, . nothing."""
    marks = ["." if a == 0 else "W" if r else "B" for r, _, _, a in pixels(overlay)]
    return ["".join(marks[i : i + overlay.width]) for i in range(0, len(marks), overlay.width)]


def test_the_outline_is_white_inside_and_black_outside():
    (outline,) = overlays.overlays(preview(["###", "###", "###"], x=4, y=5), "outline")
    assert (outline.x, outline.y) == (3, 4)
    assert drawn(outline) == [".BBB.", "BWWWB", "BW.WB", "BWWWB", ".BBB."]


def test_no_outline_where_the_view_ends():
    (outline,) = overlays.overlays(preview(["##", "##"], View(0, 0, 2, 2, 2, 2)), "outline")
    assert all(mark == "." for row in drawn(outline) for mark in row)


@pytest.mark.parametrize(
    ("x", "wanted"),
    [
        (0, ["BBBB......", "WWWWB.....", "...WB.....", "WWWWB.....", "BBBB......"]),
        (6, ["......BBBB", ".....BWWWW", ".....BW...", ".....BWWWW", "......BBBB"]),
    ],
)
def test_a_mask_at_the_edge_of_the_view_draws_no_line_elsewhere(x, wanted):
    shown = preview(["####", "####", "####"], View(0, 0, 10, 8, 10, 8), x, 2)
    (outline,) = overlays.overlays(shown, "outline")
    before, after = "." * outline.x, "." * (10 - outline.x - outline.width)
    assert outline.y == 1
    assert [before + row + after for row in drawn(outline)] == wanted


def test_the_tint_is_as_strong_as_the_mask():
    shown = preview(["#"])._replace(alpha=b"\x80")
    tint = overlays.overlays(shown, "tint")[0]
    assert pixels(tint) == [(*overlays.TINT, 0x80 * 115 // 255)]


@pytest.mark.parametrize(("style", "colour"), [("black", (0, 0, 0)), ("white", (255, 255, 255))])
def test_the_surroundings_are_covered(style, colour):
    (cover,) = overlays.overlays(preview(["#"], View(0, 0, 3, 2, 3, 2), 1, 1), style)
    found = pixels(cover)
    assert [pixel[3] for pixel in found] == [255, 255, 255, 255, 0, 255]
    assert found[0][:3] == colour


def test_an_empty_mask_covers_all_and_tints_nothing():
    nothing = preview(["#"], View(0, 0, 3, 2, 3, 2))._replace(bounds=Bounds(0, 0, 0, 0), alpha=b"")
    assert overlays.overlays(nothing, "tint") == []
    assert overlays.hover_overlay(nothing) == []
    (cover,) = overlays.overlays(nothing, "chequers")
    assert {pixel[3] for pixel in pixels(cover)} == {255}


# Arguments.


def test_a_job_of_all_arguments():
    job = arguments.job_of(
        {
            **DEFAULTS,
            "points": "1,2 3.5,4;5,6",
            "background": "7,8",
            "box": "9,8,1,2",
            "source": "visible",
            "operation": "add",
            "edge": "hard",
            "refine": "no",
            "candidate": 2,
        }
    )
    assert job.points == (Point(1, 2), Point(3.5, 4), Point(5, 6), Point(7, 8, foreground=False))
    assert job.box == Box(1, 2, 9, 8)
    assert (job.source, job.operation, job.candidate) == (Source.PROJECTION, Operation.ADD, 2)
    assert (job.options.edge, job.options.refine) == ("hard", False)


def test_prompts_are_written_as_they_are_read():
    points = (Point(1 / 3, 2.5), Point(269.9, 1e-3, foreground=False), Point(5.0, 1e-7))
    box = Box(0.1, 0.2, 1 / 7, 4.0)
    job = arguments.job_of(
        {
            **DEFAULTS,
            "clicks": arguments.clicks_text(points),
            "box": arguments.box_text(box),
        }
    )
    assert job.points == points
    assert job.box == box


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("points", "1"),
        ("points", "nan,2"),
        ("background", "a,b"),
        ("clicks", "1,2"),
        ("clicks", "+1"),
        ("clicks", "-nan,2"),
        ("previous", 64),
        ("box", "1,2,3"),
        ("box", "1,2,1,9"),
        ("use-selection", "perhaps"),
        ("keep", "some"),
        ("grow", 501.0),
        ("fill-holes", -2),
        ("threshold", float("nan")),
    ],
)
def test_a_wrong_argument_is_named(name, value):
    with pytest.raises(RequestError, match=f'The argument "{name}" must be'):
        arguments.job_of({**DEFAULTS, name: value})


# What is remembered.


def test_what_was_chosen_is_remembered(tmp_path):
    kept = Remembered(width=900, style="black", hard=True)
    kept.write(tmp_path)
    assert Remembered.read(tmp_path) == kept
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"width": "wide", "hard": 3, "other": 1}',
        '{"width": 99999999999, "grow": 1e999, "feather": NaN}',
    ],
)
def test_a_damaged_file_is_the_default(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    assert Remembered.read(tmp_path) == Remembered()


def test_a_selection_is_known_again_by_its_place_and_its_numbers():
    one = Mask(Bounds(3, 4, 2, 1), b"\x80\xff")
    assert selection_mark(one) == selection_mark(Mask(Bounds(3, 4, 2, 1), bytearray(b"\x80\xff")))
    others = [Mask(Bounds(4, 4, 2, 1), b"\x80\xff"), Mask(Bounds(3, 4, 2, 1), b"\x81\xff"), None]
    assert selection_mark(one) not in [selection_mark(other) for other in others]


# What a person is told.


def test_an_error_of_the_wire_itself_names_no_field():
    raw = ProtocolError("protocol.field", "The field 'image' must be 32 lower-case hexadecimal digits.")
    told = for_people(raw)
    assert told.code == raw.code
    assert "field" not in told.message
    assert raw.message in told.detail
    plain = RequestError("request.prompt", "Click the object first.")
    assert for_people(plain) is plain
