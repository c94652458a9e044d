# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs that other exporters make: recognised, and asked with the very tensors that their own programs feed them.

The reference is ONNX Runtime alone, fed by numpy and Pillow as each exporter's program feeds it.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from tests.onnx.more_graphs import PAIRS
from tests.onnx.reference import MEAN, MEAN_255, STD, STD_255, filter_of
from tests.onnx.small_graphs import KINDS, decoder_graph, encoder_graph, write_card
from tests.onnx.test_other_families import padded_square

from maskwright_backend.models.prompts import ModelPrompts
from maskwright_backend.models.recognise import recognise_files
from maskwright_backend.models.registry import Registry
from maskwright_backend.models.sessions import SessionSettings
from maskwright_shared.errors import ModelError
from maskwright_shared.geometry import Box, Point

SIZE = (181, 127)
BOX = Box(40.0, 20.5, 150.0, 90.0)
CLICKS = (Point(61.25, 30.5), Point(120.0, 77.0), Point(20.0, 100.0, foreground=False))
PROMPTS = {"clicks": (CLICKS, None), "box": ((), BOX), "box and clicks": (CLICKS, BOX)}
STRETCHED = {"edgetam", "sam3-tracker", "sam2.1-osam", "sam2.1-sized", "efficient-sam"}
PIXELS = {"efficientvit-sam-pixels", "sam-pixels-uint8"}
TENSOR_BOX = {"edgetam", "sam3-tracker"}
PADDED = {*TENSOR_BOX, "efficientvit-sam", "efficientvit-sam-sized", *PIXELS, "sam-other-names", "sam-fp16"}
"""Pairs whose caller adds the padding point where there is no box."""


def picture():
    return np.random.default_rng(5).integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8)


def longest(side):
    scale = side / max(SIZE)
    return tuple(int(length * scale + 0.5) for length in SIZE)


def image_of(name, rgb):
    """Return what the pair's own program feeds its encoder."""
    pair = PAIRS[name]
    if name in PIXELS:
        return np.asarray(Image.fromarray(rgb).resize(longest(1024), Image.BILINEAR))
    if name == "efficient-sam":
        return rgb.transpose(2, 0, 1)[None] / np.float32(255)
    if name in TENSOR_BOX:
        side = pair.side
        rows, columns = (filter_of(length)[:side] if side == 1024 else None for length in rgb.shape[:2])
        if rows is None:
            square = np.asarray(Image.fromarray(rgb).resize((side, side), Image.BILINEAR), float).transpose(
                2, 0, 1
            )
            return (square / 255 - 0.5)[None] / 0.5
        narrow = np.floor(rgb.transpose(2, 0, 1).astype(float) @ columns.T + 0.5)
        square = np.floor(rows @ narrow + 0.5)
        return ((square / 255 - MEAN[:, None, None]) / STD[:, None, None])[None]
    if name in STRETCHED:
        planes = [Image.fromarray(rgb[..., k].astype(np.float32)) for k in range(3)]
        square = np.stack([np.asarray(plane.resize((1024, 1024), Image.BILINEAR), float) for plane in planes])
        return ((square / 255 - MEAN[:, None, None]) / STD[:, None, None])[None]
    if pair.side == 1024:
        return padded_square(rgb)[0][None]
    square = np.zeros((pair.side, pair.side, 3))
    width, height = longest(pair.side)
    small = np.asarray(Image.fromarray(rgb).resize((width, height), Image.BILINEAR), float)
    square[:height, :width] = (small - MEAN_255) / STD_255
    return square.transpose(2, 0, 1)[None]


def prompts_of(name, points, box):
    """Return points as (x, y, label) in the pair's square, and the box where it goes alone."""
    side = 1008 if name == "sam3-tracker" else 1024
    fitted = (side, side) if name in STRETCHED else longest(1024)
    scale = np.array(fitted) / SIZE
    rows = [(p.x * scale[0], p.y * scale[1], int(p.foreground)) for p in points]
    corners = box and [box.x0 * scale[0], box.y0 * scale[1], box.x1 * scale[0], box.y1 * scale[1]]
    if box and name == "slimsam" and not points:
        rows = [((corners[0] + corners[2]) / 2, (corners[1] + corners[3]) / 2, 1)]
    elif box and name not in {*TENSOR_BOX, "slimsam"}:
        rows = [(*corners[:2], 2), (*corners[2:], 3), *rows]
    if name in PADDED and not box:
        rows.append((0.0, 0.0, -1))
    return np.array(rows, float).reshape(-1, 3), corners if name in TENSOR_BOX else None


