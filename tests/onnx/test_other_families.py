# SPDX-License-Identifier: GPL-3.0-or-later
"""The original SAM, MobileSAM's raw-pixel encoder, and SegNext, on small graphs with their documented tensors."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.onnx.graph_maker import GraphMaker
from tests.onnx.small_graphs import Kind, decoder_graph, encoder_graph, logits_of, scores_of, write_card

from maskwright_backend.models.candidates import Candidates
from maskwright_backend.models.families.sam import SAM
from maskwright_backend.models.families.segnext import SEGNEXT
from maskwright_backend.models.placement import Placement
from maskwright_backend.models.prompts import ModelPrompts
from maskwright_backend.models.recognise import recognise_files
from maskwright_backend.models.registry import Registry
from maskwright_backend.models.sessions import SessionSettings
from maskwright_shared.geometry import Box, Point

SETTINGS = SessionSettings(threads=1)
SIDE = 1024
MEAN, STD = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
CLICKS = (Point(61.25, 30.5), Point(120.0, 77.0), Point(20.0, 100.0, foreground=False))
SAM_KIND = Kind("sam", "image", {"image_embeddings": (1, 256, 64, 64)}, 3, 3, image_size=True)
SEGNEXT_CHANNELS = 768


def picture(width=181, height=127):
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)


def padded_square(rgb):
    scale = SIDE / max(rgb.shape[:2])
    height, width = (int(side * scale + 0.5) for side in rgb.shape[:2])
    square = np.zeros((SIDE, SIDE, 3))
    small = np.asarray(Image.fromarray(rgb).resize((width, height), Image.BILINEAR), np.float64)
    square[:height, :width] = (small - MEAN) / STD
    return square.transpose(2, 0, 1), (width / rgb.shape[1], height / rgb.shape[0])


def raw_pixel_encoder():
    """Return an encoder that normalises and pads resized pixels, then does what the small SAM encoder does."""
    graph = GraphMaker("raw")
    pixels = graph.input("input_image", ["rows", "columns", 3])
    planes = graph.op("Transpose", graph.op("Div", graph.op("Sub", pixels, MEAN), STD), perm=[2, 0, 1])
    missing = graph.op("Sub", graph.const([3, SIDE, SIDE], np.int64), graph.op("Shape", planes))
    pads = graph.op("Concat", graph.const([0, 0, 0], np.int64), missing, axis=0)
    image = graph.reshape(graph.op("Pad", planes, pads, 0.0), [1, 3, SIDE, SIDE])
    pooled = graph.op("AveragePool", image, kernel_shape=[16, 16], strides=[16, 16])
    mix = np.zeros((256, 3, 1, 1), np.float32)
    mix[np.arange(256), np.arange(256) % 3, 0, 0] = 1 + np.arange(256) // 3
    graph.output("image_embeddings", graph.op("Conv", pooled, mix), [1, 256, 64, 64])
    return graph


@pytest.fixture(scope="module", params=["sam", "sam_raw_pixels"])
def sam(request, tmp_path_factory):
    models = tmp_path_factory.mktemp(request.param)
    folder = models / "m"
    encoder = encoder_graph(SAM_KIND) if request.param == "sam" else raw_pixel_encoder()
    encoder.save(folder / "encoder.onnx")
    decoder_graph(SAM_KIND).save(folder / "decoder.onnx")
    family = recognise_files(folder / "encoder.onnx", folder / "decoder.onnx")
    assert family.name == request.param
    write_card(folder, "m", family.name)
    model = Registry(models).get("m")
    model.load(SETTINGS)
    return model


@pytest.mark.parametrize("size", [(181, 127), (127, 181), (1, 1), (4000, 3)])
@pytest.mark.parametrize("box", [None, Box(0.1, 0.2, 0.8, 0.9)], ids=["clicks", "box and clicks"])
def test_the_original_sam_follows_its_conventions(sam, size, box):
    rgb = picture(*size)
    square, (x, y) = padded_square(rgb)
    points = tuple(Point(p.x * size[0] / 181, p.y * size[1] / 127, p.foreground) for p in CLICKS)
    box = box and Box(box.x0 * size[0], box.y0 * size[1], box.x1 * size[0], box.y1 * size[1])
    seen = [(point.x * x, point.y * y, int(point.foreground)) for point in points]
    seen += [(box.x0 * x, box.y0 * y, 2), (box.x1 * x, box.y1 * y, 3)] if box else [(0.0, 0.0, -1)]
    candidates = sam.decode(sam.encode(rgb), ModelPrompts(points, box))
    np.testing.assert_allclose(candidates.logits, logits_of(SAM_KIND, square, seen), atol=2e-3)
    np.testing.assert_allclose(candidates.scores, scores_of(SAM_KIND, seen), atol=1e-5)


def of_sam(*scores):
    placement = Placement(((256, 9),), ((256, 9),))
    return Candidates(np.zeros((len(scores), 256, 256), np.float32), scores, placement, SAM)


def test_the_single_mask_token_is_for_everything_but_a_single_click():
    four = of_sam(0.99, 0.2, 0.7, 0.5)
    assert four.choose(ModelPrompts((Point(1, 1),))) == 2
    assert four.choose(ModelPrompts((Point(1, 1), Point(2, 2))), previous=2) == 0
    assert four.choose(ModelPrompts(box=Box(0, 0, 3, 3))) == 0
    three = of_sam(0.99, 0.2, 0.7)
    assert three.choose(ModelPrompts((Point(1, 1),))) == 0
    assert three.choose(ModelPrompts((Point(1, 1), Point(2, 2))), previous=2) == 0
    assert of_sam(0.4).choose(ModelPrompts((Point(1, 1), Point(2, 2)))) == 0


def segnext_graphs(folder):
    """Write graphs that give the red plane of the input plus what they see of points and the mask before."""
    encoder = GraphMaker("encoder")
    image = encoder.input("image", [1, 3, SIDE, SIDE])
    pooled = encoder.op("AveragePool", image, kernel_shape=[16, 16], strides=[16, 16])
    mix = np.zeros((SEGNEXT_CHANNELS, 3, 1, 1), np.float32)
    mix[np.arange(SEGNEXT_CHANNELS), np.arange(SEGNEXT_CHANNELS) % 3] = 1
    encoder.output("image_feats", encoder.op("Conv", pooled, mix), [1, SEGNEXT_CHANNELS, 64, 64])
    encoder.save(folder / "encoder.onnx")
    decoder = GraphMaker("decoder")
    feats = decoder.enlarge(
        decoder.channel(decoder.input("image_feats", [1, SEGNEXT_CHANNELS, 64, 64]), 0), 16
    )
    coords = decoder.sum(decoder.input("point_coords", [1, "num_points", 2]), [0, 1, 2])
    labels = decoder.sum(decoder.input("point_labels", [1, "num_points"]), [0, 1])
    before = decoder.input("prev_mask", [1, 1, SIDE, SIDE])
    weighted = decoder.op("Mul", decoder.reshape(coords, [1, 1, 1, 1]), 0.001)
    extra = decoder.op("Add", weighted, decoder.reshape(labels, [1, 1, 1, 1]))
    decoder.output(
        "mask", decoder.op("Sum", feats, extra, decoder.op("Mul", before, 100.0)), [1, 1, SIDE, SIDE]
    )
    decoder.save(folder / "decoder.onnx")


@pytest.fixture(scope="module")
def segnext(tmp_path_factory):
    models = tmp_path_factory.mktemp("segnext")
    segnext_graphs(models / "m")
    assert recognise_files(models / "m" / "encoder.onnx", models / "m" / "decoder.onnx") is SEGNEXT
    write_card(models / "m", "m", "segnext")
    model = Registry(models).get("m")
    model.load(SETTINGS)
    return model


def plainly_stretched(rgb):
    """Return the (1024, 1024) red plane in 0..1 by four explicit neighbours, as torch's interpolate does it."""
    red = rgb[..., 0].astype(np.float64) / 255
    at = [((np.arange(SIDE) + 0.5) * n / SIDE - 0.5).clip(0, n - 1) for n in red.shape]
    low = [a.astype(int) for a in at]
    high = [np.minimum(b + 1, n - 1) for b, n in zip(low, red.shape, strict=True)]
    down, across = (at[0] - low[0])[:, None], (at[1] - low[1])[None, :]
    upper = red[np.ix_(low[0], low[1])] * (1 - across) + red[np.ix_(low[0], high[1])] * across
    lower = red[np.ix_(high[0], low[1])] * (1 - across) + red[np.ix_(high[0], high[1])] * across
    return upper * (1 - down) + lower * down


