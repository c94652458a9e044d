# SPDX-License-Identifier: GPL-3.0-or-later
"""Small objects in large pictures, by the built-in model through the daemon: a closer look finds what one misses."""

import contextlib
import os
import queue
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image
from tests.protocol.house import PATIENCE, House

from maskwright_plugin.backend import Backend
from maskwright_plugin.host import Picture
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_plugin.picking.one_shot import make_mask
from maskwright_plugin.picking.prompts import Prompts
from maskwright_shared.errors import RequestError
from maskwright_shared.geometry import Bounds, Box, Point, View
from maskwright_shared.messages import Apply, Encode, MaskOptions, MaskPrompt, Segment

MODEL = "maskwright-builtin"
WIDTH, HEIGHT = 3600, 2400
CENTRE, RADIUS = (2210, 1430), 34


@pytest.fixture(scope="module")
def scene():
    """A noisy ground of slow waves, and a disc of 68 pixels in another colour: (H, W, 3) and its mask."""
    random = np.random.default_rng(4)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    ground = np.stack(
        [90 + 30 * np.sin(x / 300), 120 + 30 * np.sin(y / 250), 90 + 20 * np.sin((x + y) / 400)], -1
    )
    truth = np.hypot(x - CENTRE[0], y - CENTRE[1]) < RADIUS
    ground[truth] = (190, 90, 60)
    noisy = ground + random.normal(0, 6, (HEIGHT, WIDTH, 1))
    return noisy.clip(0, 255).astype(np.uint8), truth


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("closer"))
    yield house
    house.close()


@pytest.fixture
def asked(house, scene):
    with house.connect() as client:
        image = client.put_image(WIDTH, HEIGHT, "RGB", scene[0]).image
        client.request(Encode(image, MODEL))
        yield client, image


def whole_mask(reply):
    mask = np.zeros((reply.height, reply.width), np.uint8)
    info = reply.masks[0]
    alpha = np.frombuffer(b"".join(bytes(part) for part in reply.alpha[: info.frames]), np.uint8)
    x, y, width, height = info.bounds
    mask[y : y + height, x : x + width] = alpha.reshape(height, width)
    return mask > 127


def iou(mask, truth):
    return (mask & truth).sum() / (mask | truth).sum()


PROMPTS = {
    "click": {"points": (Point(CENTRE[0] + 8.0, CENTRE[1] - 5.0),)},
    "box": {"box": Box(*(value - RADIUS for value in CENTRE), *(value + RADIUS for value in CENTRE))},
}


ZOOMED = View(CENTRE[0] - 240.0, CENTRE[1] - 150.0, 480.0, 320.0, 960, 640)
"""An editor that shows a part of the picture: who zooms in means something small."""


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_window_that_the_daemon_names_shows_the_object(asked, scene, prompt):
    client, image = asked
    view = ZOOMED if prompt == "click" else None
    first = client.request(Segment(image, MODEL, **PROMPTS[prompt], view=view))
    assert first.closer is not None
    assert first.closer.width < WIDTH / 3
    second = client.request(Segment(image, MODEL, **PROMPTS[prompt], view=view, window=first.closer))
    assert second.closer is None
    assert (second.width, second.height) == (first.width, first.height)
    applied = client.request(Apply(image, MODEL, **PROMPTS[prompt], window=first.closer))
    assert (applied.width, applied.height) == (WIDTH, HEIGHT)
    assert iou(whole_mask(applied), scene[1]) > 0.93
    plain = client.request(Apply(image, MODEL, **PROMPTS[prompt]))
    assert iou(whole_mask(plain), scene[1]) < 0.85


def test_the_preview_shows_what_will_be_applied(asked, scene):
    client, image = asked
    points = PROMPTS["click"]["points"]
    window = client.request(Segment(image, MODEL, points, view=ZOOMED)).closer
    preview = whole_mask(client.request(Segment(image, MODEL, points, view=ZOOMED, window=window)))
    rows, columns = np.nonzero(preview)
    assert abs(columns.mean() / 2 + ZOOMED.x - CENTRE[0]) < 3
    assert abs(rows.mean() / 2 + ZOOMED.y - CENTRE[1]) < 3
    assert abs(preview.sum() / 4 - scene[1].sum()) < 0.1 * scene[1].sum()