def truth(name, paths, points, box):
    """Run the pair in plain ONNX Runtime; return (C, h, w) logits and (C,) scores."""
    pair = PAIRS[name]
    encoder, decoder = (onnxruntime.InferenceSession(str(path)) for path in paths)
    image = image_of(name, picture()).astype(pair.image_dtype)
    embedding = dict(zip(pair.embedding, encoder.run(None, {pair.image[0]: image}), strict=True))
    rows, corners = prompts_of(name, points, box)
    names = list(pair.decoder)
    shapes = [[size if isinstance(size, int) else 1 for size in pair.decoder[key]] for key in names]
    for shape, key in zip(shapes, names, strict=True):
        if "points" in str(pair.decoder[key][-2:]):
            shape[-2 if shape[-1] == 2 else -1] = len(rows)
    feed = {names[0]: rows[:, :2].reshape(shapes[0]), names[1]: rows[:, 2].reshape(shapes[1])}
    extra = {
        "mask_input": np.zeros((1, 1, 256, 256)), "has_mask_input": np.zeros(1), "orig_im_size": np.array([256, 256]),
        "input_boxes": np.zeros((1, 0, 4)) if corners is None else np.array([[corners]]),
    }  # fmt: skip
    feed |= {key: value for key, value in extra.items() if key in names}
    feed = {key: value.astype(pair.dtypes.get(key, "float32")) for key, value in feed.items()}
    outputs = dict(
        zip([o.name for o in decoder.get_outputs()], decoder.run(None, embedding | feed), strict=True)
    )
    chosen = next(key for key in ("low_res_masks", "masks", "pred_masks") if key in outputs)
    logits = outputs[chosen]
    return logits.reshape(logits.shape[-3:]), outputs[pair.scores[0]].reshape(-1)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Each pair's paths, and its model once it is asked for."""
    folder = tmp_path_factory.mktemp("pairs")
    paths = {name: pair.save(folder / name) for name, pair in PAIRS.items()}
    for name, pair in PAIRS.items():
        write_card(folder / name, name, pair.family)
    registry = Registry(folder)
    return paths, registry


@pytest.mark.parametrize("name", PAIRS)
def test_every_pair_is_recognised(installed, name):
    assert recognise_files(*installed[0][name]).name == PAIRS[name].family


@pytest.mark.parametrize("name", PAIRS)
def test_every_pair_gets_the_tensors_that_its_own_program_feeds(installed, name):
    paths, registry = installed
    model = registry.get(name)
    model.load(SessionSettings(threads=1))
    embedding = model.encode(picture())
    tolerance = 0.1 if name == "sam-fp16" else 2e-3
    for points, box in PROMPTS.values():
        candidates = model.decode(embedding, ModelPrompts(points, box))
        logits, scores = truth(name, paths[name], points, box)
        assert candidates.logits.dtype == np.float32
        np.testing.assert_allclose(candidates.logits, logits, atol=tolerance)
        np.testing.assert_allclose(candidates.scores, scores, atol=1e-5)
        assert (candidates.placement.x[-1][1], candidates.placement.y[-1][1]) == SIZE
    model.unload()


@pytest.mark.parametrize("name", ["sam3-tracker", "slimsam", "efficientvit-sam"])
def test_a_mask_alone_goes_to_a_decoder_without_mask_input(installed, name):
    model = installed[1].get(name)
    model.load(SessionSettings(threads=1))
    mask = np.full((256, 256), -5.0, np.float32)
    mask[60:90, 80:160] = 5.0
    embedding = model.encode(picture())
    empty = ModelPrompts(mask_input=np.full((256, 256), -5.0, np.float32))
    assert model.decode(embedding, ModelPrompts(mask_input=mask)).logits.std() > 0.3
    assert np.isfinite(model.decode(embedding, empty).logits).all()
    model.unload()


@pytest.mark.parametrize("side", [672, 1344])
def test_the_side_of_the_square_is_the_graphs(tmp_path, side):
    cells = {"image_embeddings.0": (32, side * 2 // 7), "image_embeddings.1": (64, side // 7)}
    pair = dataclasses.replace(
        PAIRS["sam3-tracker"],
        image=("pixel_values", ["batch_size", 3, side, side]),
        embedding={**cells, "image_embeddings.2": (256, side // 14)},
    )
    paths = pair.save(tmp_path / "m")
    assert recognise_files(*paths).name == "sam3_tracker"
    write_card(tmp_path / "m", "m", "sam3_tracker")
    model = Registry(tmp_path).get("m")
    model.load(SessionSettings(threads=1))
    assert model.encode(picture()).geometry.side == side


def test_two_halves_of_different_models_are_told_apart(tmp_path):
    PAIRS["sam-other-names"].save(tmp_path / "sam")
    decoder_graph(KINDS["sam2.1-without-low-res"]).save(tmp_path / "decoder.onnx")
    with pytest.raises(ModelError) as caught:
        recognise_files(tmp_path / "sam" / "encoder.onnx", tmp_path / "decoder.onnx")
    assert "belong to different models: the encoder is of SAM" in caught.value.message
    assert "the decoder of SAM 2" in caught.value.message


def test_a_normalised_picture_is_not_cast_to_bytes(tmp_path):
    pair = dataclasses.replace(PAIRS["sam-other-names"], image_dtype="uint8")
    with pytest.raises(ModelError, match="'pixels' is uint8 where float32 belongs"):
        recognise_files(*pair.save(tmp_path))


def test_files_are_found_whatever_their_case(tmp_path):
    from maskwright_backend.store.pair_finder import find_pair  # noqa: PLC0415

    kind = KINDS["sam2.1-hiera-tiny"]
    encoder_graph(kind).save(tmp_path / "ENCODER.ONNX")
    decoder_graph(kind).save(tmp_path / "Decoder.Onnx")
    pair, _ = find_pair(tmp_path)
    assert (pair.encoder, pair.decoder) == ("ENCODER.ONNX", "Decoder.Onnx")
