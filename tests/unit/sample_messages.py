# SPDX-License-Identifier: GPL-3.0-or-later
"""One or more valid messages of every type, plain and with all fields set."""

from __future__ import annotations

from maskwright_shared import messages as m
from maskwright_shared.geometry import Bounds, Box, Point, View

IMAGE = "0123456789abcdef" * 2
MODEL = "maskwright-builtin"
POINTS = (Point(1.5, 2.25), Point(-3.0, 1e6, foreground=False))
OPTIONS = m.MaskOptions(
    threshold=-1.5,
    edge="hard",
    refine=True,
    grow=-2.5,
    feather=3.0,
    fill_holes=-1,
    drop_islands=9,
    keep="clicked",
)
PROMPTS = {
    "points": POINTS,
    "box": Box(0.0, 1.0, 2.0, 3.5),
    "mask": m.MaskPrompt(IMAGE, -5, 7),
    "candidate": 2,
    "previous": 0,
    "options": OPTIONS,
}
MASK = m.MaskInfo(1, Bounds(1, 2, 2, 3), 0.5, 0.25, 6, 2)

SAMPLES = [
    m.Hello("0f" * 32, "test", "1.0"),
    m.ImagePut(65_500, 1, "BGRA"),
    m.ImageStripe(2, 1 << 20, b"pixels"),
    m.ImageForget(IMAGE),
    m.Encode(IMAGE, MODEL),
    m.Encode(IMAGE, MODEL, "slot"),
    m.Segment(IMAGE, MODEL),
    m.Segment(IMAGE, MODEL, **PROMPTS, slot="ü", generation=3, view=View(-1.5, 0.0, 10.0, 20.0, 300, 400)),
    m.Segment(IMAGE, MODEL, feedback=4, all_candidates=True),
    m.Apply(IMAGE, MODEL, **PROMPTS),
    m.Apply(IMAGE, MODEL, **PROMPTS, window=Bounds(1, 2, 3, 4)),
    m.Everything(IMAGE, MODEL, 32),
    m.ModelsList(),
    m.ModelsList(available=True),
    m.ModelLoad(MODEL),
    m.ModelUnload(MODEL),
    m.ModelPull(MODEL),
    m.ModelPull(
        MODEL, "https://example.org/models", accept=True, environment={"https_proxy": "http://127.0.0.1:1"}
    ),
    m.ModelPull(MODEL, stay=True),
    m.ModelStop(MODEL),
    m.ModelImport(("/a/folder",)),
    m.ModelImport(("a.onnx", "b.onnx"), link=True, model="mine"),
    m.ModelVerify(),
    m.ModelVerify(MODEL),
    m.ModelRemove(MODEL),
    m.ModelDefault(MODEL),
    m.ModelBench(),
    m.ModelBench(MODEL),
    m.Doctor(),
    m.Doctor("cuda", probe=True),
    m.Cancel(5),
    m.Status(),
    m.Shutdown(),
    m.Shutdown(if_idle=True),
    m.Welcome("0.1.0", "0f" * 32, 4711, MODEL),
    m.ImageReady(IMAGE, known=True),
    m.Encoded(cached=False, seconds=1.5, provider="CPUExecutionProvider"),
    m.Masks(1, 4, 5, 9, 3, "CPUExecutionProvider", 1.25, (MASK,), Bounds(3, 4, 50, 60), (b"1234", b"56")),
    m.Masks(
        0,
        4,
        5,
        9,
        1,
        "",
        0.0,
        (m.MaskInfo(0, Bounds(0, 0, 0, 0), None, 1.0, 0, 0), MASK),
        None,
        (b"123", b"456"),
    ),
    m.ObjectMap(2, 1, 1, (b"\x01\x00", b"\x00\x00")),
    m.Models(MODEL, ({"id": MODEL, "tensors": [1, 2.5, None]},)),
    m.StoreReport({"model": MODEL, "state": "installed"}),
    m.StatusReport({"version": "0.1.0", "clients": ["a"]}),
    m.Done(),
    m.Error("image.unknown", "Put it again.", "detail ü \n"),
    m.Progress("encoding", 0.5),
    m.Progress("waiting"),
    m.Progress("downloading", 0.5, 3, 6),
]
