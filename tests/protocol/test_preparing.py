# SPDX-License-Identifier: GPL-3.0-or-later
"""A daemon prepares a decoder once on a machine, beside its other work, and gives the same masks before and after."""

import json

from tests.protocol.house import House, until
from tests.protocol.pictures import picture

from maskwright_shared.geometry import Point
from maskwright_shared.messages import Encode, Segment

MODEL = "maskwright-builtin"


def mask_of(client, image, x=75):
    reply = client.request(Segment(image, MODEL, (Point(x, 50),)))
    return reply.masks, [bytes(part) for part in reply.alpha]


def noted(house):
    found = (house.places.home / "cache" / "prepared").glob("*/prepared.json")
    return [json.loads(path.read_text()) for path in found]


def test_masks_are_the_same_before_and_after_and_for_the_next_daemon(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_PREPARE", "1")
    house = House(tmp_path)
    try:
        with house.connect() as client:
            image = client.put_image(150, 100, "RGB", picture()).image
            client.request(Encode(image, MODEL))
            before = mask_of(client, image)
            until(lambda: len(noted(house)) == 2, "the decoder's outcome with and without a mask")
            client.request(Segment(image, MODEL, (Point(20, 20),)))
            assert mask_of(client, image) == before
        house.close()
        house = House(tmp_path)
        with house.connect() as client:
            image = client.put_image(150, 100, "RGB", picture()).image
            assert mask_of(client, image) == before
            assert len(noted(house)) == 2
    finally:
        house.close()


def test_without_the_setting_nothing_is_prepared(tmp_path):
    house = House(tmp_path)
    try:
        with house.connect() as client:
            image = client.put_image(150, 100, "RGB", picture()).image
            client.request(Encode(image, MODEL))
            mask_of(client, image)
        assert noted(house) == []
    finally:
        house.close()
