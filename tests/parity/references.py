# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference implementations, each behind the same two calls: `set_image` and `predict`.

`predict` returns (C, 256, 256) logits, the scores (fewer than C where the model has fewer), and (C, H, W) logits
at the image's own size. torchvision and transformers prepare the pixels and the prompts, imported where they are
needed; nothing of the product is used here.
"""

from __future__ import annotations

import importlib

import numpy as np
import torch
from torch.nn import functional


def arrays(points, box):
    """Return prompts as the predictors take them: (N, 2) floats, (N,) labels, (4,) box; None where there is none."""
    coords = np.array([[p.x, p.y] for p in points], np.float32) if points else None
    labels = np.array([int(p.foreground) for p in points], np.int64) if points else None
    return coords, labels, None if box is None else np.array(box, np.float32)


class Reference:
    """What a model can be asked."""

    takes_mask = True
    takes_box = True


class Sam2Stretched(Reference):
    """transformers' Sam2Model with facebookresearch/sam2's image transform: floats, resized with antialias."""

    def __init__(self, model):
        self.model = model

    def set_image(self, rgb):
        self.size = rgb.shape[:2]
        self.embeddings = self.model.get_image_embeddings(self.pixels(rgb))

    def pixels(self, rgb):
        """Return the (1, 3, 1024, 1024) input of the encoder."""
        from torchvision.transforms import Normalize, Resize, ToTensor

        normalise = Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        return normalise(Resize((1024, 1024))(ToTensor()(rgb)))[None]

    def predict(self, points, box, mask=None, *, multimask=True):
        height, width = self.size
        scale = torch.tensor([1024 / width, 1024 / height])
        coords, labels, corners = arrays(points, box)
        with torch.no_grad():
            result = self.model(
                image_embeddings=list(self.embeddings),
                input_points=None if coords is None else torch.from_numpy(coords)[None, None] * scale,
                input_labels=None if labels is None else torch.from_numpy(labels)[None, None],
                input_boxes=None
                if corners is None
                else torch.from_numpy(corners)[None, None] * scale.repeat(2),
                input_masks=None if mask is None else torch.from_numpy(mask)[None, None],
                multimask_output=multimask,
            )
        return finished(result.pred_masks[0, 0], result.iou_scores[0, 0], self.size)


class Sam2Processed(Sam2Stretched):
    """transformers' Sam2Model with its own image processor, which resizes 8-bit values."""

    takes_mask = False

    def pixels(self, rgb):
        from transformers import Sam2ImageProcessor

        made = Sam2ImageProcessor()(rgb, return_tensors="pt", input_data_format="channels_last")
        return made["pixel_values"]


class Sam2Predictor(Reference):
    """The SAM2ImagePredictor of Meta or SysCV; the masks that the latter's decoder adds up are taken apart."""

    def __init__(self, model):
        from sam2.sam2_image_predictor import SAM2ImagePredictor

        self.predictor = SAM2ImagePredictor(model)

    def set_image(self, rgb):
        self.size = rgb.shape[:2]
        self.predictor.set_image(rgb)

    def predict(self, points, box, mask=None):
        coords, labels, corners = arrays(points, box)
        with unsqueezed(self.predictor.model.sam_mask_decoder) as raw:
            self.predictor.predict(coords, labels, corners, None if mask is None else mask[None])
        masks, scores = raw[0]
        return finished(masks[0, 1:], scores[0, 1:], self.size)


class Sam(Reference):
    """The SamPredictor of segment-anything or MobileSAM, with all four masks of its decoder."""

    def __init__(self, model, package):
        self.predictor = importlib.import_module(package).SamPredictor(model)

    def set_image(self, rgb):
        self.predictor.set_image(rgb)

    def predict(self, points, box, mask=None):
        prompts = *arrays(points, box), None if mask is None else mask[None]
        with unsqueezed(self.predictor.model.mask_decoder) as raw:
            self.predictor.predict(*prompts)
        low, scores = raw[0]
        large = self.predictor.model.postprocess_masks(
            low, self.predictor.input_size, self.predictor.original_size
        )
        return low[0].numpy(), scores[0].numpy(), large[0].numpy()


