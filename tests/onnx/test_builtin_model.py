# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in model: its bytes, its contract, and what it makes of drawn scenes."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import onnxruntime as ort
import pytest

from maskwright_backend.models.builtin import build

SIDE = 1024
DISC = (330.0, 600.0, 170.0)  # x, y, radius, in pixels of the 1024 square
SQUARE = (620, 150, 880, 410)  # x0, y0, x1, y1
BACK = (70, 90, 150)
RED, ORANGE = (200, 60, 50), (225, 150, 40)
MEAN, STD = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))
ROWS, COLUMNS = np.mgrid[0:SIDE, 0:SIDE] + 0.5


def disc(x, y, radius):
    return (COLUMNS - x) ** 2 + (ROWS - y) ** 2 < radius**2


def rectangle(x0, y0, x1, y1):
    return (x0 <= COLUMNS) & (x1 > COLUMNS) & (y0 <= ROWS) & (y1 > ROWS)


def draw(*shapes):
    """Paint (mask, colour) in turn on a noisy ground; the encoder's input [1,3,1024,1024]."""
    rgb = np.empty((SIDE, SIDE, 3), np.float32)
    rgb[:] = BACK
    for mask, colour in shapes:
        rgb[mask] = colour
    noise = np.random.default_rng(3).normal(0, 6, (SIDE // 4, SIDE // 4, 3))
    rgb += noise.repeat(4, 0).repeat(4, 1)
    planes = (rgb.clip(0, 255) / 255 - MEAN) / STD
    return planes.transpose(2, 0, 1)[None].astype(np.float32)


class BuiltinModel:
    def __init__(self):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.encoder, self.decoder = (
            ort.InferenceSession(build.FOLDER / name, options, providers=["CPUExecutionProvider"])
            for name in ("encoder.onnx", "decoder.onnx")
        )

    def encode(self, image):
        names = [output.name for output in self.encoder.get_outputs()]
        return dict(zip(names, self.encoder.run(None, {"image": image}), strict=True))

    def decode(self, embedding, points, labels, mask=None):
        feed = {
            **embedding,
            "point_coords": np.array(points, np.float32).reshape(1, -1, 2),
            "point_labels": np.array(labels, np.float32).reshape(1, -1),
            "mask_input": np.zeros((1, 1, 256, 256), np.float32) if mask is None else mask[None, None],
            "has_mask_input": np.array([mask is not None], np.float32),
        }
        return self.decoder.run(["masks", "iou_predictions", "low_res_masks"], feed)

    def best(self, *prompt):
        """Give the candidate with the best predicted IoU, 1024 x 1024, and its low-res logits."""
        masks, scores, low = self.decode(*prompt)
        index = int(scores[0].argmax())
        return masks[0, index] > 0, low[0, index]


@pytest.fixture(scope="module")
def model():
    return BuiltinModel()


@pytest.fixture(scope="module")
def scene(model):
    return model.encode(draw((disc(*DISC), RED), (rectangle(*SQUARE), ORANGE)))


@pytest.fixture(scope="module")
def two_tone(model):
    """A disc whose upper half is red and whose lower half is orange."""
    whole = disc(512, 512, 220)
    return model.encode(draw((whole, RED), (whole & (ROWS > 512), ORANGE)))


def iou(mask, truth):
    return (mask & truth).sum() / (mask | truth).sum()


def test_a_fresh_build_gives_the_shipped_bytes():
    assert build.stale() == []


def test_two_builds_are_equal():
    assert build.graphs() == build.graphs()


def test_the_card_names_the_shipped_files():
    card = json.loads((build.FOLDER / "card.json").read_text(encoding="utf-8"))
    for name, entry in card["files"].items():
        data = (build.FOLDER / name).read_bytes()
        assert entry == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    assert sum(entry["size"] for entry in card["files"].values()) < 4_000_000


def test_the_encoder_keeps_the_contract(model):
    shapes = {value.name: (value.type, value.shape) for value in model.encoder.get_outputs()}
    assert [(value.name, value.type, value.shape) for value in model.encoder.get_inputs()] == [
        ("image", "tensor(float)", [1, 3, 1024, 1024])
    ]
    assert shapes == {
        "high_res_feats_0": ("tensor(float)", [1, 32, 256, 256]),
        "high_res_feats_1": ("tensor(float)", [1, 64, 128, 128]),
        "image_embed": ("tensor(float)", [1, 256, 64, 64]),
    }


def test_the_decoder_keeps_the_contract(model):
    assert {value.name: value.shape for value in model.decoder.get_inputs()} == {
        "image_embed": [1, 256, 64, 64],
        "high_res_feats_0": [1, 32, 256, 256],
        "high_res_feats_1": [1, 64, 128, 128],
        "point_coords": [1, "N", 2],
        "point_labels": [1, "N"],
        "mask_input": [1, 1, 256, 256],
        "has_mask_input": [1],
    }
    assert {value.name: value.shape for value in model.decoder.get_outputs()} == {
        "masks": [1, 3, 1024, 1024],
        "iou_predictions": [1, 3],
        "low_res_masks": [1, 3, 256, 256],
    }
    values = [*model.decoder.get_inputs(), *model.decoder.get_outputs()]
    assert {value.type for value in values} == {"tensor(float)"}


def test_what_comes_back_has_the_declared_shapes(model, scene):
    for value in model.encoder.get_outputs():
        assert scene[value.name].shape == tuple(value.shape)
        assert np.isfinite(scene[value.name]).all()
    results = model.decode(scene, [DISC[:2]], [1])
    for value, result in zip(model.decoder.get_outputs(), results, strict=True):
        assert result.shape == tuple(value.shape)
        assert np.isfinite(result).all()


def test_a_click_selects_the_disc(model, scene):
    mask, _ = model.best(scene, [DISC[:2]], [1])
    assert iou(mask, disc(*DISC)) > 0.97


def test_a_click_off_the_middle_selects_the_disc(model, scene):
    mask, _ = model.best(scene, [(DISC[0] - 80, DISC[1] + 60)], [1])
    assert iou(mask, disc(*DISC)) > 0.97


def test_x_and_y_are_told_apart(model, scene):
    mask, _ = model.best(scene, [DISC[1::-1]], [1])
    assert iou(mask, disc(*DISC)) < 0.3


def test_a_padding_point_changes_nothing(model, scene):
    plain = model.decode(scene, [DISC[:2]], [1])
    padded = model.decode(scene, [DISC[:2], (0, 0)], [1, -1])
    for one, other in zip(plain, padded, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("corners", [(0, 1, 2, 3), (2, 3, 0, 1)])
def test_a_box_selects_what_lies_in_it(model, scene, corners):
    box = np.array((SQUARE[0] - 15, SQUARE[1] - 12, SQUARE[2] + 10, SQUARE[3] + 14), np.float32)[
        list(corners)
    ]
    mask, _ = model.best(scene, [box[:2], box[2:]], [2, 3])
    assert iou(mask, rectangle(*SQUARE)) > 0.96


def test_a_box_keeps_other_objects_out(model, scene):
    left = (DISC[0] - 190, DISC[1] - 190)
    mask, _ = model.best(scene, [left, (DISC[0] + 190, DISC[1] + 190)], [2, 3])
    assert iou(mask, disc(*DISC)) > 0.96
    assert not mask[: int(left[1])].any()


def test_a_box_and_a_background_click_work_together(model, two_tone):
    box = [(280, 280), (744, 744)]
    whole, low = model.best(two_tone, box, [2, 3])
    upper, _ = model.best(two_tone, [*box, (512, 620)], [2, 3, 0], low)
    assert iou(whole, disc(512, 512, 220)) > 0.9
    assert iou(upper, disc(512, 512, 220) & (ROWS < 512)) > 0.85


def test_a_background_click_carves(model, two_tone):
    whole, low = model.best(two_tone, [(512, 400), (512, 620)], [1, 1])
    assert iou(whole, disc(512, 512, 220)) > 0.9
    upper, _ = model.best(two_tone, [(512, 400), (512, 620)], [1, 0], low)
    assert iou(upper, disc(512, 512, 220) & (ROWS < 512)) > 0.9


def test_the_mask_input_steers(model, two_tone):
    halves = {True: ROWS < 512, False: ROWS >= 512}
    whole = disc(512, 512, 220)
    for half in halves.values():
        wanted = whole & half
        logits = np.where(wanted, 8.0, -8.0).astype(np.float32).reshape(256, 4, 256, 4).mean((1, 3))
        mask, _ = model.best(two_tone, [(0, 0)], [-1], logits)
        assert iou(mask, wanted) > 0.9


def test_candidates_are_part_and_whole(model, two_tone):
    masks, _, _ = model.decode(two_tone, [(512, 400)], [1])
    areas = (masks[0] > 0).sum((1, 2))
    assert areas[0] < 0.6 * disc(512, 512, 220).sum()
    assert areas[2] > 0.9 * disc(512, 512, 220).sum()


def test_every_candidate_obeys_every_click(model):
    random = np.random.default_rng(11)
    noise = random.normal(0, 1, (1, 3, 32, 32)).repeat(32, 2).repeat(32, 3).astype(np.float32)
    embedding = model.encode(noise)
    for count in (1, 2, 5, 12):
        places = random.permutation(64)[:count]
        points = np.stack((places % 8, places // 8), 1) * 120 + random.integers(20, 90, (count, 2))
        labels = random.integers(0, 2, count)
        masks, scores, _ = model.decode(embedding, points, labels)
        assert np.isfinite(scores).all()
        for (x, y), label in zip(points, labels, strict=True):
            assert (masks[0, :, y, x] > 0).tolist() == [bool(label)] * 3
