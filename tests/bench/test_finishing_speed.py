# SPDX-License-Identifier: GPL-3.0-or-later
"""What finishing a mask costs, as ratios within one run; `-s` prints them."""

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.unit.finishing_scenes import star, stretched

from maskwright_backend.finishing.finish import finish
from maskwright_shared.geometry import View
from maskwright_shared.messages import MaskOptions

pytestmark = pytest.mark.bench

SIZE = (6000, 4000)
PREVIEW = View(0, 0, 6000, 4000, 1600, 1067)


def fastest(action, runs=15):
    """The least of several times: what others on the machine take is left out."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.fixture(scope="module")
def floors():
    """A warm memcpy and a warm memset of 24 MB."""
    one, other = np.zeros(SIZE[0] * SIZE[1], np.uint8), np.ones(SIZE[0] * SIZE[1], np.uint8)
    return fastest(lambda: np.copyto(one, other)), fastest(lambda: one.fill(255))


def report(name, seconds, **ratios):
    shown = ", ".join(f"{ratio:.2f} x {what}" for what, ratio in ratios.items())
    print(f"\n{name}: {1000 * seconds:.2f} ms; {shown}")  # noqa: T201  # what a benchmark is for


@pytest.mark.parametrize(("edge", "most"), [("hard", 0.15), ("soft", 0.25)])
def test_full_size(floors, edge, most):
    logits, placement = star(), stretched(*SIZE)
    seconds = fastest(lambda: finish(logits, placement, SIZE, MaskOptions(edge=edge)))
    copy, fill = floors
    pillow = fastest(lambda: Image.fromarray(logits).resize(SIZE, Image.Resampling.BILINEAR), 5)
    report(f"24 MP {edge}", seconds, memcpy=seconds / copy, memset=seconds / fill, pillow=seconds / pillow)
    assert seconds < most * pillow


@pytest.mark.parametrize("edge", ["hard", "soft"])
def test_preview(floors, edge):
    logits, placement = star(), stretched(*SIZE)
    seconds = fastest(lambda: finish(logits, placement, SIZE, MaskOptions(edge=edge), view=PREVIEW))
    raster = (PREVIEW.columns, PREVIEW.rows)
    pillow = fastest(lambda: Image.fromarray(logits).resize(raster, Image.Resampling.BILINEAR), 5)
    report(f"preview {edge}", seconds, memcpy=seconds / floors[0], pillow=seconds / pillow)
    assert seconds < 0.5 * pillow


def test_refined(floors):
    logits, placement = star(), stretched(*SIZE)
    image = np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    pillow = fastest(lambda: Image.fromarray(logits).resize(SIZE, Image.Resampling.BILINEAR), 5)
    for name, view in (("24 MP", None), ("preview", PREVIEW)):
        refined = partial(
            finish, logits, placement, SIZE, MaskOptions(), view=view, pixels=image, refine=True
        )
        seconds = fastest(refined, 3)
        report(f"{name} refined", seconds, memcpy=seconds / floors[0], pillow=seconds / pillow)
        assert seconds < 10 * pillow


@pytest.mark.parametrize(
    "options",
    [{"grow": 3}, {"grow": -30}, {"feather": 3}, {"feather": 100}, {"fill_holes": -1, "keep": "largest"}],
)
def test_options(floors, options):
    logits, placement = star(), stretched(*SIZE)
    seconds = fastest(lambda: finish(logits, placement, SIZE, MaskOptions(**options)), 3)
    report(f"24 MP {options}", seconds, memcpy=seconds / floors[0])
    assert seconds < 1000 * floors[0]


HUGE = """
import re, sys
from pathlib import Path
import numpy as np
from maskwright_backend.finishing.finish import finish
from maskwright_shared.messages import MaskOptions
from tests.unit.finishing_scenes import star, stretched
finish(star(), stretched(300, 200), (300, 200), MaskOptions(grow=2, feather=20, fill_holes=-1))
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
mask = finish(star(), stretched(12500, 8000), (12500, 8000), MaskOptions(**eval(sys.argv[1])))
print((peak() - before) * 1024 / mask.bounds.area)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize("options", [{}, {"grow": 40.0}, {"feather": 200.0}, {"grow": 5.0, "feather": 2.0}])
def test_memory_at_100_megapixels(options):
    """A few bytes for each pixel of the bounding box, whatever is asked for."""
    result = subprocess.run(
        [sys.executable, "-c", HUGE, repr(options)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    each = float(result.stdout)
    print(f"\n100 MP {options}: {each:.2f} bytes for each pixel of the bounding box")  # noqa: T201
    assert each < 6
