# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at all candidates of simulated prompts: what the score can measure of each, and how good it truly is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from maskwright_backend.models.families.sam2 import SAM2

from .clicks import Click, Mask, hasty_box, loose_click

GRID, SQUARE = 256, 1024
SESSIONS = ("click", "click", "box")  # for each object
LOOKS = 5


@dataclass(frozen=True)
class Look:
    """One prompt's candidates: measures (K, M), their IoU (K,), which look it was, and whether it began with a box."""

    measures: npt.NDArray[np.float32]
    ious: npt.NDArray[np.float32]
    look: int
    boxed: bool
    group: str  # of pictures that must stay on one side of a split


class Study:
    """Runs the graph that gives every candidate, on one thread."""

    def __init__(self, encoder: bytes, decoder: bytes, seed: int = 1) -> None:
        """Load both graphs."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._encoder, self._decoder = (
            ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
            for graph in (encoder, decoder)
        )
        self._rng = np.random.default_rng(seed)

    def looks(self, objects: Iterable[tuple[str, npt.NDArray[np.uint8], Mask]]) -> Iterator[Look]:
        """Simulate sessions on objects: a group's name, RGB (H, W, 3) and the truth."""
        seen: tuple[object, dict[str, npt.NDArray[np.float32]]] = (None, {})
        for group, rgb, truth in objects:
            if seen[0] is not rgb:
                seen = (rgb, self._encode(rgb))
            small = cv2.resize(truth.astype(np.uint8) * 255, (GRID, GRID), interpolation=cv2.INTER_AREA) > 127
            if small.any():
                for kind in SESSIONS:
                    yield from self._session(group, seen[1], small, boxed=kind == "box")

    def _encode(self, rgb: npt.NDArray[np.uint8]) -> dict[str, npt.NDArray[np.float32]]:
        outputs = self._encoder.run(None, {"image": SAM2.preprocessing.apply(rgb)})
        return dict(zip([output.name for output in self._encoder.get_outputs()], outputs, strict=True))

    def _session(
        self, group: str, tensors: dict[str, npt.NDArray[np.float32]], truth: Mask, *, boxed: bool
    ) -> Iterator[Look]:
        clicks: list[Click] = []
        box = hasty_box(self._rng, truth) if boxed else None
        earlier: npt.NDArray[np.float32] | None = None
        answer = np.zeros_like(truth)
        for look in range(int(self._rng.integers(1, LOOKS + 1))):
            if not (boxed and look == 0):
                made = loose_click(self._rng, answer, truth)
                if made is None:
                    return
                clicks.append(made)
            logits, measures = self._decoder.run(None, {**tensors, **_prompt(clicks, box, earlier)})
            ious = np.array([_iou(plane[0] > 0, truth) for plane in logits], np.float32)
            yield Look(measures, ious, look, boxed, group)
            kept = self._kept(ious)
            earlier, answer = logits[kept].clip(-32, 32), logits[kept, 0] > 0

    def _kept(self, ious: npt.NDArray[np.float32]) -> int:
        """Choose what is fed back: mostly a good one, as a good score would, now and then another."""
        return int(np.argmax(ious + self._rng.normal(0, 0.08, len(ious))))


def _prompt(
    clicks: list[Click], box: npt.NDArray[np.float64] | None, earlier: npt.NDArray[np.float32] | None
) -> dict[str, npt.NDArray[np.float32]]:
    """Write a prompt in the grid's pixels as the decoder's tensors."""
    points = [(x, y) for x, y, _ in clicks]
    labels = [float(label) for *_, label in clicks]
    if box is not None:
        points += [(box[0], box[1]), (box[2], box[3])]
        labels += [2.0, 3.0]
    return {
        "point_coords": np.array(points, np.float32)[None] * (SQUARE / GRID),
        "point_labels": np.array(labels, np.float32)[None],
        "mask_input": np.zeros((1, 1, GRID, GRID), np.float32) if earlier is None else earlier[None],
        "has_mask_input": np.array([earlier is not None], np.float32),
    }


def _iou(mask: Mask, truth: Mask) -> float:
    union = (mask | truth).sum()
    return float((mask & truth).sum() / union) if union else 1.0
