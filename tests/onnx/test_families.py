# SPDX-License-Identifier: GPL-3.0-or-later
"""Every family, from image and prompts to logits, on small graphs with the documented tensors."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.onnx.reference import expected
from tests.onnx.small_graphs import KINDS, write_model

from maskwright_backend.imaging.preprocess import Resize
from maskwright_backend.models.family import BoxRule, PaddingPoint
from maskwright_backend.models.masks import without_mask
from maskwright_backend.models.prompts import ModelPrompts
from maskwright_backend.models.registry import Registry
from maskwright_backend.models.sessions import SessionSettings
from maskwright_shared.geometry import Box, Point

SETTINGS = SessionSettings(threads=1)
TOLERANCE = 2e-4
BOX = Box(40.0, 20.5, 150.0, 90.0)
CLICKS = (Point(61.25, 30.5), Point(120.0, 77.0), Point(20.0, 100.0, foreground=False))
PROMPTS = {
    "one click": ModelPrompts((Point(61.25, 30.5),)),
    "three clicks": ModelPrompts(CLICKS),
    "box": ModelPrompts(box=BOX),
    "box and clicks": ModelPrompts(CLICKS, BOX),
    "corners of the image": ModelPrompts((Point(0.0, 0.0), Point(181.0, 127.0, foreground=False))),
}


def picture(width=181, height=127, seed=5):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    noise[: height // 2, : width // 3] //= 4
    return noise


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name in KINDS:
        write_model(folder / name, name, external=name == "sam2.1-hiera-small")
    registry = Registry(folder)
    found = {name: registry.get(name) for name in KINDS}
    for model in found.values():
        model.load(SETTINGS)
    return found


@pytest.fixture(scope="module")
def embeddings(models):
    return {name: model.encode(picture()) for name, model in models.items()}


@pytest.mark.parametrize("prompts", PROMPTS.values(), ids=PROMPTS.keys())
@pytest.mark.parametrize("name", KINDS)
def test_logits_and_scores_follow_the_conventions(models, embeddings, name, prompts):
    logits, scores = expected(name, picture(), prompts.points, prompts.box)
    candidates = models[name].decode(embeddings[name], prompts)
    assert candidates.logits.dtype == np.float32
    np.testing.assert_allclose(candidates.logits, logits, atol=TOLERANCE)
    np.testing.assert_allclose(candidates.scores[: len(scores)], scores, atol=1e-6)
    assert candidates.scores[len(scores) :] == (None,) * (KINDS[name].masks - len(scores))


@pytest.mark.parametrize("size", [(389, 517), (517, 389), (1600, 1067), (1, 1), (4000, 3), (3, 4000)])
@pytest.mark.parametrize(
    "name", ["sam2.1-hiera-tiny", "sam2.1-hiera-small", "hq-sam-light", "sam-hq-official"]
)
def test_images_of_every_shape(models, name, size):
    rgb = picture(*size)
    point = Point(size[0] * 0.3, size[1] * 0.7)
    logits, _ = expected(name, rgb, (point,))
    candidates = models[name].decode(models[name].encode(rgb), ModelPrompts((point,)))
    np.testing.assert_allclose(candidates.logits, logits, atol=TOLERANCE)
    assert (candidates.placement.x[-1][1], candidates.placement.y[-1][1]) == size


def test_kept_logits_hold_no_memory_but_their_own(models, embeddings):
    """An array of ONNX Runtime's holds the arena that it lies in, long after the model was unloaded."""
    for name, model in models.items():
        logits = model.decode(embeddings[name], ModelPrompts((Point(60.0, 50.0),))).logits
        assert logits.flags.owndata, name


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.preconverted])
def test_mask_input_reaches_the_graph(models, embeddings, name):
    mask = np.random.default_rng(3).normal(size=(256, 256)).astype(np.float32) * 4
    logits, _ = expected(name, picture(), CLICKS, None, mask)
    candidates = models[name].decode(embeddings[name], ModelPrompts(CLICKS, None, mask))
    np.testing.assert_allclose(candidates.logits, logits, atol=TOLERANCE)


