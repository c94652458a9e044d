# SPDX-License-Identifier: GPL-3.0-or-later
"""A loaded decoder, cut in two where that makes clicks quicker: once for prompts with a mask, once for those without.

What the picture alone decides is run once for each picture and kept with its embedding; a click runs the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .halves import Halves, Trial, opened
from .prepared import Prepared
from .pruning import pruned
from .sessions import Session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .embedding import ImageEmbedding
    from .family import Family
    from .sessions import Array, RunOptions, SessionSettings


class Decoder:
    """The decoder's sessions. One thread at a time makes and cuts it, several may run it.

    Raises:
        ModelError: `model.broken` when ONNX Runtime cannot load the file.
    """

    def __init__(self, path: Path, settings: SessionSettings, family: Family) -> None:
        """Load the file at `path`, without the outputs that nobody reads."""
        logits, others = ([tensor.name for tensor in part] for part in (family.logits, family.outputs))
        self._family = family
        self._settings = settings
        self._lean = pruned(path, logits, others)
        self._whole = Session(path, settings, arena=True, graph=self._lean)
        self.inputs = self._whole.inputs
        self.outputs = self._whole.outputs
        self._halves: dict[bool, Halves | None] = {True: None, False: None}

    @property
    def is_cut(self) -> bool:
        """Whether clicks without a mask run a part of the graph alone."""
        return self._halves[False] is not None

    @property
    def is_undecided(self) -> bool:
        """Whether nobody tried yet on this machine if cutting it is worth it."""
        kept = [self._kept(masked=masked) for masked in self._kinds]
        return not all(kind is None or kind.is_there for kind in kept)

    def take_halves(self) -> None:
        """Use from now on what was prepared of it on this machine, if that can be loaded."""
        for masked in self._kinds:
            kept = self._kept(masked=masked)
            cut = None if kept is None else kept.read()
            if cut is not None:
                self._halves[masked] = opened(cut, self._whole.path, self._settings)

    def prepare_halves(self, wanted: Sequence[str]) -> None:
        """Cut it where that is worth it, and keep the outcome for later starts; takes seconds.

        It must fit the family's contract; `wanted` are the outputs that are read.
        """
        for masked in self._kinds:
            kept = self._kept(masked=masked)
            if kept is not None and not kept.is_there:
                trial = Trial(self._whole, self._family, wanted, masked=masked)
                kept.write(trial.halves_of(kept.source(), self._settings))

    @property
    def _kinds(self) -> tuple[bool, ...]:
        return (False, True) if self._family.inputs.mask is not None else (False,)

    def _kept(self, *, masked: bool) -> Prepared | None:
        if self._settings.prepared is None:
            return None
        return Prepared(self._settings.prepared, self._whole.path, self._lean, masked=masked)

    def prepare(self, embedding: ImageEmbedding, run: RunOptions | None = None) -> None:
        """Compute what all clicks on this image share, unless it is there; it is kept with the embedding."""
        self._shared(embedding, run, masked=False)

    def run(
        self,
        embedding: ImageEmbedding,
        prompts: Mapping[str, Array],
        run: RunOptions | None,
        wanted: Sequence[str],
        *,
        masked: bool,
    ) -> dict[str, Any]:
        """Return the wanted outputs for the family's prompt tensors; `masked` says whether they hold a mask."""
        halves = self._halves[masked]
        if halves is None:
            return self._whole.run({**embedding.tensors, **prompts}, run, wanted)
        shared = self._shared(embedding, run, masked=masked)
        return halves.click(embedding.tensors, shared, prompts, run, wanted)

    def _shared(
        self, embedding: ImageEmbedding, run: RunOptions | None, *, masked: bool
    ) -> Mapping[str, Array]:
        halves = self._halves[masked]
        if halves is not None and masked not in embedding.shared:
            embedding.shared[masked] = halves.shared(embedding.tensors, run)
        return embedding.shared.get(masked, {})
