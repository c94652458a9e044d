# SPDX-License-Identifier: GPL-3.0-or-later
"""References that need torch and transformers alone, for small models; called as those in `references`.

transformers' own processor for SAM 2 needs torchvision, which has no build for every torch: its steps are written
out here. That of SAM and SAM-HQ has a form that works with Pillow, and is used.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from .references import Reference, Sam2Stretched, arrays, finished

MEAN, STD = (torch.tensor(values)[:, None, None] for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


class Sam2Floats(Sam2Stretched):
    """facebookresearch/sam2's transform: floats in 0..1, resized with antialias."""

    def pixels(self, rgb):
        planes = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255.0
        return (_square(planes) - MEAN) / STD


class Sam2Bytes(Sam2Stretched):
    """transformers' processor for SAM 2: 8-bit values, resized with antialias."""

    takes_mask = False

    def pixels(self, rgb):
        planes = _square(torch.from_numpy(rgb).permute(2, 0, 1)[None])
        return (planes.float() / 255.0 - MEAN) / STD


class Sam2WithFourth(Sam2Floats):
    """The same with the mask of the single-mask token as a fourth, which has no score."""

    def predict(self, points, box, mask=None):
        three = super().predict(points, box, mask)
        single = super().predict(points, box, mask, multimask=False)
        return (
            np.concatenate([three[0], single[0]]),
            three[1],
            np.concatenate([three[2], single[2]]),
        )


def _square(planes):
    return functional.interpolate(planes, (1024, 1024), mode="bilinear", align_corners=False, antialias=True)


class Padded(Reference):
    """transformers' SamModel or SamHQModel with their processor: the longer side resized, then padded.

    `answers` are the keyword arguments of the model's runs whose masks are put after one another.
    """

    def __init__(self, model, processor, answers):
        from transformers import SamImageProcessorPil

        self.model, self.answers = model, answers
        self.processor = processor(SamImageProcessorPil())

    def set_image(self, rgb):
        self.image, self.size = (
            Image.fromarray(rgb),
            rgb.shape[:2],
        )  # a thin array's channels would be guessed
        pixels = self.processor(images=self.image, return_tensors="pt")["pixel_values"].float()
        with torch.no_grad():
            made = self.model.get_image_embeddings(pixels)
        embedding, early = made if isinstance(made, tuple) else (made, None)
        self.embedding = {"image_embeddings": embedding}
        if early is not None:
            self.embedding["intermediate_embeddings"] = list(early)

    def predict(self, points, box, mask=None):
        coords, labels, corners = arrays(points, box)
        found = self.processor(
            images=self.image,
            input_points=None if coords is None else [[coords.tolist()]],
            input_labels=None if labels is None else [[labels.tolist()]],
            input_boxes=None if corners is None else [[corners.tolist()]],
            return_tensors="pt",
        )
        prompts = {
            name: found[name] for name in ("input_points", "input_labels", "input_boxes") if name in found
        }
        for name in ("input_points", "input_boxes"):
            if name in prompts:
                prompts[name] = prompts[name].float()
        if mask is not None:
            prompts["input_masks"] = torch.from_numpy(mask)[None, None]
        with torch.no_grad():
            results = [self.model(**self.embedding, **prompts, **answer) for answer in self.answers]
        low = torch.cat([result.pred_masks[0, 0] for result in results])
        scores = torch.cat([result.iou_scores[0, 0] for result in results])
        rows, columns = found["reshaped_input_sizes"][0].tolist()
        square = functional.interpolate(low[None], (1024, 1024), mode="bilinear", align_corners=False)
        return finished(square[0, :, :rows, :columns], scores, self.size, low)
