# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture that was encoded by an earlier daemon is ready at once, with the same masks, unless the model changed."""

import os

import numpy as np
import pytest
from tests.protocol import moody_model
from tests.protocol.house import House, until
from tests.protocol.pictures import picture

from maskwright_shared.geometry import Point
from maskwright_shared.messages import Encode, Segment


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_EMBEDDING_DISK", "100000000")
    house = House(tmp_path)
    moody_model.install(house.places.models)
    yield house
    house.close()


def asked(house):
    """Put the picture, encode it, click; return what Encode answered, and the mask."""
    with house.connect() as client:
        image = client.put_image(150, 100, "RGB", picture(moody_model.SLOW)).image
        encoded = client.request(Encode(image, moody_model.ID))
        reply = client.request(Segment(image, moody_model.ID, (Point(75, 50),)))
        return encoded, np.frombuffer(b"".join(reply.alpha), np.uint8), reply.masks[0].bounds


def files(house):
    return sorted((house.places.home / "cache" / "embeddings").glob("*.embedding"))


def test_the_next_daemon_has_it(house):
    first, mask, bounds = asked(house)
    assert not first.cached
    until(lambda: files(house), "the kept embedding")
    house.kill()
    again, same, where = asked(house)
    assert again.cached
    assert where == bounds
    assert np.abs(same.astype(int) - mask).max() <= 3  # 16 bits


def test_a_model_whose_files_were_replaced_encodes_anew(house):
    asked(house)
    until(lambda: files(house), "the kept embedding")
    house.kill()
    encoder = house.places.models / moody_model.ID / "encoder.onnx"
    os.utime(encoder, ns=(1, 1))
    assert not asked(house)[0].cached


def test_a_damaged_file_costs_nothing_but_the_time(house):
    asked(house)
    (path,) = until(lambda: files(house), "the kept embedding")
    house.kill()
    path.write_bytes(path.read_bytes()[:200])
    again, _, _ = asked(house)
    assert not again.cached
