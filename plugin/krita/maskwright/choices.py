# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user chose in the docker, kept in Krita's settings."""

from __future__ import annotations

import dataclasses
import enum
import json
from typing import Any, Dict

from maskwright_plugin.host import Operation, Source, Target
from maskwright_shared.messages import MaskOptions

from .krita_host import application

_KEY = "choices"
MOST_PIXELS = 500


class Refine(enum.Enum):
    """Whether the applied mask's edge follows the image's own pixels: as the model wants it, always, never."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


_REFINES = {Refine.AUTO: None, Refine.YES: True, Refine.NO: False}


@dataclasses.dataclass(frozen=True)
class Choices:
    """Where pixels come from, what the mask becomes, and how its edge looks. Lengths are image pixels.

    `model` is the id of the model; "" is the backend's default.
    """

    source: Source = Source.LAYER
    target: Target = Target.SELECTION
    operation: Operation = Operation.REPLACE
    soft: bool = True
    grow: int = 0
    feather: int = 0
    fill_holes: bool = False
    hover: bool = True
    refine: Refine = Refine.AUTO
    model: str = ""

    @property
    def options(self) -> MaskOptions:
        """The same as the daemon wants it."""
        return MaskOptions(
            edge="soft" if self.soft else "hard",
            refine=_REFINES[self.refine],
            grow=float(self.grow),
            feather=float(self.feather),
            fill_holes=-1 if self.fill_holes else 0,
        )

    def save(self) -> None:
        """Keep it for the next start of Krita."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        plain = {name: getattr(value, "value", value) for name, value in values.items()}
        application.write_setting(_KEY, json.dumps(plain))

    @classmethod
    def load(cls) -> Choices:
        """Return what was kept; what is missing or damaged is the default."""
        try:
            kept = json.loads(application.read_setting(_KEY, "{}"))
        except ValueError:
            return cls()
        return cls(**_valid(kept)) if isinstance(kept, dict) else cls()


def _valid(kept: Dict[str, Any]) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    kinds = {"source": Source, "target": Target, "operation": Operation, "refine": Refine}
    for name, kind in kinds.items():
        if kept.get(name) in [member.value for member in kind]:
            found[name] = kind(kept[name])
    found.update(
        {name: kept[name] for name in ("soft", "fill_holes", "hover") if isinstance(kept.get(name), bool)}
    )
    if isinstance(kept.get("model"), str):
        found["model"] = kept["model"]
    lengths = {"grow": -MOST_PIXELS, "feather": 0}
    for name, least in lengths.items():
        if type(kept.get(name)) is int:
            found[name] = max(least, min(MOST_PIXELS, kept[name]))
    return found
