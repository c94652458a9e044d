# SPDX-License-Identifier: GPL-3.0-or-later
"""Images at a real daemon: stripes, names, order, limits, and what is put again."""

from __future__ import annotations

import numpy as np
import pytest
from tests.protocol.house import status
from tests.protocol.pictures import encode, picture, put, segment, whole

from maskwright_shared.errors import Cancelled, ImageError, RequestError
from maskwright_shared.messages import Cancel, ImageForget, ImagePut, ImageStripe


def test_an_image_put_again_keeps_its_name_and_its_embedding(client, another):
    pixels = picture(seed=1)
    first = client.put_image(150, 100, "RGB", pixels)
    assert not first.known
    assert not client.request(encode(first.image)).cached
    again = another.put_image(150, 100, "RGB", pixels)
    assert (again.image, again.known) == (first.image, True)
    encoded = another.request(encode(again.image))
    assert (encoded.cached, encoded.seconds) == (True, 0.0)


def test_two_images_of_one_size_in_turn_have_their_own_names_and_masks(client):
    names = [put(client, picture(seed=2)), put(client, picture(red=60, seed=3))]
    masks = [[whole(client.request(segment(name))) for name in names] for _ in range(2)]
    assert names[0] != names[1]
    assert masks[0][0].any()
    assert not np.array_equal(masks[0][0], masks[0][1])
    assert np.array_equal(masks[0], masks[1])


def test_the_same_bytes_in_another_shape_are_another_image(client):
    data = picture(seed=4).tobytes()
    names = {
        client.put_image(150, 100, "RGB", data).image,
        client.put_image(100, 150, "RGB", data).image,
        client.put_image(300, 150, "GRAY", data).image,
    }
    assert len(names) == 3


def test_many_stripes_arrive_whole(client):
    pixels = np.random.default_rng(5).integers(0, 255, (1200, 1000, 4), np.uint8)
    sent = []
    first = client.put_image(1000, 1200, "RGBA", pixels, sent.append)
    assert len(sent) == 5
    assert sent == sorted(sent)
    assert sent[-1] == 1.0
    assert client.put_image(1000, 1200, "RGBA", pixels.tobytes()).image == first.image
    pixels[-1, -1, -1] ^= 1
    assert client.put_image(1000, 1200, "RGBA", pixels).image != first.image


@pytest.mark.parametrize(
    ("offset", "length"), [(1, 10), (0, 60_001), (2**30, 10)], ids=["gap", "too long", "far away"]
)
def test_a_stripe_that_does_not_fit_ends_the_put(client, offset, length):
    put_id = client.send(ImagePut(200, 100, "RGB"))
    client.send(ImageStripe(put_id, offset, bytes(length)))
    with pytest.raises(ImageError, match="put the image again") as refused:
        client.wait_for(put_id)
    assert refused.value.code == "image.stripe"
    client.send(ImageStripe(put_id, 0, bytes(10)))  # what was on its way already is passed over
    assert put(client, picture(seed=6))


def test_a_put_withdrawn_half_way_can_be_begun_anew(client):
    pixels = picture(seed=7)
    put_id = client.send(ImagePut(150, 100, "RGB"))
    client.send(ImageStripe(put_id, 0, pixels.tobytes()[:1000]))
    client.request(Cancel(put_id))
    client.send(ImageStripe(put_id, 1000, pixels.tobytes()[1000:]))
    other = client.send(encode("0" * 32))
    with pytest.raises(ImageError, match="put it again"):
        client.wait_for(other)
    assert not client.put_image(150, 100, "RGB", pixels).known


def test_the_withdrawn_put_is_answered(client):
    put_id = client.send(ImagePut(150, 100, "RGB"))
    client.send(Cancel(put_id))
    with pytest.raises(Cancelled) as ended:
        client.wait_for(put_id)
    assert ended.value.code == "request.cancelled"


def test_interleaved_puts_of_one_client_both_arrive(client):
    first, second = picture(seed=8), picture(seed=9)
    ids = [client.send(ImagePut(150, 100, "RGB")) for _ in range(2)]
    for offset in range(0, 45_000, 15_000):
        for put_id, pixels in zip(ids, (first, second), strict=True):
            client.send(ImageStripe(put_id, offset, pixels.tobytes()[offset : offset + 15_000]))
    names = [client.wait_for(put_id).image for put_id in ids]
    assert names == [put(client, first), put(client, second)]


def test_too_many_pixels_are_refused_in_a_sentence(client):
    with pytest.raises(ImageError, match="scale it down") as refused:
        client.request(ImagePut(60_000, 60_000, "RGB"))
    assert refused.value.code == "image.too_large"


def test_too_many_puts_at_once_are_refused(client):
    puts = [client.send(ImagePut(10, 10, "GRAY")) for _ in range(9)]
    with pytest.raises(RequestError) as refused:
        client.wait_for(puts[-1])
    assert refused.value.code == "request.too_many"
    client.send(ImageStripe(puts[0], 0, bytes(100)))
    assert client.wait_for(puts[0]).image
    for put_id in puts[1:-1]:
        client.request(Cancel(put_id))


def test_forgetting_makes_an_image_the_first_to_go_and_no_more(client):
    name = put(client, picture(seed=10))
    client.request(ImageForget(name))
    client.request(ImageForget(name))
    assert client.put_image(150, 100, "RGB", picture(seed=10)).known


def test_a_full_budget_drops_the_image_used_longest_ago(house, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_IMAGE_BUDGET", str(6 << 20))  # buffers come in steps of 2 MiB
    with house.connect() as client:
        names = [put(client, picture(seed=seed)) for seed in range(3)]
        client.request(encode(names[0]))
        names.append(put(client, picture(seed=3)))
        assert client.request(segment(names[0])).masks
        with pytest.raises(ImageError) as refused:
            client.request(segment(names[1]))
        assert refused.value.code == "image.unknown"
        assert status(client)["images"] == 3
        large = client.put_image(3000, 1000, "RGB", bytes(9_000_000))
        assert status(client)["images"] == 1
        assert client.request(segment(large.image)).width == 2048


def test_small_images_do_not_pile_up(client):
    for seed in range(40):
        put(client, picture(seed=seed, width=8, height=8))
    assert status(client)["images"] <= 32
