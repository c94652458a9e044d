# SPDX-License-Identifier: GPL-3.0-or-later
"""A model asked as an editor asks it: a real daemon process, pixels in stripes, prompts and masks over the wire."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tests.protocol.pictures import put, whole

from maskwright_shared.geometry import View
from maskwright_shared.messages import Apply, Encode, ImageForget, MaskOptions, Segment

HARD = MaskOptions(edge="hard", refine=False)


@dataclass(frozen=True)
class Reply:
    """What came back: (C, H, W) masks at the image's own size, C scores (None where the model gives none)."""

    masks: np.ndarray
    scores: tuple
    chosen: int
    mask_id: int


class Picture:
    """One image at the daemon, encoded for one model; gone from the daemon after the `with`."""

    def __init__(self, client, model, rgb):
        self.client, self.model, self.size = client, model, rgb.shape[1::-1]
        self.name = put(client, rgb)
        assert not client.request(Encode(self.name, model)).cached

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.request(ImageForget(self.name))

    def ask(self, points, box, feedback=None):
        """Return every candidate: the preview of all, in a view of the image's own pixels, and what Apply gives.

        Both must be the same mask, whether the candidate was chosen by its number or by the model's rule.
        """
        prompts = {"image": self.name, "model": self.model, "points": points, "box": box,
                   "feedback": feedback, "options": HARD}  # fmt: skip
        view = View(0, 0, *map(float, self.size), *self.size)
        preview = self.client.request(Segment(**prompts, view=view, all_candidates=True))
        at = {info.candidate: index for index, info in enumerate(preview.masks)}
        masks = []
        for candidate in range(preview.candidates):
            applied = self.client.request(Apply(**prompts, candidate=candidate))
            mask = whole(applied)
            assert np.array_equal(mask, whole(preview, at[candidate]))
            assert set(np.unique(mask)) <= {0, 255}
            masks.append(mask == 255)
        ruled = self.client.request(Apply(**prompts))
        chosen = preview.masks[0].candidate
        assert ruled.masks[0].candidate == chosen
        assert np.array_equal(whole(ruled) == 255, masks[chosen])
        scores = tuple(preview.masks[at[index]].score for index in range(len(masks)))
        return Reply(np.stack(masks), scores, chosen, preview.mask_id)
