# SPDX-License-Identifier: GPL-3.0-or-later
"""All objects of an image: one click on each point of a grid, the good masks laid into one map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maskwright_shared.geometry import Point

from ..finishing.objects import ObjectMapper
from ..models.prompts import ModelPrompts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..models.embedding import ImageEmbedding
    from ..models.model import Model
    from .jobs import Job


def find_objects(
    model: Model, embedding: ImageEmbedding, points_per_side: int, job: Job
) -> NDArray[np.uint16]:
    """Return (height, width) labels of the image's size: 0 for no object, 1 for the largest."""
    mapper = None
    for point in grid(embedding.width, embedding.height, points_per_side):
        candidates = model.decode(embedding, ModelPrompts((point,)), job.run_options())
        mapper = mapper or ObjectMapper(candidates.placement, least_score=model.least_object_score)
        for logits, score in zip(candidates.logits, candidates.scores, strict=True):
            mapper.add(logits, score)
    job.check()
    assert mapper is not None  # noqa: S101 - a grid has at least one point
    return mapper.labels(embedding.width, embedding.height, (embedding.width, embedding.height))


def grid(width: int, height: int, points_per_side: int) -> list[Point]:
    """Return points in the middles of points_per_side x points_per_side equal cells, row by row."""
    steps = [(index + 0.5) / points_per_side for index in range(points_per_side)]
    return [Point(width * x, height * y) for y in steps for x in steps]