def cells(plane):
    return np.kron(plane.reshape(64, 16, 64, 16).mean(axis=(1, 3)), np.ones((16, 16)))


@pytest.mark.parametrize("size", [(181, 127), (1, 1), (3000, 5)])
def test_segnext_gets_the_plainly_stretched_picture_and_its_points(segnext, size):
    rgb = picture(*size)
    point = Point(size[0] * 0.25, size[1] * 0.5)
    candidates = segnext.decode(segnext.encode(rgb), ModelPrompts((point,)))
    assert candidates.scores == (None,)
    wanted = cells(plainly_stretched(rgb)) + 0.001 * (256 + 512) + 1
    np.testing.assert_allclose(candidates.logits[0], wanted, atol=1e-3)
    assert candidates.placement == Placement(((SIDE, size[0]),), ((SIDE, size[1]),))
    assert candidates.choose(ModelPrompts((point,))) == 0


def test_segnext_clicks_are_rounded_to_whole_pixels_of_the_square(segnext):
    embedding = segnext.encode(picture(1024, 1024))
    first, near, next_one = (
        segnext.decode(embedding, ModelPrompts((Point(x, 20.0),))).logits[0][0, 0] for x in (29.5, 30.4, 30.5)
    )
    assert near == first
    assert next_one - first == pytest.approx(0.001, rel=0.1)


