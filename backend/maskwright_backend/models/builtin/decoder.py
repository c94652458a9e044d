# SPDX-License-Identifier: GPL-3.0-or-later
"""The decoder graph: from prompts and the encoder's tensors to three candidates, coarse to fine."""

from __future__ import annotations

import numpy as np

from maskwright_backend.models.builtin import palette
from maskwright_backend.models.builtin.graph import Array, Graph, Tensor
from maskwright_backend.models.builtin.prompts import FAR, Prompt
from maskwright_backend.models.builtin.smooth import Cut

RADII = (0.05, 0.08, 0.12, 0.17, 0.24, 0.34)
INSETS = (0.3, 0.2, 0.12, 0.06, 0.02, 0.0)
K = palette.SIZE
ROUNDS, STEPS64, REACH = 4, 14, 20
LAMBDA = {64: 2.0, 128: 4.0, 256: 8.0}
FLOOR = 0.003
LIMIT = 3.0
SURE = 30.0
CLICK_SHARE = 0.25


def col(values) -> Array:
    return np.array(values, np.float32).reshape(-1, 1, 1, 1)


class Level:
    def __init__(self, planes: Tensor, size: int) -> None:
        self.size = size
        self.share = planes.cut(1, 0, K).reshape(K, size * size)
        self.share_t = self.share.transpose(1, 0)
        self.like = planes.cut(1, K, K + 4)

    def histogram(self, weight: Tensor) -> Tensor:
        count = weight.reshape(-1, self.size * self.size) @ self.share_t
        return count / (count.sum(1) + 1e-4)

    def spread(self, values: Tensor) -> Tensor:
        return (values @ self.share).reshape(-1, 1, self.size, self.size)


