# SPDX-License-Identifier: GPL-3.0-or-later
"""Small graphs with exactly the tensors of the five documented systems, and the formulas they compute.

The encoders average the colour planes of their input down to their outputs. The decoders put a bump of its own
height at each point by its label, add what is under it in every embedding tensor and the mask input, and take
off 1 everywhere for each padding point. So an exchanged axis, a lost box, a swapped label, a doubled padding
point, or an unused input changes the logits; `logits_of` computes the same with numpy.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from .graph_maker import GraphMaker

SIDE, GRID = 1024, 256
HEIGHTS = {1: 8.0, 0: -8.0, 2: 3.0, 3: 5.0}
SPREAD_X, SPREAD_Y = 90.0, 40.0
FACTORS = (1.0, 0.8, 0.6, 1.2)
BASE_SCORES = (0.5, 0.7, 0.6)
CELLS = (np.arange(GRID) + 0.5) * (SIDE / GRID)


@dataclass(frozen=True)
class Kind:
    """One documented system: the encoder's image input, the embedding's shapes, and how its decoder differs."""

    family: str
    image: str
    embedding: dict
    masks: int
    scores: int
    padding_in_graph: bool = False
    large_masks: bool = True
    low_res: bool = True
    image_size: bool = False
    preconverted: bool = False
    declared_masks: str | None = None
    encoder_file: str = "encoder.onnx"
    decoder_file: str = "decoder.onnx"


_SAM2 = {
    "high_res_feats_0": (1, 32, 256, 256),
    "high_res_feats_1": (1, 64, 128, 128),
    "image_embed": (1, 256, 64, 64),
}
_NUMBERED = {f"image_embeddings.{index}": shape for index, shape in enumerate(_SAM2.values())}
_EMBED = (1, 256, 64, 64)


def _hq(layers, channels):
    return {"image_embeddings": _EMBED, "interm_embeddings": (layers, 1, 64, 64, channels)}


KINDS = {
    "sam2.1-hiera-tiny": Kind("sam2", "image", _SAM2, 3, 3, padding_in_graph=True),
    "sam2.1-without-low-res": Kind("sam2", "image", _SAM2, 3, 3, padding_in_graph=True, low_res=False),
    "hq-sam2.1-hiera-large": Kind("hq_sam2", "image", _SAM2, 4, 3, padding_in_graph=True),
    "hq-sam2.1-open-shapes": Kind(
        "hq_sam2", "image", _SAM2, 4, 3, padding_in_graph=True, declared_masks="Slicemasks_dim_1"
    ),
    "sam2.1-hiera-small": Kind(
        "sam2_preconverted", "pixel_values", _NUMBERED, 3, 3, preconverted=True,
        encoder_file="onnx/vision_encoder.onnx", decoder_file="onnx/prompt_encoder_mask_decoder.onnx",
    ),
    "hq-sam-light": Kind("hq_sam", "image", _hq(1, 160), 1, 1),
    "sam-hq-vit-b": Kind("hq_sam", "pixel_values", _hq(4, 768), 3, 3),
    "sam-hq-vit-l-single": Kind("hq_sam", "pixel_values", _hq(4, 1024), 1, 1),
    "sam-hq-official": Kind("sam_hq_official", "pixel_values", _hq(4, 768), 1, 1, image_size=True),
}  # fmt: skip


def encoder_graph(kind):
    """Return the encoder: each output holds the input's averaged planes, repeated over its channels."""
    graph = GraphMaker("encoder")
    batch = "batch_size" if kind.preconverted else 1
    image = graph.input(kind.image, [batch, 3, SIDE, SIDE])
    for name, shape in kind.embedding.items():
        if name == "interm_embeddings":
            value, declared = _layers(graph, image, shape), list(shape)
        else:
            value, declared = _planes(graph, image, shape), [batch, *shape[1:]]
        graph.output(name, value, declared)
    return graph


def _pool(graph, image, cells):
    step = SIDE // cells
    return graph.op("AveragePool", image, kernel_shape=[step, step], strides=[step, step])


def _planes(graph, image, shape):
    """Channel k is the averaged plane k % 3 times 1 + k // 3."""
    channels = shape[1]
    mix = np.zeros((channels, 3, 1, 1), np.float32)
    mix[np.arange(channels), np.arange(channels) % 3, 0, 0] = 1 + np.arange(channels) // 3
    return graph.op("Conv", _pool(graph, image, shape[2]), mix)


