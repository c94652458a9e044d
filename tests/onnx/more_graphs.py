# SPDX-License-Identifier: GPL-3.0-or-later
"""Small graphs with exactly the tensors of pairs that other exporters make; each input shows in the logits."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from onnx import TensorProto

from .graph_maker import DTYPES, GraphMaker
from .small_graphs import _bump, _heights

DTYPES.update({"float16": TensorProto.FLOAT16, "uint8": TensorProto.UINT8, "int32": TensorProto.INT32})
FACTORS = (1.0, 0.8, 0.6, 1.2)
SCORES = (0.5, 0.7, 0.6, 0.4)


@dataclass(frozen=True)
class Pair:
    """A published pair: names, declared shapes and dtypes of its tensors, in the order in which its exporter has them.

    `decoder` are the inputs beside the embedding. `masks` are outputs of logits, each as (name, number of axes, size:
    a number, or the input that says it).
    """

    family: str
    image: tuple
    embedding: dict
    decoder: dict
    masks: tuple
    scores: tuple
    count: int = 3
    image_dtype: str = "float32"
    dtypes: dict = field(default_factory=dict)
    embedding_dtype: str = "float32"
    encoder_output: str | None = None
    side: int = 1024
    files: tuple = ("encoder.onnx", "decoder.onnx")

    def save(self, folder):
        """Write both graphs; return their paths."""
        paths = [folder / name for name in self.files]
        encoder_of(self).save(paths[0])
        decoder_of(self).save(paths[1])
        return paths


_NUM = {"point_coords": [1, "num_points", 2], "point_labels": [1, "num_points"]}
_MASK = {"mask_input": [1, 1, 256, 256], "has_mask_input": [1]}
_SIZED = {**_NUM, **_MASK, "orig_im_size": [2]}
_LABELLED = {
    "point_coords": ["num_labels", "num_points", 2], "point_labels": ["num_labels", "num_points"],
    "mask_input": ["num_labels", 1, 256, 256], "has_mask_input": ["num_labels"], "orig_im_size": [2],
}  # fmt: skip
_SAM = {"image_embeddings": (256, 64)}
_LOW = ("low_res_masks", 4, 256)
_LARGE = ("masks", 4, "orig_im_size")
_HUB = ("onnx/vision_encoder.onnx", "onnx/prompt_encoder_mask_decoder.onnx")
_TRACKER = {
    "input_points": ["batch_size", 1, "num_points_per_image", 2],
    "input_labels": ["batch_size", 1, "num_points_per_image"],
    "input_boxes": ["batch_size", "num_boxes_per_image", 4],
}
_TRACKED = {
    "masks": (("pred_masks", 5, 256),),
    "scores": ("iou_scores", 3),
    "dtypes": {"input_labels": "int64"},
}

PAIRS = {
    "edgetam": Pair(
        "sam2_preconverted", ("pixel_values", ["batch_size", 3, 1024, 1024]),
        {"image_embeddings.0": (32, 256), "image_embeddings.1": (64, 128), "image_embeddings.2": (256, 64)},
        _TRACKER, files=_HUB, **_TRACKED,
    ),
    "sam3-tracker": Pair(
        "sam3_tracker", ("pixel_values", ["batch_size", 3, 1008, 1008]),
        {"image_embeddings.0": (32, 288), "image_embeddings.1": (64, 144), "image_embeddings.2": (256, 72)},
        _TRACKER, side=1008, files=_HUB, **(_TRACKED | {"masks": (("pred_masks", 5, 288),)}),
    ),
    "sam2.1-osam": Pair(
        "sam2_osam", ("input", [1, 3, 1024, 1024]),
        {"image_embeddings": (256, 64), "high_res_features1": (32, 256), "high_res_features2": (64, 128)},
        _SIZED, (_LARGE, _LOW), ("iou_predictions", 2), dtypes={"orig_im_size": "int64"},
    ),
    "sam2.1-sized": Pair(
        "sam2_sized", ("image", [1, 3, 1024, 1024]),
        {"high_res_feats_0": (32, 256), "high_res_feats_1": (64, 128), "image_embed": (256, 64)},
        _LABELLED, (_LARGE,), ("iou_predictions", 2), dtypes={"orig_im_size": "int32"},
    ),
    "efficient-sam": Pair(
        "efficient_sam", ("batched_images", ["batch", 3, "height", "width"]), _SAM,
        {"batched_point_coords": ["batch", "num_queries", "num_points", 2],
         "batched_point_labels": ["batch", "num_queries", "num_points"], "orig_im_size": [2]},
        (("output_masks", 5, "orig_im_size"), _LOW), ("iou_predictions", 3), dtypes={"orig_im_size": "int64"},
    ),
    "efficientvit-sam": Pair(
        "efficientvit_sam", ("input_image", ["batch", 3, 512, 512]), _SAM, _NUM, (("masks", 4, 256),),
        ("iou_predictions", 2), count=4, side=512,
    ),
    "efficientvit-sam-sized": Pair(
        "sam", ("input_image", [1, 3, 512, 512]), _SAM, _SIZED, (_LARGE, _LOW), ("iou_predictions", 2),
        count=4, side=512,
    ),
    "efficientvit-sam-pixels": Pair(
        "efficientvit_sam_raw_pixels", ("input_image", ["image_height", "image_width", 3]), _SAM, _NUM,
        (("masks", 4, 256),), ("iou_predictions", 2), count=4, image_dtype="uint8",
    ),
    "sam-pixels-uint8": Pair(
        "sam_raw_pixels", ("input_image", ["image_height", "image_width", 3]), _SAM, _SIZED, (_LARGE, _LOW),
        ("iou_predictions", 2), count=4, image_dtype="uint8",
    ),
    "slimsam": Pair(
        "sam_transformers", ("pixel_values", ["batch_size", "num_channels", "height", "width"]),
        {"image_embeddings": (256, 64), "image_positional_embeddings": (256, 64)},
        {"input_points": ["batch_size", "point_batch_size", "nb_points_per_image", 2],
         "input_labels": ["batch_size", "point_batch_size", "nb_points_per_image"]},
        files=_HUB, **_TRACKED,
    ),
    "sam-other-names": Pair(
        "sam", ("pixels", [1, 3, 1024, 1024]), _SAM, _SIZED, (_LARGE, _LOW), ("iou_predictions", 2), count=1,
        encoder_output="output",
    ),
    "sam-fp16": Pair(
        "sam", ("images", [1, 3, 1024, 1024]), _SAM, _SIZED, (_LARGE, _LOW), ("iou_predictions", 2),
        image_dtype="float16", encoder_output="embeddings", embedding_dtype="float16",
        dtypes={"point_coords": "float16", "orig_im_size": "int64", "mask_input": "float16"},
    ),
}  # fmt: skip


def encoder_of(pair):
    """Return an encoder of averaged planes, whatever the size and the type of its picture."""
    graph = GraphMaker("encoder")
    image = graph.op("Cast", graph.input(*pair.image, pair.image_dtype), to=1)
    if pair.image[1][-1] == 3:
        planes = graph.op("Transpose", image, perm=[2, 0, 1])
        image = graph.op("Unsqueeze", planes, graph.const([0], np.int64))
    elif isinstance(pair.image[1][-1], str):  # it brings pictures of any size to its own first
        image = graph.op("Resize", image, "", "", graph.const([1, 3, 1024, 1024], np.int64), mode="linear")
    for name, (channels, cells) in pair.embedding.items():
        sizes = graph.const([1, 3, cells, cells], np.int64)
        small = graph.op("Resize", image, "", "", sizes, mode="linear")
        mix = np.zeros((channels, 3, 1, 1), np.float32)
        mix[np.arange(channels), np.arange(channels) % 3, 0, 0] = 0.01 * (1 + np.arange(channels) % 7)
        value = graph.op("Cast", graph.op("Conv", small, mix), to=DTYPES[pair.embedding_dtype])
        batch = pair.image[1][0] if isinstance(pair.image[1][0], str) and len(pair.image[1]) == 4 else 1
        shape = [batch, channels, cells, cells]
        graph.output(pair.encoder_output or name, value, shape, pair.embedding_dtype)
    return graph


def decoder_of(pair):
    """Return a decoder in whose logits every input shows."""
    graph = GraphMaker("decoder")
    batch = "batch" if "batch" in str(pair.image[1][0]) else 1
    parts = []
    for name, (channels, cells) in pair.embedding.items():
        shape = [batch, channels, cells, cells]
        value = graph.op("Cast", graph.input(name, shape, pair.embedding_dtype), to=1)
        sizes = graph.const([1, 1, 256, 256], np.int64)
        parts.append(graph.op("Resize", graph.channel(value, 4), "", "", sizes, mode="linear"))
    given = {
        name: graph.op("Cast", graph.input(name, shape, pair.dtypes.get(name, "float32")), to=1)
        for name, shape in pair.decoder.items()
    }
    names = list(given)
    coords, labels = graph.reshape(given[names[0]], [-1, 2]), graph.reshape(given[names[1]], [-1])
    heights, padding = _heights(graph, labels)
    parts += [_bump(graph, coords, heights), graph.op("Neg", padding)]
    if "mask_input" in given:
        parts.append(graph.op("Mul", given["mask_input"], graph.op("Mul", given["has_mask_input"], 0.5)))
    if "input_boxes" in given:
        parts.append(graph.op("Mul", graph.sum(given["input_boxes"], [0, 1, 2], keep=False), 0.001))
    low = graph.op("Mul", graph.op("Sum", *parts), np.array(FACTORS[: pair.count]).reshape(1, -1, 1, 1))
    for name, axes, size in pair.masks:
        _output_masks(graph, pair, given, low, name, axes, size)
    total = graph.op("Mul", graph.sum(heights, [0]), 0.001)
    name, axes = pair.scores
    scores = graph.op("Add", total, np.array(SCORES[: pair.count]).reshape((1,) * (axes - 1) + (-1,)))
    graph.output(name, scores, [*["b", "p"][: axes - 1], pair.count])
    return graph


def _output_masks(graph, pair, given, low, name, axes, size):
    if size != 256:
        cells = (
            graph.op("Cast", given[size], to=7)
            if isinstance(size, str)
            else graph.const([size] * 2, np.int64)
        )
        sizes = graph.op("Concat", graph.const([1, pair.count], np.int64), cells, axis=0)
        low = graph.op("Resize", low, "", "", sizes, mode="linear")
    declared = [256, 256] if size == 256 else ["h", "w"]
    if axes == 5:
        low = graph.op("Unsqueeze", low, graph.const([0], np.int64))
    graph.output(name, low, ["b", "q", "n", *declared][5 - axes :])
