# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages to frames and back, and everything that is refused on the way."""

from __future__ import annotations

import json
import random

import pytest
from sample_messages import IMAGE, MASK, MODEL, SAMPLES

from maskwright_shared import messages as m
from maskwright_shared import wire
from maskwright_shared.errors import ProtocolError
from maskwright_shared.geometry import Bounds


def code_of(frames):
    with pytest.raises(ProtocolError) as caught:
        wire.decode(frames)
    assert caught.value.message.endswith(".")
    assert len(caught.value.message) < 500
    return caught.value.code


def header_of(message, **changes):
    header = {**json.loads(wire.encode(7, message)[0]), **changes}
    return json.dumps(header).encode()


def test_there_is_a_sample_of_every_type():
    assert {type(sample) for sample in SAMPLES} == set(m.ALL)


@pytest.mark.parametrize("message", SAMPLES, ids=lambda message: message.TYPE)
def test_a_message_comes_out_as_it_went_in(message):
    frames = wire.encode(7, message)
    assert wire.decode(frames) == (7, message)
    assert wire.decode([memoryview(bytes(frame)) for frame in frames]) == (7, message)


def test_the_header_is_compact_json_with_three_keys_of_its_own():
    assert wire.encode(12, m.Cancel(5)) == [b'{"protocol":1,"type":"cancel","id":12,"target":5}']


def test_frames_are_not_copied():
    data = bytearray(100)
    assert wire.encode(1, m.ImageStripe(1, 0, data))[1] is data
    assert wire.decode(wire.encode(1, m.ImageStripe(1, 0, data))).message.data is data


@pytest.mark.parametrize("message", SAMPLES, ids=lambda message: message.TYPE)
def test_a_header_cut_at_any_byte_is_refused(message):
    header, *frames = wire.encode(7, message)
    for count in range(len(header)):
        assert code_of([header[:count], *frames]) == "protocol.header"


@pytest.mark.parametrize("message", SAMPLES, ids=lambda message: message.TYPE)
def test_a_frame_more_or_less_is_refused(message):
    frames = wire.encode(7, message)
    takes_more = isinstance(message, (m.Masks, m.ObjectMap))
    assert code_of([*frames, b"more"]) == ("protocol.size" if takes_more else "protocol.frames")
    if len(frames) > 1:
        assert code_of(frames[:-1]) == ("protocol.size" if takes_more else "protocol.frames")


@pytest.mark.parametrize("message", SAMPLES, ids=lambda message: message.TYPE)
def test_an_unknown_field_is_refused(message):
    frames = [header_of(message, colour="red"), *wire.encode(7, message)[1:]]
    assert code_of(frames) == "protocol.unknown_field"


def test_no_frames_at_all():
    assert code_of([]) == "protocol.empty"


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"protocol":1,"type":"done","id":1}x',
        b'{"protocol":1,"type":"done","id":NaN}',
        b'{"protocol":1,"type":"done","id":-Infinity}',
        b'{"protocol":1,"type":"done","id":1e999}',
        b'{"protocol":1,"type":"done","id":' + b"9" * 21 + b"}",
        b'{"protocol":1,"type":"done","id":' + b"9" * 200_000 + b"}",
        b"[" * 200_000,
        b'{"a":' * 50_000,
        b"[" * 100_000 + b"]" * 100_000,
        b" " * (wire.MAX_HEADER + 1),
        b'{"protocol":1,"type":"done","id":1' + b" " * wire.MAX_HEADER + b"}",
    ],
    ids=lambda header: header[:24].decode("latin-1") + f"~{len(header)}",
)
def test_what_is_no_header_is_refused(header):
    assert code_of([header]) == "protocol.header"


@pytest.mark.parametrize("protocol", [0, 2, True, 1.0, "1", None, [1], {}, "x" * 10_000])
def test_another_protocol_is_refused(protocol):
    assert code_of([header_of(m.Done(), protocol=protocol)]) == "protocol.version"


def test_a_header_without_protocol_type_or_id_is_refused():
    assert code_of([b'{"type":"done","id":1}']) == "protocol.version"
    assert code_of([b'{"protocol":1,"id":1}']) == "protocol.type"
    assert code_of([b'{"protocol":1,"type":"done"}']) == "protocol.field"


@pytest.mark.parametrize(
    "kind", ["", "Done", "done ", "everything.else", 1, None, True, [], {}, "x" * 10_000, "\ud800"]
)
def test_an_unknown_type_is_refused(kind):
    assert code_of([header_of(m.Done(), type=kind)]) == "protocol.type"


@pytest.mark.parametrize("number", [0, -1, 2**53 + 1, True, 1.0, "1", None, [], {}])
def test_an_id_out_of_range_is_refused(number):
    assert code_of([header_of(m.Done(), id=number)]) == "protocol.field"


@pytest.mark.parametrize("number", [1, 2**53])
def test_ids_at_the_ends_of_the_range(number):
    assert wire.decode(wire.encode(number, m.Done())).id == number


