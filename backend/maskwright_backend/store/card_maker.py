# SPDX-License-Identifier: GPL-3.0-or-later
"""The card of a model that comes in: a known one's, the one it brought, darktable-ai's config, or next to none."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError
from maskwright_shared.version import VERSION

from ..models.card import MAX_BYTES, Card, CardFile, read_card
from ..models.registry import LAYOUTS
from ..outside_json import parse, read_plain
from .outside import named
from .refusals import refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .inspection import Pair

UNKNOWN = "unknown"
OURS_ALONE = ("download", "obtain", "linked", "graphs", "installed", "pinned_on_first_download", "prompting")
"""Details that say how a model lies on this disk; a card from outside does not decide them."""


def described_by_folder(root: Path, name: str) -> Card:
    """Return the card in a folder, made from `card.json` or darktable-ai's `config.json` where there is one.

    `name` gives the id where nothing else does.
    """
    if (brought := named(root, "card.json")).exists():
        return read_card(brought)
    config = _config(named(root, "config.json"))
    told = config.get("model_card")
    card = told if isinstance(told, dict) else {}
    notes = _text(card, "notes")
    details: dict[str, Any] = {
        "training_data_licences": _text(card, "training_data_license"), "paper": _text(card, "paper"),
        "attributes": config.get("attributes"), "version": _text(config, "version"),
    }  # fmt: skip
    return Card(
        id=_id(_text(config, "id") or name),
        name=_text(config, "name") or name,
        family="",
        summary=_text(card, "long_description") or _text(config, "description"),
        licence=_text(card, "license") or UNKNOWN,
        licence_url="",
        training_data=_text(card, "training_data") or UNKNOWN,
        limits=(notes,) if notes else (),
        source=_text(card, "source"),
        files={},
        details={key: value for key, value in details.items() if value},
    )


def finished(
    card: Card, family: str, pair: Pair, files: Mapping[str, CardFile], came_from: str, **details: Any
) -> Card:
    """Return the card to be installed: `files` with their real hashes, the family that the tensors show."""
    kept = {name: value for name, value in card.details.items() if name not in OURS_ALONE}
    graphs = (
        {} if (pair.encoder, pair.decoder) in LAYOUTS else {"encoder": pair.encoder, "decoder": pair.decoder}
    )
    if graphs:
        kept["graphs"] = graphs
    when = datetime.now(UTC).isoformat(timespec="seconds")
    kept["installed"] = {"when": when, "from": came_from, "by": f"Maskwright {VERSION}"}
    kept.update({name: value for name, value in details.items() if value})
    return replace(card, family=family, files=files, details=kept)


def checked_id(text: str) -> str:
    """Return an id that the user chose, as it is.

    Raises:
        ModelError: `model.card` when a folder cannot have that name.
    """
    if text != _id(text):
        sentence = (
            f"'{text}' cannot be a model's id: use small letters, digits, dots, dashes and underscores."
        )
        raise ModelError("model.card", sentence)
    return text


def _id(text: str) -> str:
    plain = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).lstrip("._-")
    return plain[:100] or "model"


def _config(path: Path) -> dict[str, Any]:
    """Return what a package's config says, nothing when there is none.

    Raises:
        ModelError: `model.refused` for one that is too large, too deep, or holds what is no number.
    """
    try:
        found = parse(read_plain(path, MAX_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise refused(f"its {path.name} cannot be taken ({_why(error)})") from error
    return found if isinstance(found, dict) else {}


def _why(error: OSError | ValueError) -> str:
    return str(error.strerror if isinstance(error, OSError) else error)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value[:2000] if isinstance(value, str) else ""
