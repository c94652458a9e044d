# SPDX-License-Identifier: GPL-3.0-or-later
"""The models that are there: the one that ships, and every folder in the home's `models`."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright_shared.errors import ModelError
from maskwright_shared.plain_text import plain

from .card import Card, read_card
from .families import FAMILIES
from .model import Model

if TYPE_CHECKING:
    from .family import Family

BUILTIN_FOLDER = Path(__file__).parent / "builtin"
CARD = "card.json"
LAYOUTS = (
    ("encoder.onnx", "decoder.onnx"),
    ("onnx/vision_encoder.onnx", "onnx/prompt_encoder_mask_decoder.onnx"),
)
"""Where a folder may keep its two graphs: Maskwright's own names, and the Hugging Face hub's."""


@dataclass(frozen=True)
class Entry:
    """A model's folder as it was found: usable when `model` is there, else `reason` says in a sentence why not."""

    id: str
    folder: Path
    card: Card | None = None
    model: Model | None = None
    reason: str = ""

    @property
    def is_builtin(self) -> bool:
        """Whether the model ships in the package."""
        return self.folder == BUILTIN_FOLDER


class Registry:
    """Finds models, and keeps each as one object as long as its folder is unchanged.

    A damaged model is listed with its reason and is in nobody's way. Any thread may call it.
    """

    def __init__(self, models: Path, builtin: Path = BUILTIN_FOLDER) -> None:
        """Look in the folder `models`, which need not exist, and in the package."""
        self._models = models
        self._builtin = builtin
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[object, Entry]] = {}

    def list(self) -> tuple[Entry, ...]:
        """Return every model, the built-in one first, the rest by folder name; sessions are not touched."""
        with self._lock:
            folders = [self._builtin, *_subfolders(self._models)]
            self._known = {folder: self._look(folder) for folder in folders}
            return _without_doubles([entry for _, entry in self._known.values()])

    def get(self, model_id: str) -> Model:
        """Return the model of that id.

        Raises:
            ModelError: `model.unknown` when there is none; `model.broken` with the reason when it is damaged.
        """
        entries = self.list()
        entry = next((entry for entry in entries if entry.id == model_id), None)
        if entry is None:
            known = ", ".join(entry.id for entry in entries)
            raise ModelError("model.unknown", f"There is no model '{model_id}'; there are: {known}.")
        if entry.model is None:
            raise ModelError("model.broken", entry.reason)
        return entry.model

    def _look(self, folder: Path) -> tuple[object, Entry]:
        known = self._known.get(folder)
        if known is not None and known[0] == _state_of(folder, known[1].card):
            return known
        entry = _read(folder)
        return _state_of(folder, entry.card), entry


def name_of(folder: Path) -> str:
    """Return what a folder without a readable card goes by: its name, without what no name should have."""
    return plain(folder.name).strip()[:100] or "?"


def root_of(folder: Path, card: Card) -> Path:
    """Return the folder that holds a model's files: its own, or the user's where they were only linked."""
    linked = card.details.get("linked")
    return Path(linked) if isinstance(linked, str) else folder


def _subfolders(parent: Path) -> list[Path]:
    try:
        return sorted(
            child for child in parent.iterdir() if child.is_dir() and not child.name.startswith(".")
        )
    except OSError:
        return []


def _without_doubles(entries: list[Entry]) -> tuple[Entry, ...]:
    """Keep the first of several folders with one id, and list the others as broken under their own names."""
    seen: dict[str, Entry] = {}
    result = []
    for entry in entries:
        first = seen.setdefault(entry.id, entry)
        if first is entry:
            result.append(entry)
            continue
        reason = f"The model in {entry.folder} has the id of the one in {first.folder}: remove one of them."
        result.append(Entry(name_of(entry.folder), entry.folder, entry.card, None, reason))
    return tuple(result)


def _state_of(folder: Path, card: Card | None) -> object:
    """Return what changes when somebody replaces the card or a file of the model."""
    root = root_of(folder, card) if card is not None else folder
    paths = [folder / CARD, *(root / name for layout in LAYOUTS for name in layout)]
    paths += [root / name for name in card.files] if card is not None else []
    states = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        states.append((path, status.st_size, status.st_mtime_ns))
    return tuple(states)


def _read(folder: Path) -> Entry:
    card = None
    try:
        card = read_card(folder / CARD)
        family = _family(card)
        root = root_of(folder, card)
        encoder, decoder = _graphs(root, card)
        _check_sizes(root, card)
    except ModelError as error:
        return Entry(card.id if card else name_of(folder), folder, card, None, error.message)
    except OSError as error:  # a name that is too long, a folder that others may not look into
        reason = f"The model in {plain(str(folder))} cannot be looked at ({error.strerror or error})."
        return Entry(card.id if card else name_of(folder), folder, card, None, reason)
    return Entry(card.id, folder, card, Model(card, family, encoder, decoder))


def _family(card: Card) -> Family:
    family = next((family for family in FAMILIES if family.name == card.family), None)
    if family is None:
        known = ", ".join(family.name for family in FAMILIES)
        raise ModelError(
            "model.card", f"The model {card.id} is of the family '{card.family}'; known are: {known}."
        )
    return family


def _graphs(folder: Path, card: Card) -> tuple[Path, Path]:
    """Return the two graphs, by the names that the card gives (both among its files), or by a known layout."""
    named = card.details.get("graphs")
    own = (str(named.get("encoder")), str(named.get("decoder"))) if isinstance(named, dict) else ("", "")
    layouts = (own, *LAYOUTS) if all(name in card.files for name in own) else LAYOUTS
    for encoder, decoder in layouts:
        if (folder / encoder).is_file() and (folder / decoder).is_file():
            return folder / encoder, folder / decoder
    raise ModelError(
        "model.broken", f"The model in {folder} lacks encoder.onnx or decoder.onnx: install it again."
    )


def _check_sizes(folder: Path, card: Card) -> None:
    """Find files that are missing or cut short, as far as that costs no reading."""
    for name, file in card.files.items():
        path = folder / name
        size = path.stat().st_size if path.is_file() else -1
        if size < 0 or (file.size is not None and size != file.size):
            state = "is missing" if size < 0 else f"has {size} bytes instead of {file.size}"
            raise ModelError(
                "model.broken", f"The model {card.id} is damaged: {name} {state}. Install it again."
            )
