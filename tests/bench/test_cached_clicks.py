# SPDX-License-Identifier: GPL-3.0-or-later
"""What the daemon adds to ONNX Runtime: clicks, encoding, and putting a 24-megapixel image."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.bench.pairs import in_turn, seconds, tell
from tests.protocol.pictures import background, picture

from maskwright_shared.geometry import Point
from maskwright_shared.messages import Encode, Segment

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

WIDTH, HEIGHT = 6000, 4000
HEAVY = 155
"""The red that makes the encoder take about a second on an idle machine."""


@pytest.fixture(scope="module")
def large():
    """Return a 24-megapixel RGBA picture with noise and a bright square."""
    small = picture(width=600, height=400)
    small[100:300, 200:400, 1] += 90
    pixels = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    pixels[..., :3] = np.kron(small, np.ones((10, 10, 1), np.uint8))
    return pixels


@pytest.mark.parametrize(("name", "extra"), [("moody", background(2)), ("maskwright-builtin", ())])
def test_a_click_costs_little_more_than_the_decoder(client, twin, large, tmp_path, name, extra):
    image = client.put_image(WIDTH, HEIGHT, "RGBA", large).image
    client.request(Encode(image, name))
    np.save(tmp_path / "pixels.npy", np.ascontiguousarray(large[..., :3]))
    twin.encode(name, tmp_path / "pixels.npy")
    steps = itertools.count()

    def points():
        step = next(steps)
        return (Point(2100 + 40 * (step % 40), 1100 + 90 * (step // 40)), *extra)

    def click():
        request = Segment(image, name, points())
        return seconds(lambda: client.request(request))

    measured, reference = in_turn(click, lambda: twin.decode(name, points()), 40)
    ratio = tell(f"a click on 24 megapixels, {name}", measured, reference, 1.15)
    assert ratio <= 1.15 or reference < 0.02


def test_encoding_costs_little_more_than_the_encoder(client, twin, tmp_path):
    seeds = itertools.count()
    np.save(tmp_path / "pixels.npy", picture(HEAVY))

    def encode():
        image = client.put_image(150, 100, "RGB", picture(HEAVY, seed=next(seeds))).image
        return seconds(lambda: client.request(Encode(image, "moody")))

    measured, reference = in_turn(encode, lambda: twin.encode("moody", tmp_path / "pixels.npy"), 11)
    assert tell("encoding", measured, reference, 1.05) <= 1.05


def test_putting_a_large_image_costs_a_few_copies(client, large):
    target = np.empty_like(large)
    measured, reference = in_turn(
        lambda: seconds(lambda: client.put_image(WIDTH, HEIGHT, "RGBA", large)),
        lambda: seconds(lambda: np.copyto(target, large)),
        25,
    )
    assert tell("putting 24 megapixels", measured, reference, 12) <= 12
