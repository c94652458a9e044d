# SPDX-License-Identifier: GPL-3.0-or-later
"""A model family as data: its tensors, and every convention by which pixels and prompts become them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..imaging.preprocess import Preprocessing

Dim = int | str
"""A dimension: a fixed size, or the name of one that may be anything; "side" and "side/4" are told by the square's."""


@dataclass(frozen=True)
class Tensor:
    """A tensor of the contract; `aliases` are other names under which exports of the family carry it.

    A graph may declare another width of `dtype` (float16, int32), to which values are cast; `also` are further
    dtypes that an image may have.
    """

    name: str
    shape: tuple[Dim, ...]
    dtype: str = "float32"
    aliases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every accepted name, the preferred one first."""
        return (self.name, *self.aliases)


class BoxRule(Enum):
    """How a box reaches the decoder.

    CORNERS: as two points with labels 2 and 3. TENSOR: as a tensor of its own. MASK: there is no box prompt, so
    the box is given as the mask before, with a foreground point in its middle where the user set none. MIDDLE: there
    is none and no mask input either, so only that point is left of it.
    """

    CORNERS = "corners"
    TENSOR = "tensor"
    MASK = "mask"
    MIDDLE = "middle"


class PaddingPoint(Enum):
    """Who adds the point (0, 0) with label -1 that a prompt without a box ends in.

    IN_GRAPH: the graph always does, so nothing is added here. WITHOUT_BOX: added here when there is no box.
    """

    IN_GRAPH = "in-graph"
    WITHOUT_BOX = "without-box"


@dataclass(frozen=True)
class CandidateRule:
    """Which candidate is shown first.

    With `fixed` it is always that one. Otherwise the best predicted IoU; but once there is more than a single
    click, the candidate now shown stays unless another's predicted IoU is better by more than `margin`, since
    these exports lack the single-mask token and a correction would else make the mask jump. An export of
    `with_single` candidates does have that token, as its first: it is shown whenever there is more than a single
    click, and never for a single click (segment_anything's SamOnnxModel).
    """

    fixed: int | None = None
    margin: float = 0.1
    with_single: int | None = None


@dataclass(frozen=True)
class DecoderInputs:
    """The names under which prompts are fed; None where the family has no such input.

    `image_size` gets the fitted size divided by `size_divisor`: where a graph only scales a mask to it which nobody
    reads, its own size would cost more than the rest of the decoder.
    """

    points: str = "point_coords"
    labels: str = "point_labels"
    mask: str | None = "mask_input"
    has_mask: str | None = "has_mask_input"
    boxes: str | None = None
    image_size: str | None = None
    size_divisor: int = 4


@dataclass(frozen=True)
class Family:
    """Everything that tells one kind of SAM-like model from another.

    `embedding` names the encoder's outputs, which are the decoder's inputs of the same name. `logits` are the
    decoder outputs that may hold the low-res logits, the preferred first; `masks` is how many there are (None:
    any number). `feedback_clamp` bounds logits that are fed back. The mask input has `mask_side` cells a side and
    holds logits, or with `mask_as_probability` their sigmoid. `chained`: each click is best given with the mask
    of the clicks before. `whole_points`: coordinates in the square are rounded to whole pixels. `prompt_side` is the
    side of the square in which prompts and masks lie, where it is not the encoder's.
    """

    name: str
    title: str
    preprocessing: Preprocessing
    image: Tensor
    embedding: tuple[Tensor, ...]
    decoder: tuple[Tensor, ...]
    logits: tuple[Tensor, ...]
    scores: Tensor | None
    inputs: DecoderInputs = DecoderInputs()
    box: BoxRule = BoxRule.CORNERS
    padding_point: PaddingPoint = PaddingPoint.IN_GRAPH
    masks: int | None = None
    candidates: CandidateRule = CandidateRule()
    feedback_clamp: float | None = None
    mask_side: int = 256
    mask_as_probability: bool = False
    chained: bool = False
    whole_points: bool = False
    prompt_side: int | None = None

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """The decoder's outputs that are read beside the logits."""
        return () if self.scores is None else (self.scores,)

    @property
    def takes_mask(self) -> bool:
        """Whether the decoder has a mask input; if not, a mask is turned into a box and points."""
        return self.inputs.mask is not None

    def decoder_tensor(self, name: str) -> Tensor:
        """Return the decoder input of that name."""
        return next(tensor for tensor in self.decoder if tensor.name == name)