def _layers(graph, image, shape):
    """Layer l is (1, 64, 64, C) of the same planes, times 1 + 100 l: only the first is meant to be read."""
    layers, _, cells, _, channels = shape
    planes = graph.op("Transpose", _planes(graph, image, (1, channels, cells, cells)), perm=[0, 2, 3, 1])
    factors = (1.0 + 100.0 * np.arange(layers)).reshape(layers, 1, 1, 1, 1)
    return graph.op("Mul", graph.reshape(planes, [1, 1, cells, cells, channels]), factors)


def decoder_graph(kind):
    """Return the decoder of the formulas in `logits_of` and `scores_of`."""
    graph = GraphMaker("decoder")
    embedding = _embedding_inputs(graph, kind)
    total, heights = _preconverted_bumps(graph) if kind.preconverted else _bumps(graph, kind)
    total = graph.op("Add", total, embedding)
    if not kind.preconverted:
        mask = graph.op(
            "Mul", graph.input("mask_input", [1, 1, GRID, GRID]), graph.input("has_mask_input", [1])
        )
        total = graph.op("Add", total, graph.op("Mul", mask, 0.5))
    low = graph.op("Mul", total, np.array(FACTORS[: kind.masks]).reshape(1, -1, 1, 1))
    scores = graph.op("Add", graph.op("Mul", heights, 0.001), np.array([BASE_SCORES[: kind.scores]]))
    _outputs(graph, kind, low, scores)
    return graph


def _embedding_inputs(graph, kind):
    batch = "batch_size" if kind.preconverted else 1
    parts = []
    for index, (name, shape) in enumerate(kind.embedding.items()):
        if name == "interm_embeddings":
            value = graph.input(name, list(shape))
            first = graph.op("Transpose", graph.channel(value, 0, axis=0), perm=[0, 1, 4, 2, 3])
            value = graph.reshape(first, [1, shape[4], 64, 64])
        else:
            value = graph.input(name, [batch, *shape[1:]])
        factor = GRID // (shape[2] if len(shape) == 4 else 64)
        plane = graph.channel(value, 3 + index)
        parts.append(plane if factor == 1 else graph.enlarge(plane, factor))
    return graph.op("Sum", *parts)


def _bump(graph, coords, heights):
    """Return [1, 1, 256, 256]: a bump of each height at each of the [n, 2] coordinates."""
    x = graph.reshape(graph.channel(coords, 0), [-1, 1, 1])
    y = graph.reshape(graph.channel(coords, 1), [-1, 1, 1])
    across = graph.op("Div", graph.op("Sub", CELLS.reshape(1, 1, -1), x), SPREAD_X)
    down = graph.op("Div", graph.op("Sub", CELLS.reshape(1, -1, 1), y), SPREAD_Y)
    squares = graph.op("Add", graph.op("Mul", across, across), graph.op("Mul", down, down))
    bumps = graph.op("Mul", graph.op("Exp", graph.op("Neg", squares)), graph.reshape(heights, [-1, 1, 1]))
    return graph.reshape(graph.sum(bumps, [0]), [1, 1, GRID, GRID])


def _heights(graph, labels):
    """Return the [n] bump heights and the number of padding points of [n] float labels."""
    parts = [graph.op("Mul", _is(graph, labels, label), height) for label, height in HEIGHTS.items()]
    padding = graph.sum(_is(graph, labels, -1), [0])
    return graph.op("Sum", *parts), padding


def _is(graph, labels, label):
    return graph.op("Cast", graph.op("Equal", labels, float(label)), to=1)


def _bumps(graph, kind):
    coords = graph.reshape(graph.input("point_coords", [1, "num_points", 2]), [-1, 2])
    labels = graph.reshape(graph.input("point_labels", [1, "num_points"]), [-1])
    heights, padding = _heights(graph, labels)
    if kind.padding_in_graph:
        padding = graph.op("Add", padding, 1.0)
    return graph.op("Sub", _bump(graph, coords, heights), padding), graph.sum(heights, [0])


def _preconverted_bumps(graph):
    coords = graph.reshape(graph.input("input_points", ["batch_size", 1, "num_points_per_image", 2]), [-1, 2])
    labels = graph.input("input_labels", ["batch_size", 1, "num_points_per_image"], "int64")
    heights, padding = _heights(graph, graph.op("Cast", graph.reshape(labels, [-1]), to=1))
    boxes = graph.reshape(graph.input("input_boxes", ["batch_size", "num_boxes_per_image", 4]), [-1, 4])
    total = graph.op("Sub", _bump(graph, coords, heights), padding)
    for corner, label in ((0, 2), (2, 3)):
        at = graph.op("Gather", boxes, graph.const([corner, corner + 1], np.int64), axis=1)
        ones = graph.op("Add", graph.op("Mul", graph.channel(at, 0), 0.0), HEIGHTS[label])
        total = graph.op("Add", total, _bump(graph, at, ones))
    return total, graph.sum(heights, [0])


