# SPDX-License-Identifier: GPL-3.0-or-later
"""Every field of every message does what its rule says in words: the ends of its range pass, all else is refused."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from sample_messages import IMAGE, MODEL, SAMPLES

from maskwright_shared import messages as m
from maskwright_shared import wire
from maskwright_shared.errors import ModelError, ProtocolError
from maskwright_shared.fields import has_default

NUMBER = r"(-?[0-9.]+(?:e[+-]?[0-9]+)?)"


def values_for(words):
    """Return (values that pass, values that are refused) for a rule, from its words alone."""
    if words.endswith(", or null"):
        good, bad = values_for(words[: -len(", or null")])
        return [None, *good], [value for value in bad if value is not None]
    if match := re.fullmatch(r"a whole number from (-?\d+) to (\d+)", words):
        low, high = map(int, match.groups())
        return [low, high], [None, True, False, low - 1, high + 1, float(high), str(low), [], {}, [low]]
    if match := re.fullmatch(rf"a number from {NUMBER} to {NUMBER}", words):
        low, high = map(float, match.groups())
        return [low, high, int(high)], [
            None,
            True,
            False,
            low - 1,
            high * 1.001 + 1,
            10**19,
            str(low),
            [],
            {},
            [low],
        ]
    if words == "true or false":
        return [True, False], [None, 0, 1, "true", "", [], {}]
    if match := re.fullmatch(r"a text of (\d+) to (\d+) characters", words):
        low, high = map(int, match.groups())
        short = ["x" * (low - 1)] if low else []
        return ["x" * low, "ü" * high], [None, True, 1, [], {}, ["x"], "x" * (high + 1), "\ud800", *short]
    if words.startswith("one of "):
        options = json.loads("[" + words[len("one of ") :] + "]")
        return options, [None, True, 0, "", options[0] + " ", options[0].swapcase(), [], {}, [options[0]]]
    if match := re.fullmatch(r"(\d+) lower-case hexadecimal digits", words):
        digits = int(match[1])
        wrong = ["", "0" * (digits - 1), "0" * (digits + 1), "A" * digits, "g" * digits, "\uff10" * digits]
        return ["0" * digits, "f" * digits], [None, True, 0, [], {}, *wrong]
    return structured_values_for(words)


def structured_values_for(words):
    if words == "an open object":
        return [{}, {"any": [1, None]}], [None, True, 0, "", []]
    if words.startswith("an object ("):
        return [], [None, True, 0, "", [], {"unknown": 1}]
    if match := re.fullmatch(r"a list of at most (\d+), each .*", words):
        return [], [None, True, 0, "", {}, [None], [0], [[]], [{}] * (int(match[1]) + 1)]
    if words.startswith("a list [x0, y0, x1, y1]"):
        wrong = [
            [0, 0, 1],
            [0, 0, 1, 1, 1],
            [2, 0, 1, 1],
            [0, 2, 1, 1],
            [0, 0, 1, "1"],
            [0, 0, 1, True],
            [0, 0, 1, 1e7],
        ]
        return [[0, 0, 0, 0], [-1e6, -1e6, 1e6, 1e6]], [None, 0, "", {}, [], *wrong]
    if words.startswith("a list [x, y, width, height, columns, rows]"):
        wrong = [
            [0, 0, 1, 1, 1],
            [0, 0, 0, 1, 1, 1],
            [0, 0, 1, 1, 1.5, 1],
            [0, 0, 1, 1, 0, 1],
            [0, 0, 1, 1, 1, 16385],
        ]
        return [[0, 0, 0.001, 1e6, 1, 16384]], [None, 0, "", {}, [], *wrong]
    if words.startswith("a list [x, y, width, height]"):
        wrong = [[0, 0, 1], [0, 0, -1, 1], [0, 0, 1.0, 1], [0, 0, 1, 1, 1], [0, 0, 10**6 + 1, 1]]
        return [], [None, 0, "", {}, [], *wrong]
    raise AssertionError(f"no values for {words!r}")


def samples_by_type():
    return {type(sample): sample for sample in reversed(SAMPLES)}


def header_fields(kind):
    return [field for field in dataclasses.fields(kind) if not field.metadata["rule"].frames]


FIELDS = [(kind, field) for kind in m.ALL for field in header_fields(kind)]
NAMES = [f"{kind.TYPE}.{field.name}" for kind, field in FIELDS]


def with_value(kind, path, value):
    """Return the frames of a sample with one value of its header replaced."""
    header, *frames = wire.encode(7, samples_by_type()[kind])
    content = json.loads(header)
    target = content
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return [json.dumps(content).encode(), *frames]


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=NAMES)
def test_a_field_takes_what_its_words_say_and_refuses_the_rest(kind, field):
    good, bad = values_for(field.metadata["rule"].words)
    for value in good:
        if (kind, field.name) in {
            (m.Masks, "width"),
            (m.Masks, "height"),
            (m.ObjectMap, "width"),
            (m.ObjectMap, "height"),
        }:
            continue  # these must fit the frames, too
        wire.decode(with_value(kind, [field.name], value))
    for value in bad:
        with pytest.raises(ProtocolError) as caught:
            wire.decode(with_value(kind, [field.name], value))
        assert caught.value.code in {"protocol.field", "protocol.unknown_field", "protocol.missing_field"}
        assert field.name in caught.value.message


RECORD_FIELDS = [
    *[(m.Segment, ["mask"], {"image": IMAGE}, field) for field in dataclasses.fields(m.MaskPrompt)],
    *[(m.Segment, ["options"], {}, field) for field in dataclasses.fields(m.MaskOptions)],
]


@pytest.mark.parametrize(
    ("kind", "path", "base", "field"), RECORD_FIELDS, ids=lambda value: getattr(value, "name", "")
)
def test_a_field_of_a_record_takes_what_its_words_say_and_refuses_the_rest(kind, path, base, field):
    good, bad = values_for(field.metadata["rule"].words)
    for value in good:
        wire.decode(with_value(kind, path, {**base, field.name: value}))
    for value in bad:
        with pytest.raises(ProtocolError) as caught:
            wire.decode(with_value(kind, path, {**base, field.name: value}))
        assert f"{path[0]}.{field.name}" in caught.value.message


@pytest.mark.parametrize("field", dataclasses.fields(m.MaskInfo), ids=lambda field: field.name)
def test_a_field_of_a_mask_s_description_refuses_what_its_words_do_not_say(field):
    for value in values_for(field.metadata["rule"].words)[1]:
        with pytest.raises(ProtocolError) as caught:
            wire.decode(with_value(m.Masks, ["masks", 0, field.name], value))
        assert f"masks[0].{field.name}" in caught.value.message


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=NAMES)
def test_a_field_left_out_takes_its_default_or_is_refused(kind, field):
    header, *frames = wire.encode(7, samples_by_type()[kind])
    content = json.loads(header)
    del content[field.name]
    frames = [json.dumps(content).encode(), *frames]
    if has_default(field):
        assert getattr(wire.decode(frames).message, field.name) == field.default
    else:
        with pytest.raises(ProtocolError) as caught:
            wire.decode(frames)
        assert caught.value.code == "protocol.missing_field"


def test_types_are_unique_and_roles_known():
    assert len(m.BY_TYPE) == len(m.ALL)
    assert {kind.ROLE for kind in m.ALL} == {"request", "oneway", "reply", "event"}


def test_messages_are_immutable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        m.Cancel(1).target = 2


def test_an_error_travels_as_the_class_it_was():
    original = ModelError("model.broken", "Install it again.", "decoder.onnx")
    arrived = wire.decode(wire.encode(1, m.Error.of(original))).message.to_exception()
    assert type(arrived) is ModelError
    assert (arrived.code, arrived.message, arrived.detail) == (
        "model.broken",
        "Install it again.",
        "decoder.onnx",
    )


def test_an_error_with_endless_words_is_cut_to_what_the_wire_takes():
    original = ModelError("model." + "x" * 200, "y" * 5000, "z" * 50_000)
    assert wire.decode(wire.encode(1, m.Error.of(original))).message.code.startswith("model.x")
    nameless = m.Error.of(ModelError("model.broken", ""))
    assert wire.decode(wire.encode(1, nameless)).message.message == "model.broken"


def test_an_error_that_names_an_unwritable_file_still_arrives():
    original = ModelError("model.broken", "The file caf\udce9.onnx is damaged.")
    assert (
        wire.decode(wire.encode(1, m.Error.of(original))).message.message == "The file caf?.onnx is damaged."
    )


def test_the_largest_prompt_fits_a_header_and_a_frame():
    points = tuple(m.Point(float(number), 0.5) for number in range(m.MAX_POINTS))
    arrived = wire.decode(wire.encode(1, m.Apply(IMAGE, MODEL, points))).message
    assert arrived.points == points
