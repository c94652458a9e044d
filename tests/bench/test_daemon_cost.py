# SPDX-License-Identifier: GPL-3.0-or-later
"""What the daemon itself costs: its start, its memory, and whether that grows."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from tests.bench.pairs import in_turn, seconds, tell
from tests.protocol import moody_model
from tests.protocol.house import House, status

from maskwright_shared.geometry import Point
from maskwright_shared.messages import Encode, ModelUnload, Segment

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

MB = 1e6
BUILTIN = "maskwright-builtin"


def test_hello_comes_soon_after_the_start(tmp_path):
    house = House(tmp_path)

    def spawn():
        try:
            return seconds(lambda: house.connect().close())
        finally:
            house.kill()

    def bare():
        return seconds(lambda: subprocess.run([sys.executable, "-I", "-c", "import zmq"], check=True))

    measured, reference = in_turn(spawn, bare, 15)
    house.close()
    assert tell("hello after a spawn, against a Python that imports zmq", measured, reference, 3) <= 3


def test_an_idle_daemon_takes_little_memory(tmp_path):
    house = House(tmp_path)
    with house.connect() as client:
        memory = status(client)["memory_bytes"] / MB
    house.close()
    sys.stdout.write(f"\nidle daemon: {memory:.1f} MB, at most 60\n")
    assert memory <= 60


@pytest.mark.parametrize(("width", "height"), [(1200, 900), (200, 150)])
def test_memory_does_not_grow_with_the_number_of_images(tmp_path, width, height):
    """Every image is put, encoded and clicked at; sizes differ a little, as layers do."""
    house = House(tmp_path)
    moody_model.install(house.places.models)
    dice = np.random.default_rng(7)

    def use(count):
        for _ in range(count):
            shape = (height + int(dice.integers(40)), width + int(dice.integers(40)), 4)
            pixels = dice.integers(0, 40, shape, np.uint8)  # dark, which the model encodes quickly
            image = client.put_image(shape[1], shape[0], "RGBA", pixels).image
            client.request(Encode(image, moody_model.ID))
            client.request(Segment(image, moody_model.ID, (Point(width / 2, height / 2),)))
        return status(client)["memory_bytes"] / MB

    with house.connect() as client:
        few, many = use(50), use(950)
    house.close()
    sys.stdout.write(
        f"\n{width} x {height}: {many:.0f} MB after 1000 images, {few:.0f} after 50, ratio {many / few:.3f}\n"
    )
    assert many / few <= 1.05


def test_a_model_that_is_unloaded_gives_its_memory_back(tmp_path):
    """Load, a new picture, clicks, unload, again and again; what is left above the first time is kept pictures."""
    house = House(tmp_path)
    dice = np.random.default_rng(9)
    kept = []

    def cycle(client):
        pixels = dice.integers(0, 255, (600, 900, 3), np.uint8)
        image = client.put_image(900, 600, "RGB", pixels).image
        client.request(Encode(image, BUILTIN))
        for x in (200, 400, 600):
            client.request(Segment(image, BUILTIN, (Point(x, 300),)))
        client.request(ModelUnload(BUILTIN))
        report = status(client)
        kept.append((report["memory_bytes"] - report["embedding_bytes"] - report["image_bytes"]) / MB)

    with house.connect() as client:
        for _ in range(10):
            cycle(client)
    house.close()
    sys.stdout.write(
        f"\nunloaded, without pictures and embeddings: {kept[0]:.0f} MB, after ten cycles {kept[-1]:.0f}\n"
    )
    assert kept[-1] - kept[0] <= 30