def test_a_window_that_cuts_the_object_off_is_not_used(asked):
    client, image = asked
    points = (Point(CENTRE[0] + 0.5, CENTRE[1] + 0.5),)
    half = Bounds(CENTRE[0] - 10, CENTRE[1] - 300, 600, 600)
    cut = client.request(Apply(image, MODEL, points, window=half))
    plain = client.request(Apply(image, MODEL, points))
    assert cut.masks[0].bounds == plain.masks[0].bounds
    assert [bytes(part) for part in cut.alpha] == [bytes(part) for part in plain.alpha]


@pytest.mark.parametrize(
    "window",
    [Bounds(0, 0, 0, 10), Bounds(-1, 0, 50, 50), Bounds(WIDTH - 10, 0, 20, 20), Bounds(0, 0, 50, 50)],
)
def test_a_window_must_lie_inside_and_hold_a_prompt(asked, window):
    client, image = asked
    with pytest.raises(RequestError) as caught:
        client.request(Segment(image, MODEL, PROMPTS["click"]["points"], window=window))
    assert caught.value.code == "request.window"


def test_a_mask_prompt_is_carried_into_the_window(asked, scene):
    client, image = asked
    disc = np.ascontiguousarray(scene[1][1390:1470, 2170:2250].astype(np.uint8) * 255)
    prior = client.put_image(80, 80, "GRAY", disc).image
    window = Bounds(1900, 1200, 600, 500)
    request = Apply(image, MODEL, mask=MaskPrompt(prior, 2170, 1390), window=window)
    assert iou(whole_mask(client.request(request)), scene[1]) > 0.9


def test_scripts_look_closer_as_well(house, scene):
    picture = Picture(Bounds(500, 700, WIDTH, HEIGHT), "RGB", scene[0].tobytes())
    x0, y0, x1, y1 = PROMPTS["box"]["box"]
    box = Box(x0 + 500, y0 + 700, x1 + 500, y1 + 700)
    mask = make_mask(house.installation, "script", picture, Prompts(box=box), MaskOptions())
    assert abs(mask.bounds.x - 500 - (CENTRE[0] - RADIUS)) <= 3
    assert abs(mask.bounds.width - 2 * RADIUS) <= 6


def test_a_session_shows_a_draft_and_then_the_closer_look_and_applies_that(house, scene):
    posted, seen = queue.Queue(), []
    backend = Backend(posted.put, installation=house.installation, name="test")
    session = ObjectSession(backend, seen.append, model=MODEL)
    try:
        session.set_view(ZOOMED)
        session.start(Picture(Bounds(0, 0, WIDTH, HEIGHT), "RGB", scene[0].tobytes()))
        session.add_point(*PROMPTS["click"]["points"][0][:2])
        wait(posted, lambda: session.state.preview is not None and not session.state.busy)
        areas = [state.preview.area for state in seen if state.preview is not None]
        assert areas[0] > 3 * areas[-1]  # the draft took the ground
        assert abs(areas[-1] / 4 - scene[1].sum()) < 0.1 * scene[1].sum()
        masks = []
        session.apply(lambda mask, error: masks.append(mask or error))
        wait(posted, lambda: masks)
        assert abs(masks[0].bounds.width - 2 * RADIUS) <= 6
    finally:
        session.close()
        backend.close()


def test_the_command_looks_closer_unless_told_not_to(house, scene, tmp_path):
    Image.fromarray(scene[0]).save(tmp_path / "scene.png")
    box = ",".join(str(value) for value in PROMPTS["box"]["box"])
    masks = {}
    for name, options in {"closer": [], "plain": ["--no-closer"]}.items():
        command = [sys.executable, "-m", "maskwright_backend", "segment", "scene.png", "--box", box]
        command += ["-o", f"{name}.png", *options]
        environment = {**os.environ, **house.variables}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=100)
        masks[name] = np.asarray(Image.open(tmp_path / f"{name}.png")) > 127
    assert iou(masks["closer"], scene[1]) > 0.93
    assert iou(masks["plain"], scene[1]) < 0.85


def wait(posted, condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        with contextlib.suppress(queue.Empty):
            posted.get(timeout=0.02)()