def test_nan_never_leaves():
    with pytest.raises(ValueError, match="JSON"):
        wire.encode(1, m.Encoded(cached=False, seconds=float("nan"), provider=""))


def test_deep_and_wide_reports_pass_up_to_the_size_of_a_header():
    report = {"nested": [[[[{"a": "b" * 1000}]]]] * 100}
    assert wire.decode(wire.encode(1, m.StatusReport(report))).message.report == report


def masks(**changes):
    given = {"width": 4, "height": 5, "masks": (MASK,), "alpha": (b"1234", b"56"), **changes}
    return m.Masks(generation=1, mask_id=1, candidates=1, provider="", milliseconds=0.0, **given)


@pytest.mark.parametrize(
    "changes",
    [
        {"alpha": (b"1234", b"5")},
        {"alpha": (b"1234", b"567")},
        {"alpha": (b"123456",)},
        {"alpha": (b"1234", b"56", b"")},
        {"masks": ()},
        {"masks": (MASK, MASK)},
        {"width": 2},
        {"height": 4},
        {"masks": (m.MaskInfo(1, Bounds(-1, 2, 2, 3), 0.5, 0.25, 6, 2),)},
        {"masks": (m.MaskInfo(1, Bounds(1, -2, 2, 3), 0.5, 0.25, 6, 2),)},
    ],
)
def test_masks_that_do_not_fit_their_frames_or_raster_are_refused(changes):
    assert code_of(wire.encode(1, masks(**changes))) == "protocol.size"


def test_an_object_map_has_two_bytes_a_pixel():
    assert code_of(wire.encode(1, m.ObjectMap(2, 2, 1, (b"1234567",)))) == "protocol.size"
    assert code_of(wire.encode(1, m.ObjectMap(2, 2, 1, (b"1234567", b"89")))) == "protocol.size"


@pytest.mark.parametrize(
    "frame",
    [b"x" * 11, b"x" * 13, b"\0" * 12 * 4097, b"\0\0\x80\x7f" + b"\0" * 8, b"\0\0\xc0\x7f" + b"\0" * 8]
    + [b"\0" * 8 + label for label in (b"\x02\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x01")]
    + [b"\0\0\0\0" + b"\x08\x24\x74\x49" + b"\0\0\0\0"],
    ids=["short", "long", "too many", "infinite", "nan", "label 2", "label -1", "label 2^24", "far away"],
)
def test_bad_points_are_refused(frame):
    header, _ = wire.encode(1, m.Segment(IMAGE, MODEL))
    assert code_of([header, frame]) == "protocol.field"


def test_a_stripe_has_one_byte_at_least_and_two_mebibytes_at_most():
    header, _ = wire.encode(1, m.ImageStripe(1, 0, b"x"))
    assert wire.decode([header, bytes(2 << 20)]).message.data == bytes(2 << 20)
    assert code_of([header, b""]) == "protocol.field"
    assert code_of([header, bytes((2 << 20) + 1)]) == "protocol.field"


def test_too_many_frames_are_refused():
    header, *_ = wire.encode(1, m.ObjectMap(2, 1, 1, (b"1234",)))
    assert code_of([header, *[b""] * 4096, b"1234"]) == "protocol.field"
    assert wire.decode([header, *[b""] * 4095, b"1234"]).message.objects == 1


def test_changed_bytes_are_refused_or_understood():
    generator = random.Random(9)
    for message in SAMPLES:
        frames = wire.encode(7, message)
        for _ in range(150):
            changed = [bytearray(frame) for frame in frames]
            victim = generator.choice([frame for frame in changed if frame])
            for _ in range(generator.randint(1, 3)):
                victim[generator.randrange(len(victim))] = generator.randrange(256)
            if generator.random() < 0.2:
                generator.shuffle(changed)
            try:
                wire.decode(changed)
            except ProtocolError:
                continue


def some_json(generator, depth=0):
    kinds = ["null", "bool", "int", "float", "text", "list", "object"][: 7 if depth < 3 else 5]
    kind = generator.choice(kinds)
    return {
        "null": lambda: None,
        "bool": lambda: generator.random() < 0.5,
        "int": lambda: generator.choice([0, 1, -1, 2**31, 2**53, 2**60]),
        "float": lambda: generator.choice([0.0, -0.0, 0.5, 1e-300, 1e300]),
        "text": lambda: generator.choice(["", "x", IMAGE, "soft", "\ud800", "0f" * 32, "x" * 3000]),
        "list": lambda: [some_json(generator, depth + 1) for _ in range(generator.randrange(7))],
        "object": lambda: {generator.choice(["image", "x", "edge"]): some_json(generator, depth + 1)},
    }[kind]()


def test_fields_of_any_kind_are_refused_or_understood():
    generator = random.Random(10)
    understood = 0
    for message in SAMPLES * 60:
        header = json.loads(wire.encode(7, message)[0])
        name = generator.choice(list(header))
        header[name] = some_json(generator)
        try:
            wire.decode([json.dumps(header).encode(), *wire.encode(7, message)[1:]])
            understood += 1
        except ProtocolError:
            continue
    assert understood > 0
