# SPDX-License-Identifier: GPL-3.0-or-later
"""One picture through the daemon: put, encoded, decoded, and the results written."""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright_shared.client import Client
from maskwright_shared.closer_look import looking_closer
from maskwright_shared.geometry import Point
from maskwright_shared.messages import Apply, Encode, MaskOptions, MaskPrompt, Masks

from ...imaging import pictures
from ...imaging.files import write_png
from .outputs import Outputs
from .report import described, score

Pixels = NDArray[np.uint8]


class Segmentation:
    """One run of the command on an open connection."""

    def __init__(
        self,
        client: Client,
        arguments: argparse.Namespace,
        pixels: Pixels,
        mask: Pixels | None,
        outputs: Outputs,
        progress: Any,
    ) -> None:
        self._client = client
        self._arguments = arguments
        self._pixels = pixels
        self._mask = mask
        self._outputs = outputs
        self._progress = progress
        self._model = arguments.model or client.welcome.default_model

    def run(self) -> dict[str, Any]:
        """Segment, write what was asked for, and return the report."""
        image = self._put(self._pixels)
        encoded = self._client.request(Encode(image, self._model), progress=self._progress)
        request = self._request(image)
        started = time.perf_counter()
        if self._arguments.closer:
            height, width, _ = self._pixels.shape
            request = looking_closer(self._client, request, (width, height), self._progress)
        masks = self._client.request(request, progress=self._progress)
        click = time.perf_counter() - started
        alpha = _whole(masks)
        info = masks.masks[0]
        return {
            "image": str(self._arguments.image),
            "width": masks.width,
            "height": masks.height,
            "model": self._model,
            "provider": masks.provider,
            "encode_seconds": round(encoded.seconds, 4),
            "click_milliseconds": round(1000 * click, 2),
            "decoder_milliseconds": round(masks.milliseconds, 2),
            **described(info),
            "window": None if request.window is None else list(request.window),
            "files": {**self._write(alpha), **self._write_candidates(request, masks)},
        }

    def _put(self, pixels: Pixels) -> str:
        height, width, channels = pixels.shape
        layout = {1: "GRAY", 3: "RGB", 4: "RGBA"}[channels]
        return self._client.put_image(width, height, layout, pixels).image

    def _request(self, image: str) -> Apply:
        given = self._arguments
        points = [Point(x, y) for x, y in given.point] + [
            Point(x, y, foreground=False) for x, y in given.background
        ]
        return Apply(
            image=image,
            model=self._model,
            points=tuple(points),
            box=given.box,
            mask=None if self._mask is None else MaskPrompt(self._put(self._mask[..., None])),
            candidate=given.candidate,
            options=MaskOptions(
                threshold=given.threshold,
                edge="hard" if given.hard else "soft",
                refine=given.refine,
                grow=given.grow,
                feather=given.feather,
                fill_holes=given.fill_holes,
                drop_islands=given.drop_islands,
                keep=given.keep,
            ),
        )

    def _write(self, alpha: Pixels) -> dict[str, str]:
        for name, path in self._outputs.files.items():
            write_png(path, self._picture(name, alpha))
        return {name: str(path) for name, path in self._outputs.files.items()}

    def _picture(self, name: str, alpha: Pixels) -> Pixels:
        given = self._arguments
        if name == "overlay":
            return pictures.overlay(self._pixels, alpha, given.point, given.background, given.box)
        return pictures.cutout(self._pixels, alpha) if name == "cutout" else alpha

    def _write_candidates(self, request: Apply, masks: Masks) -> dict[str, str]:
        files = {}
        for index in range(masks.candidates if self._arguments.candidates else 0):
            reply = self._client.request(dataclasses.replace(request, candidate=index))
            path: Path = self._outputs.candidate(index)
            write_png(path, _whole(reply))
            files[f"candidate {index} ({score(reply.masks[0])})"] = str(path)
        return files


def _whole(masks: Masks) -> Pixels:
    """Return a reply's first mask as an array of the image's size."""
    alpha = np.zeros((masks.height, masks.width), np.uint8)
    info = masks.masks[0]
    bounds = info.bounds
    if not bounds.is_empty:
        crop = np.frombuffer(b"".join(masks.alpha[: info.frames]), np.uint8).reshape(
            bounds.height, bounds.width
        )
        alpha[bounds.y : bounds.bottom, bounds.x : bounds.right] = crop
    return alpha