class HqSam(Reference):
    """SysCV's SamPredictor, as HQ mask alone, with SAM's single mask, or with each of its three."""

    KEPT = ("features", "interm_features", "original_size", "input_size", "is_image_set")

    def __init__(self, model, output, encoded):
        """`encoded` keeps what the predictor makes of each picture, for references that share a model."""
        from segment_anything import SamPredictor

        self.predictor, self.output, self.encoded = SamPredictor(model), output, encoded

    def set_image(self, rgb):
        key = rgb.shape, rgb.tobytes()
        if key not in self.encoded:
            self.predictor.set_image(rgb)
            self.encoded[key] = {name: getattr(self.predictor, name) for name in self.KEPT}
        for name, value in self.encoded[key].items():
            setattr(self.predictor, name, value)

    def predict(self, points, box, mask=None):
        coords, labels, corners = arrays(points, box)
        with unsqueezed(self.predictor.model.mask_decoder) as raw:
            large, scores, low = self.predictor.predict(
                coords, labels, corners, None if mask is None else mask[None], multimask_output=False,
                return_logits=True, hq_token_only=self.output == "hq-only",
            )  # fmt: skip
        if self.output != "three":
            return low, scores, large
        masks, all_scores = raw[0]
        low = masks[:, 1:4] + masks[:, 4:]
        large = self.predictor.model.postprocess_masks(
            low, self.predictor.input_size, self.predictor.original_size
        )
        return low[0].numpy(), all_scores[0, 1:4].numpy(), large[0].numpy()


class SegNext(Reference):
    """The BasePredictor of SegNext's authors, told one click after another; it knows no box and gives no score.

    The mask before stays in the square, where darktable-ai's tensor has it. The predictor itself takes it by way of
    the image's own size.
    """

    takes_box = False

    def __init__(self, model):
        from isegm.inference.predictor import BasePredictor

        self.predictor = BasePredictor(model)
        model.postprocess = self._keep

    def _keep(self, logits):
        self.logits = logits
        return logits

    def set_image(self, rgb):
        self.size = rgb.shape[:2]
        with torch.no_grad():
            self.predictor.set_image(rgb)

    def predict(self, points, box, mask=None):
        before = (
            torch.zeros(1, 1, 1024, 1024) if mask is None else torch.from_numpy(mask).sigmoid()[None, None]
        )
        self.predictor.prev_mask = before
        for count in range(len(points) if mask is not None else 1, len(points) + 1):
            self._click(points[:count])
        return finished(self.logits[0], torch.zeros(0), self.size)

    def _click(self, points):
        from isegm.inference.clicker import Click, Clicker

        with torch.no_grad():
            self.predictor.predict(Clicker(init_clicks=[Click(p.foreground, (p.y, p.x)) for p in points]))


class unsqueezed:  # noqa: N801 - used like a function
    """Keep what a decoder's `predict_masks` returns, before its caller picks from it."""

    def __init__(self, decoder):
        self.decoder, self.results = decoder, []

    def __enter__(self):
        self.original = self.decoder.predict_masks

        def keep(*args, **kwargs):
            result = self.original(*args, **kwargs)
            self.results.append((result[0].float(), result[1].float()))
            return result

        self.decoder.predict_masks = keep
        return self.results

    def __exit__(self, *_):
        del self.decoder.predict_masks


def finished(values, scores, size, low=None):
    """Return the logits `low`, the scores, and `values` (by default the logits) at the image's size."""
    large = functional.interpolate(values[None].float(), size, mode="bilinear", align_corners=False)[0]
    return (values if low is None else low).numpy(), scores.numpy(), large.numpy()