def test_a_mask_becomes_a_box_and_a_point_where_there_is_no_mask_input(models, embeddings):
    model, embedding = models["sam2.1-hiera-small"], embeddings["sam2.1-hiera-small"]
    mask = np.full((256, 256), -5.0, np.float32)
    mask[64:128, 32:96] = 5.0
    prompts = without_mask(ModelPrompts(mask_input=mask), embedding.geometry)
    candidates = model.decode(embedding, ModelPrompts(mask_input=mask))
    logits, _ = expected("sam2.1-hiera-small", picture(), prompts.points, prompts.box)
    np.testing.assert_allclose(candidates.logits, logits, atol=TOLERANCE)


WRONG = {
    "resized as padded models are": lambda family: changed_image(family, resize=Resize.LONGEST_SIDE),
    "resized as stretched models are": lambda family: changed_image(family, resize=Resize.STRETCH),
    "rounded to 8 bits": lambda family: changed_image(family, resize=Resize.STRETCH_ROUNDED),
    "another mean": lambda family: changed_image(
        family, mean=tuple(0.9 * m for m in family.preprocessing.mean)
    ),
    "padding point left to the graph": lambda family: replaced(family, padding_point=PaddingPoint.IN_GRAPH),
    "padding point added": lambda family: replaced(family, padding_point=PaddingPoint.WITHOUT_BOX),
    "box as corners": lambda family: replaced(family, box=BoxRule.CORNERS),
    "box as a tensor": lambda family: replaced(family, box=BoxRule.TENSOR),
}


def replaced(family, **changes):
    return dataclasses.replace(family, **changes)


def changed_image(family, **changes):
    return replaced(family, preprocessing=dataclasses.replace(family.preprocessing, **changes))


@pytest.mark.parametrize("mistake", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("name", ["sam2.1-hiera-tiny", "sam2.1-hiera-small", "hq-sam-light"])
def test_the_small_graphs_notice_a_wrong_convention(models, name, mistake):
    """What the comparison above can find is shown by making each mistake on purpose."""
    model = models[name]
    right, wrong = model.family, mistake(model.family)
    if wrong == right:
        return
    model.family = wrong
    try:
        embedding = model.encode(picture())
        results = [model.decode(embedding, prompts).logits for prompts in PROMPTS.values()]
    finally:
        model.family = right
    truths = [expected(name, picture(), prompts.points, prompts.box)[0] for prompts in PROMPTS.values()]
    assert max(np.abs(a - b).max() for a, b in zip(results, truths, strict=True)) > 10 * TOLERANCE


def turned(point):
    return Point(point.y, point.x, point.foreground)


WRONG_PROMPTS = {
    "x and y exchanged": lambda prompts: ModelPrompts(
        tuple(turned(point) for point in prompts.points), prompts.box
    ),
    "labels exchanged": lambda prompts: ModelPrompts(
        tuple(Point(point.x, point.y, not point.foreground) for point in prompts.points), prompts.box
    ),
    "box lost": lambda prompts: ModelPrompts(prompts.points),
    "box corners exchanged": lambda prompts: ModelPrompts(
        prompts.points, Box(prompts.box.x1, prompts.box.y1, prompts.box.x0, prompts.box.y0)
    ),
    "last point lost": lambda prompts: ModelPrompts(prompts.points[:-1], prompts.box),
    "half a pixel added": lambda prompts: ModelPrompts(
        tuple(Point(point.x + 0.5, point.y + 0.5, point.foreground) for point in prompts.points), prompts.box
    ),
}


@pytest.mark.parametrize("mistake", WRONG_PROMPTS.values(), ids=WRONG_PROMPTS.keys())
@pytest.mark.parametrize("name", KINDS)
def test_the_small_graphs_notice_wrong_prompts(models, embeddings, name, mistake):
    logits, _ = expected(name, picture(), CLICKS, BOX)
    wrong = models[name].decode(embeddings[name], mistake(PROMPTS["box and clicks"])).logits
    assert np.abs(wrong - logits).max() > 0.01
