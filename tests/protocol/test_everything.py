# SPDX-License-Identifier: GPL-3.0-or-later
"""The object map at a real daemon: found on a drawn scene, in nobody's way, and ended when nobody wants it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.protocol.house import quiet, status, until
from tests.protocol.moody_model import ID
from tests.protocol.pictures import encode, picture, put, segment

from maskwright_shared.errors import Cancelled
from maskwright_shared.messages import Cancel, Everything

SHAPES = [(np.s_[20:90, 20:110], (200, 40, 40)), (np.s_[30:150, 140:230], (40, 90, 200))]


def labels_of(reply):
    return np.frombuffer(b"".join(reply.labels), "<u2").reshape(reply.height, reply.width)


def test_the_objects_of_a_drawn_scene_are_told_apart(client):
    scene = np.full((170, 250, 3), 235, np.uint8)
    for place, colour in SHAPES:
        scene[place] = colour
    reply = client.request(Everything(put(client, scene), client.welcome.default_model, 5))
    labels = labels_of(reply)
    assert labels.shape == (170, 250)
    assert labels.max() == reply.objects >= 2
    found = []
    for place, _ in SHAPES:
        numbers, counts = np.unique(labels[place], return_counts=True)
        assert counts.max() > 0.9 * labels[place].size
        found.append(numbers[counts.argmax()])
        assert (labels == found[-1]).sum() < 1.15 * labels[place].size
    assert found[0] != found[1]
    assert 0 not in found


def test_a_long_search_is_in_nobodys_way_and_can_be_withdrawn(client, another):
    name = put(client, picture())
    client.request(encode(name))
    search = client.send(Everything(name, ID, 64))
    until(lambda: status(another)["jobs"] == 1, "the search")
    for _ in range(3):
        assert another.request(segment(name)).masks
        assert client.request(segment(name)).masks
    assert status(another)["jobs"] == 1
    client.send(Cancel(search))
    with pytest.raises(Cancelled):
        client.wait_for(search)
    quiet(another)