def build() -> bytes:
    g = Graph("maskwright builtin decoder")
    embed = g.input("image_embed", [1, 256, 64, 64])
    feats0 = g.input("high_res_feats_0", [1, 32, 256, 256])
    feats1 = g.input("high_res_feats_1", [1, 64, 128, 128])
    p = Prompt(g)
    l64, l128 = Level(embed, 64), Level(feats1, 128)
    radii, insets = g.constant(col(RADII)), g.constant(col(INSETS))

    d2 = p.squared_distances(64)  # N,64,64
    near_pos = (d2 + (1.0 - p.positive) * FAR).min(0)  # 1,64,64
    near_neg = (d2 + (1.0 - p.negative) * FAR).min(0)
    earlier = p.mask_input.mean_pool(4).clip(-8.0, 8.0).sigmoid()  # 1,1,64,64
    flat = earlier.reshape(1, 64, 64)
    # how far each click is from the earlier mask's other side
    depth_in = (d2 + flat.above(0.5) * FAR).min(1, 2)  # N,1,1 distance to outside
    depth_out = (d2 + (1.0 - flat.above(0.5)) * FAR).min(1, 2)
    wrong_neg = p.negative * depth_in.minimum(0.25)  # squared radius of the correction
    wrong_pos = p.positive * depth_out.minimum(0.25)

    def bumps(r2: Tensor) -> Tensor:  # N,1,1 -> 1,1,64,64 in 0..1
        return (d2 * -1.0 / (r2 + 1e-6)).exp().max(0).reshape(1, 1, 64, 64)

    neg_bump, pos_bump = bumps(wrong_neg * 2.0), bumps(wrong_pos * 2.0)

    # initial guess
    limit = p.between(p.negative)  # N,1,1 squared
    r2 = (radii * radii).minimum(limit.reshape(1, -1, 1, 1) * 0.36)  # H,N,1,1 after broadcast: radii [H,1,1,1]
    discs = ((d2.reshape(1, -1, 64, 64) * -1.0 / r2).exp() * p.positive.reshape(1, -1, 1, 1)).max(1)  # H,1,64,64
    limit_n = p.between(p.positive) * 0.25
    discs_n = ((d2 * -1.0 / limit_n.minimum(0.01)).exp() * p.negative).max(0).reshape(1, 1, 64, 64)
    depth = p.box_depth(64)
    in_box = depth.above(0.0)
    boxed = (depth - insets).above(0.0)
    pos_only = discs * (1.0 - discs_n)
    start = p.has_box * boxed * (1.0 - discs_n) + (1.0 - p.has_box) * pos_only
    kept = (earlier * (1.0 - neg_bump)).maximum(pos_bump) * (radii * 0.0 + 1.0)
    m = p.has_mask
    q = start * (1.0 - m) + kept * m
    q = q * (in_box * p.has_box + 1.0 - p.has_box)

    # place: log odds of lying inside from the prompt alone
    dist = (near_pos.reshape(1, 1, 64, 64) + 1e-6).sqrt()
    place_click = ((1.0 - dist / (radii * 2.5)) * 1.0).clip(-2.0, 1.0) * p.has_positive
    closer = (near_neg / (near_pos + near_neg + 1e-6) * 2.0 - 1.0).reshape(1, 1, 64, 64) * p.negative.max(0) * p.has_positive
    place_click = place_click + closer * 1.0
    place_mask = (earlier * 2.0 - 1.0) * 1.5 * (1.0 - neg_bump.maximum(pos_bump)) + (pos_bump - neg_bump) * 3.0
    place_free = place_click * (1.0 - p.has_box)
    place = place_free * (1.0 - m) + place_mask * m
    outside = (1.0 - in_box) * p.has_box * -SURE
    near = 0.8 / 64
    seeds = ((near * near - near_pos) * 1e9).clip(0.0, 1.0) - ((near * near - near_neg) * 1e9).clip(0.0, 1.0)
    seeds = seeds.reshape(1, 1, 64, 64)
    place = place + outside + seeds * SURE
    fixed = place

    clicks_f = l64.histogram((discs.cut(0, 0, 1)))
    clicks_b = l64.histogram(discs_n)
    share_f = p.has_positive.reshape(1, 1) * CLICK_SHARE
    share_b = p.negative.max(0).reshape(1, 1) * CLICK_SHARE

    like = l64.like
    cut64 = Cut(like, 64)
    for turn in range(ROUNDS):
        inside_h = l64.histogram(q) * (1.0 - share_f) + clicks_f * share_f
        outside_h = l64.histogram(1.0 - q) * (1.0 - share_b) + clicks_b * share_b
        ratio = ((inside_h + FLOOR).log() - (outside_h + FLOOR).log()).clip(-LIMIT, LIMIT)
        evidence = l64.spread(ratio) + fixed
        q = cut64(q, evidence / LAMBDA[64], STEPS64)
    # keep what hangs together with a positive click
    joined = q.minimum(seeds.maximum(0.0)) * p.has_positive + q * (1.0 - p.has_positive)
    if REACH:
        loose = m.maximum(1.0 - p.has_positive) * 0.0
        for _ in range(REACH):
            joined = joined.max_pool(3).minimum(q)
            joined = joined.max_pool(3).minimum(q)
    gate = (joined - 0.5).clip(-0.5, 0.0) * 8.0 - (q - 0.5).clip(-0.5, 0.0) * 8.0
    q = joined

    # scores
    inside_h, outside_h = l64.histogram(q), l64.histogram(1.0 - q)
    apart = 1.0 - (inside_h * outside_h).sqrt().sum(1)  # H,1
    edge = q.conv(__import__("maskwright_backend.models.builtin.features", fromlist=["x"]).differences(1)).abs() * like.above(0.0)
    contour = edge.sum(1, 2, 3).reshape(-1, 1)
    crossed = 1.0 - (edge * like).sum(1, 2, 3).reshape(-1, 1) / (contour + 1e-3)
    score = crossed * 0.6 + apart * 0.4
    g.debug = dict(q64=q, ev=evidence, apart=apart, crossed=crossed, place=place + seeds * 0.0)
    picks = score.reshape(3, 2).argmax(1)  # 3
    index = g.op("Add", picks, np.array([0, 2, 4], np.int64))
    best = score.take(index, 0)  # 3,1
    q = q.take(index, 0)
    ratio = ratio.take(index, 0)
    fixed = ((fixed - seeds * SURE) + gate).take(index, 0)

    # 128
    d2b = p.squared_distances(128)
    def seeded(size, d2):
        near = 0.9 / size
        sign = ((near * near - (d2 + (1.0 - p.positive) * FAR).min(0)) * 1e9).clip(0.0, 1.0) - ((near * near - (d2 + (1.0 - p.negative) * FAR).min(0)) * 1e9).clip(0.0, 1.0)
        return sign.reshape(1, 1, size, size)
    q = q.enlarge(2)
    evidence = l128.spread(ratio) + fixed.enlarge(2) + seeded(128, d2b) * SURE
    q = Cut(l128.like, 128)(q, evidence / LAMBDA[128], 14)
    q = q.enlarge(2)
    d2c = p.squared_distances(256)
    s256 = seeded(256, d2c)
    evidence = evidence.clip(-4.0, 4.0).enlarge(2) + s256 * SURE
    q = Cut(feats0.cut(1, 0, 4), 256, 2)(q, evidence / LAMBDA[256], 6)
    low = ((q - 0.5) * 20.0 + s256 * 20.0)
    low = low.reshape(1, 3, 256, 256)
    g.output("masks", low.enlarge(4), [1, 3, 1024, 1024])
    g.output("iou_predictions", best.reshape(1, 3), [1, 3])
    g.output("low_res_masks", low, [1, 3, 256, 256])
    for k, v in (g.debug.items() if DEBUG else ()):
        g.output(k, v)
    return g.to_bytes()

DEBUG = False
