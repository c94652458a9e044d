# SPDX-License-Identifier: GPL-3.0-or-later
"""`session.run` alone, in a process with the daemon's own start and settings: what the daemon is measured against.

Linux shares the processor among sessions of processes first, so the twin has one of its own, as the daemon has.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]


class Twin:
    """Runs a model's graphs on demand and returns what a run took, in seconds."""

    def __init__(self, models):
        command = [sys.executable, "-m", "tests.bench.twin", str(models)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)

    def encode(self, model, pixels_file):
        """Run the encoder on the pixels of a .npy file; later decodes are of this image."""
        return self._ask("encode", model, str(pixels_file))

    def decode(self, model, points):
        return self._ask("decode", model, [[point.x, point.y, point.foreground] for point in points])

    def _ask(self, *what):
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self):
        self._process.communicate()


def serve(models):
    from maskwright_backend.models.registry import Registry  # noqa: PLC0415 - only the process needs them
    from maskwright_backend.models.sessions import Session, SessionSettings  # noqa: PLC0415
    from maskwright_backend.settings import Settings  # noqa: PLC0415

    registry, embeddings, decoders = Registry(Path(models)), {}, {}
    settings = SessionSettings(threads=Settings().thread_count)
    for line in sys.stdin:
        kind, name, given = json.loads(line)
        model = registry.get(name)
        model.load(settings)
        if name not in decoders:  # the file as it was published: the daemon leaves out what it does not read
            decoders[name] = Session(model._decoder_path, settings, arena=True)._session
        if kind == "encode":
            session, feed = encoding(model, given, embeddings)
        else:
            session, feed = decoders[name], prompted(model, given, embeddings)
        start = time.perf_counter()
        session.run(None, feed)
        sys.stdout.write(f"{time.perf_counter() - start}\n")
        sys.stdout.flush()


def encoding(model, file, embeddings):
    pixels = np.load(file)
    embeddings[model.id] = model.encode(pixels)
    loaded = model._loaded
    return loaded.encoder._session, {loaded.binding.image: model.family.preprocessing.apply(pixels)}


def prompted(model, points, embeddings):
    from maskwright_backend.models.feed import prompt_tensors  # noqa: PLC0415
    from maskwright_backend.models.prompts import ModelPrompts  # noqa: PLC0415
    from maskwright_shared.geometry import Point  # noqa: PLC0415

    embedding = embeddings[model.id]
    prompts = ModelPrompts(tuple(Point(*point) for point in points))
    return {**embedding.tensors, **prompt_tensors(model.family, embedding.geometry, prompts)}


if __name__ == "__main__":
    serve(sys.argv[1])
