# SPDX-License-Identifier: GPL-3.0-or-later
"""What one request may cost at most: points, previews, odd shapes, frames without end."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from tests.protocol.house import PATIENCE, House, status, until
from tests.protocol.pictures import click, picture, put

from maskwright_shared import messages as m
from maskwright_shared import wire
from maskwright_shared.errors import ConnectionFailed, RequestError
from maskwright_shared.geometry import Point, View

BUILTIN = "maskwright-builtin"
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("costs"))
    yield house
    house.close()


@pytest.fixture
def client(house):
    with house.connect() as client:
        yield client


def segment(image, points=None, **changes):
    return m.Segment(**{"image": image, "model": BUILTIN, "points": points or click(), **changes})


def spread(count):
    return tuple(Point(1.0 + index % 140, 1.0 + index % 90, index % 3 > 0) for index in range(count))


def memory(house, name):
    """Return the daemon's resident memory in bytes: `VmRSS` now, or `VmHWM`, its peak since `forget_peak`."""
    text = Path(f"/proc/{house.pid}/status").read_text(encoding="ascii")
    return int(re.search(rf"{name}:\s+(\d+) kB", text)[1]) * 1024


def forget_peak(house):
    Path(f"/proc/{house.pid}/clear_refs").write_text("5")


def refused(client, request, code):
    with pytest.raises(RequestError) as caught:
        client.request(request, timeout=PATIENCE)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")
    return caught.value.message


@pytest.mark.parametrize("count", [257, 4096])
def test_more_points_than_a_decoder_has_memory_for_are_refused_in_a_sentence(client, count):
    name = put(client, picture())
    sentence = refused(client, segment(name, spread(count)), "request.prompt")
    assert f"There are {count} points, and 256 are the most" in sentence
    refused(client, m.Apply(name, BUILTIN, spread(count)), "request.prompt")


def test_the_memory_of_many_points_is_given_back(house, client):
    name = put(client, picture())
    client.request(segment(name), timeout=PATIENCE)
    before = memory(house, "VmRSS")
    assert client.request(segment(name, spread(256)), timeout=PATIENCE).masks
    client.request(segment(name), timeout=PATIENCE)
    assert memory(house, "VmRSS") < 1.3 * before


def test_a_preview_of_more_pixels_than_a_screen_has_is_refused(client):
    name = put(client, picture())
    for columns, rows in ((16384, 16384), (16384, 2049), (5793, 5793)):
        view = View(0.0, 0.0, 150.0, 100.0, columns, rows)
        sentence = refused(client, segment(name, view=view), "request.view")
        assert f"{columns} x {rows} pixels cost too much: 33,554,432 pixels in all" in sentence
    screen = View(0.0, 0.0, 150.0, 100.0, 7680, 4320)
    assert client.request(segment(name, view=screen), timeout=PATIENCE).width == 7680
    assert "3 previews" in refused(client, segment(name, view=screen, all_candidates=True), "request.view")


def test_the_largest_preview_costs_what_is_stated(house, client):
    name = put(client, picture())
    client.request(segment(name), timeout=PATIENCE)
    forget_peak(house)
    before = memory(house, "VmRSS")
    options = m.MaskOptions(threshold=-32.0, grow=100.0, feather=100.0)
    view = View(0.0, 0.0, 150.0, 100.0, 5792, 5792)
    assert client.request(segment(name, view=view, options=options), timeout=PATIENCE).masks
    assert memory(house, "VmHWM") - before < 300 * MEGABYTE


@pytest.mark.parametrize(("width", "height"), [(60_000, 1), (1, 60_000), (20_000, 3)])
def test_pictures_of_odd_shapes_cost_no_more_than_others(house, client, width, height):
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
    client.request(segment(put(client, picture())), timeout=PATIENCE)
    name = put(client, pixels)
    forget_peak(house)
    before = memory(house, "VmRSS")
    points = (Point(width / 2, height / 2),)
    client.request(segment(name, points), timeout=PATIENCE)
    assert client.request(m.Apply(name, BUILTIN, points), timeout=PATIENCE).width == width
    assert memory(house, "VmHWM") - before < 150 * MEGABYTE


def test_a_message_of_frames_without_end_is_skipped_and_its_connection_cut(house, client):
    with house.connect("flood") as flood:
        flood.dealer.send([*wire.encode(5, m.Status()), *[b""] * 300_000])
        with pytest.raises(ConnectionFailed):
            until(lambda: flood.receive(0.1) and None, "the end of the connection")
    assert status(client)["pid"] == house.pid
    until(lambda: status(client)["clients"] == ["test"], "the end of the flood")


def test_some_frames_too_many_are_answered_and_the_next_message_is_read_well(client):
    for count in (9, 100, 3000):
        client.dealer.send([*wire.encode(5, m.Status()), *[b""] * count])
        assert wire.decode(client.dealer.receive(PATIENCE)).message.code == "protocol.frames"
        assert status(client)["pid"]