def _outputs(graph, kind, low, scores):
    if kind.preconverted:
        pred = graph.reshape(low, [1, 1, kind.masks, GRID, GRID])
        graph.output("iou_scores", graph.reshape(scores, [1, 1, 3]), ["batch_size", "prompts", 3])
        graph.output("pred_masks", pred, ["batch_size", "prompts", 3, "height", "width"])
        graph.output("object_score_logits", graph.op("Mul", graph.channel(graph.reshape(scores, [1, 1, 3]), 0, 2), 9.0),
                     ["batch_size", "prompts", 1])  # fmt: skip
        return
    count = kind.declared_masks or kind.masks
    if kind.declared_masks:  # a shape that depends on the input cannot be inferred, as in many exports
        zeros = graph.op("Mul", "has_mask_input", 0.0)
        low = graph.op(
            "Reshape", low, graph.op("Cast", graph.op("Add", zeros, [1, kind.masks, GRID, GRID]), to=7)
        )
    if not kind.low_res:
        graph.output("masks", low, [1, count, GRID, GRID])
    elif kind.image_size:
        size = graph.op("Cast", graph.input("orig_im_size", [2]), to=7)
        sizes = graph.op("Concat", graph.const([1, kind.masks], np.int64), size, axis=0)
        graph.output(
            "masks", graph.op("Resize", low, "", "", sizes, mode="linear"), [1, count, "height", "width"]
        )
    else:
        graph.output("masks", graph.enlarge(low, 4), [1, count, SIDE, SIDE])
    graph.output("iou_predictions", scores, [1, kind.scores])
    if kind.low_res:
        graph.output("low_res_masks", low, [1, count, GRID, GRID])


def write_model(folder, name, model_id=None, external=False):
    """Write a model folder with both graphs and a card; return the folder."""
    kind = KINDS[name]
    encoder_graph(kind).save(folder / kind.encoder_file, external)
    decoder_graph(kind).save(folder / kind.decoder_file, external)
    write_card(folder, model_id or name, kind.family)
    return folder


def write_card(folder, model_id, family, **changes):
    """Write the card of whatever files the folder holds, with `changes` to its fields."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "card.json")
    files = {
        path.relative_to(folder).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "size": path.stat().st_size
        }
        for path in paths
    }  # fmt: skip
    card = {
        "id": model_id, "name": f"Small {model_id}", "family": family, "summary": "A small graph for tests.",
        "licence": "GPL-3.0-or-later", "licence_url": "https://www.gnu.org/licenses/gpl-3.0.html",
        "training_data": "none", "limits": ["It segments nothing."], "source": "tests", "files": files,
    }  # fmt: skip
    (folder / "card.json").write_text(json.dumps({**card, **changes}), encoding="utf-8")


def planes_of(square, cells):
    """Return the (3, cells, cells) averages of a (3, 1024, 1024) encoder input."""
    step = SIDE // cells
    return square.reshape(3, cells, step, cells, step).mean(axis=(2, 4))


def logits_of(kind, square, points, mask=None):
    """Return the (masks, 256, 256) logits for (x, y, label) points in the square, every padding point included."""
    total = np.zeros((GRID, GRID))
    for index, shape in enumerate(kind.embedding.values()):
        cells = shape[2] if len(shape) == 4 else 64
        channel = 3 + index
        total += np.kron(
            planes_of(square, cells)[channel % 3] * (1 + channel // 3), np.ones((GRID // cells,) * 2)
        )
    for x, y, label in points:
        if label == -1:
            total -= 1.0
        elif label in HEIGHTS:
            across, down = (CELLS[None, :] - x) / SPREAD_X, (CELLS[:, None] - y) / SPREAD_Y
            total += HEIGHTS[label] * np.exp(-(across**2 + down**2))
    if mask is not None:
        total += 0.5 * mask
    return total * np.array(FACTORS[: kind.masks])[:, None, None]


def scores_of(kind, points):
    """Return the predicted IoUs for the same points; a box given as a tensor adds nothing."""
    corners = () if kind.preconverted else (2, 3)
    total = sum(HEIGHTS[label] for _, _, label in points if label in (0, 1, *corners))
    return np.array(BASE_SCORES[: kind.scores]) + 0.001 * total