def test_segnext_is_given_the_mask_before_as_a_probability(segnext):
    embedding = segnext.encode(picture())
    point = Point(90.5, 63.5)
    plain = segnext.decode(embedding, ModelPrompts((point,))).logits[0]
    logits = np.full((SIDE, SIDE), -3.0, np.float32)
    logits[:, 512:] = 2.0
    fed = segnext.decode(embedding, ModelPrompts((point,), mask_input=logits)).logits[0]
    np.testing.assert_allclose(fed - plain, 100 / (1 + np.exp(-logits.astype(float))), atol=1e-3)
    small = segnext.decode(embedding, ModelPrompts((point,), mask_input=logits[::4, ::4])).logits[0]
    np.testing.assert_allclose((small - plain)[:, [0, -1]], (fed - plain)[:, [0, -1]], atol=1e-3)
    again = Candidates(fed[None], (None,), Placement((), ()), SEGNEXT)
    assert again.feedback(0).shape == (SIDE, SIDE)
    assert segnext.chains_prompts


def test_segnext_is_given_a_box_as_the_mask_before_and_a_point_in_its_middle(segnext):
    embedding = segnext.encode(picture(256, 256))
    box = Box(64, 32, 128, 96)
    boxed = segnext.decode(embedding, ModelPrompts(box=box)).logits[0]
    plain = segnext.decode(embedding, ModelPrompts((Point(96, 64),))).logits[0]
    inside = (boxed - plain) > 50
    assert inside.sum() == pytest.approx(256 * 256, rel=0.02)
    assert inside[140:370, 270:500].all()
    clicked = ModelPrompts((Point(70, 40),), box)
    assert segnext.decode(embedding, clicked).logits[0][0, 0] != pytest.approx(float(boxed[0, 0]), abs=1e-3)
