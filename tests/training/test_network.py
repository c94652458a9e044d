# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole road in a minute: a few steps of training, a stop and a new start, and a graph that says the same."""

from __future__ import annotations

import json

import cv2
import numpy as np
import onnxruntime as ort
import pytest
from tests.training.pictures import write_assets

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

import torch  # noqa: E402

from maskwright_backend.models.builtin.graph import Graph  # noqa: E402
from maskwright_backend.models.builtin.prompts import Prompt  # noqa: E402
from training import steps  # noqa: E402
from training.cues import Prompts, cues, image_cues  # noqa: E402
from training.fold import folded  # noqa: E402
from training.graphs import cues as graph_cues  # noqa: E402
from training.graphs import decoder, encoder, network  # noqa: E402
from training.network import Decoder, Encoder  # noqa: E402
from training.pool import opened  # noqa: E402
from training.score import fit, predict  # noqa: E402
from training.study import Study  # noqa: E402
from training.train import Training  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small run to the end of the network."""
    folder = tmp_path_factory.mktemp("run")
    write_assets(folder / "assets")
    steps.compose(folder, steps.SMALL)
    Training(steps.SMALL.recipe, opened(folder / "scenes"), folder / "network.pt", []).run(every=6)
    return folder


def test_a_run_writes_its_curve_and_can_go_on(folder):
    lines = (folder / "network.log").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == [6, 12]
    again = Training(steps.SMALL.recipe, opened(folder / "scenes"), folder / "network.pt", [])
    assert again.step == steps.SMALL.recipe.steps


def test_the_graph_says_what_the_network_says(folder):
    weights = {name: value.astype(np.float32) for name, value in folded(folder / "network.pt").items()}
    picture = np.random.default_rng(6).uniform(0, 1, (24, 24, 3)).astype(np.float32)
    rgb = cv2.resize(picture, (512, 512), interpolation=cv2.INTER_CUBIC).clip(0, 1).transpose(2, 0, 1)[None]
    earlier = np.random.default_rng(7).normal(0, 3, (1, 1, 256, 256)).astype(np.float32)
    masks, quality = written(weights, rgb, earlier)
    wanted, wanted_quality = learned(folder / "network.pt", rgb, earlier)
    assert np.abs(masks - wanted).max() < 0.05
    assert np.abs(quality - wanted_quality).max() < 0.01


def written(weights, rgb, earlier):
    g = Graph("network alone")
    seen = network.see(g.input("rgb", [1, 3, 512, 512]), weights)
    masks, quality = network.answer(seen, graph_cues.cues(seen, Prompt(g)), weights)
    g.output("masks", masks, [1, 3, 192, 192])
    g.output("quality", quality, [1, 3])
    session = ort.InferenceSession(g.to_bytes(), providers=["CPUExecutionProvider"])
    points = np.array([[[500, 500], [300, 700], [100, 90], [900, 850]]], np.float32)
    labels = np.array([[1, 0, 2, 3]], np.float32)
    flag = np.ones(1, np.float32)
    feed = {
        "rgb": rgb,
        "point_coords": points,
        "point_labels": labels,
        "mask_input": earlier,
        "has_mask_input": flag,
    }
    return session.run(None, feed)


def learned(checkpoint, rgb, earlier):
    see, answer = Encoder().eval(), Decoder().eval()
    state = torch.load(checkpoint, weights_only=True)["average"]
    for part, name in ((see, "encoder."), (answer, "decoder.")):
        part.load_state_dict(
            {key.removeprefix(name): value for key, value in state.items() if key.startswith(name)}
        )
    resized = {"mode": "bilinear", "align_corners": False}
    with torch.no_grad():
        small = torch.nn.functional.interpolate(torch.from_numpy(rgb), (384, 384), **resized)
        planes = see(small)
        clicks = torch.tensor([[[500.0, 500, 1], [300, 700, 0]]])
        clicks[..., :2] *= 96 / 1024
        before = torch.nn.functional.interpolate(torch.from_numpy(earlier), (96, 96), **resized).sigmoid()[
            :, 0
        ]
        prompts = Prompts(clicks, torch.tensor([[100.0, 90, 900, 850]]) * 96 / 1024, before)
        masks, quality = answer(planes, cues(image_cues(small, planes[5]), planes[4], prompts))
    return masks.numpy(), quality.sigmoid().numpy()


def test_the_score_learns_to_choose(folder):
    weights = folded(folder / "network.pt")
    study = Study(encoder.build(weights), decoder.build_for_study(weights))
    looks = list(study.looks(steps._objects(folder / "score-scenes.npy")))
    learned_score = fit(looks)
    chosen = [look.ious[predict(learned_score, look.measures).argmax()] for look in looks]
    assert np.mean(chosen) > np.mean([look.ious.mean() for look in looks])
