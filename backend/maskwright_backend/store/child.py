# SPDX-License-Identifier: GPL-3.0-or-later
"""The throw-away process: one request in JSON on standard input, one answer on standard output.

`recognise`, `bench` and `probe` load a pair of graphs; whatever goes wrong with it is an answer too, unless it
takes this process down, which is what it is for.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from maskwright_shared.errors import MaskwrightError
from maskwright_shared.geometry import Point
from maskwright_shared.plain_text import plain

from ..models.card import Card
from ..models.checkpoints.convert import convert
from ..models.decoder import Decoder
from ..models.families import FAMILIES
from ..models.model import Model
from ..models.prompts import ModelPrompts
from ..models.recognise import recognise
from ..models.sessions import Session, SessionSettings
from . import scene
from .tether import tie_to

if TYPE_CHECKING:
    from collections.abc import Sequence

CPU = "CPUExecutionProvider"


def main() -> int:
    """Answer the request on standard input; errors that have a sentence are answered with it."""
    request = json.load(sys.stdin)
    tie_to(request["parent"])
    try:
        answer = _WORK[request["do"]](request)
    except MaskwrightError as error:
        answer = {"error": plain(error.message), "detail": error.detail}
    print(json.dumps(answer))  # noqa: T201 - the answer
    return 0


def _recognise(request: dict[str, Any]) -> dict[str, Any]:
    """Find the family and run it once on random pixels; in either order, the graph of fewer inputs is the encoder."""
    pair = Path(request["encoder"]), Path(request["decoder"])
    settings = SessionSettings(threads=request["threads"])
    sessions = [Session(path, settings, arena=False) for path in pair]
    swapped = request["either_order"] and len(sessions[0].inputs) > len(sessions[1].inputs)
    encoder, decoder = reversed(sessions) if swapped else sessions
    family = recognise(encoder, decoder).name
    model = _model(family, encoder.path, decoder.path)
    del sessions, encoder, decoder
    model.load(settings)
    rgb = scene.random_picture()
    candidates = model.decode(model.encode(rgb), _click(rgb.shape[1] / 2, rgb.shape[0] / 2))
    if (why := _doubtful(candidates.scores, family)) is not None:
        return {"error": why}
    return {"family": family, "swapped": swapped, "masks": len(candidates.logits)}


def _doubtful(scores: Sequence[float | None], family: str) -> str | None:
    """Return why a trial's scores cannot be trusted, None when they can; the logits have been looked at before."""
    known = [index for index, score in enumerate(scores) if score is not None]
    wanted = next(kind for kind in FAMILIES if kind.name == family).scores is not None
    if wanted and known != list(range(max(known, default=0) + 1)):  # the masks after the last score have none
        return "its trial run gives scores that are not finite numbers"
    return None


def _convert(request: dict[str, Any]) -> dict[str, Any]:
    """Turn a checkpoint into graphs; see `convert`."""
    made = convert(Path(request["checkpoint"]), Path(request["folder"]), request["expected"])
    return {"template": made.template, "points": made.points_into_checkpoint}


def _bench(request: dict[str, Any]) -> dict[str, Any]:
    """Measure loading, encoding and a click, each a median, and the peak of this process's memory."""
    model = _model(request["family"], Path(request["encoder"]), Path(request["decoder"]))
    started = time.perf_counter()
    model.load(SessionSettings(threads=request["threads"], providers=tuple(request["providers"])))
    load = time.perf_counter() - started
    rgb = scene.known_picture()
    embedding = model.encode(rgb)
    model.decode(embedding, _click(*scene.CENTRE))
    encoder = _median(lambda: model.encode(rgb), request["seconds"])
    click = _median(lambda: model.decode(embedding, _click(*scene.CENTRE)), request["seconds"] / 4)
    return {
        "load_s": round(load, 3), "encoder_ms": round(encoder, 1), "click_ms": round(click, 1),
        "memory_mb": _peak_megabytes(), "provider": model.provider, "threads": request["threads"],
    }  # fmt: skip


def _probe(request: dict[str, Any]) -> dict[str, Any]:
    """Compare an execution provider's mask of a known image with the CPU's."""
    masks, seconds, provider = {}, {}, ""
    for name in (request["provider"], CPU):
        model = _model(request["family"], Path(request["encoder"]), Path(request["decoder"]))
        providers = (name,) if name == CPU else (name, CPU)
        model.load(SessionSettings(threads=request["threads"], providers=providers))
        provider = provider or model.provider
        rgb = scene.known_picture()
        model.encode(rgb)  # the first run of some providers compiles for seconds
        started = time.perf_counter()
        embedding = model.encode(rgb)
        seconds[name] = time.perf_counter() - started
        masks[name] = model.decode(embedding, _click(*scene.CENTRE)).logits > 0
        model.unload()
    ours, right = masks[request["provider"]], masks[CPU]
    both, either = np.logical_and(ours, right).sum(), np.logical_or(ours, right).sum()
    return {
        "provider": provider,
        "iou": float(both / either) if either else 1.0,
        "encoder_ms": round(1000 * seconds[request["provider"]], 1),
        "cpu_encoder_ms": round(1000 * seconds[CPU], 1),
    }


def _prepare(request: dict[str, Any]) -> dict[str, Any]:
    """Cut a decoder in two where that is worth it, with one thread, as what nobody waits for."""
    if hasattr(os, "nice"):
        os.nice(10)
    family = next(known for known in FAMILIES if known.name == request["family"])
    settings = SessionSettings(threads=1, prepared=Path(request["folder"]))
    decoder = Decoder(Path(request["decoder"]), settings, family)
    decoder.prepare_halves(request["wanted"])
    decoder.take_halves()
    return {"cut": decoder.is_cut}


def _model(family: str, encoder: Path, decoder: Path) -> Model:
    known = next(known for known in FAMILIES if known.name == family)
    return Model(Card("trial", "trial", family, "", "", "", "", (), "", {}), known, encoder, decoder)


def _click(x: float, y: float) -> ModelPrompts:
    return ModelPrompts((Point(x, y),))


def _median(work: Any, seconds: float) -> float:
    """Return the median milliseconds of runs that together take about `seconds`, three at least."""
    times: list[float] = []
    while len(times) < 3 or (sum(times) < seconds and len(times) < 100):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


def _peak_megabytes() -> int | None:
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


_WORK = {"convert": _convert, "recognise": _recognise, "bench": _bench, "probe": _probe, "prepare": _prepare}

if __name__ == "__main__":
    sys.exit(main())
