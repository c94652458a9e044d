# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the procedure as data, and what they mean: a Job.

Names from a fixed list are plain strings, and numbers have wide ranges: GIMP itself only warns about a wrong
value and takes the default, which a script would never notice. Here each gets an error with a sentence.
"""

from __future__ import annotations

import math
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from maskwright_plugin.host import Operation, Source, Target
from maskwright_shared.errors import RequestError
from maskwright_shared.geometry import Box, Point
from maskwright_shared.messages import MAX_PIXELS, MaskOptions

PATH = "path"
OUTPUTS: Dict[str, Optional[Target]] = {
    "selection": Target.SELECTION,
    "layer-mask": Target.LAYER_MASK,
    "channel": Target.SAVED_SELECTION,
    "new-layer": Target.NEW_LAYER,
    PATH: None,
}
SOURCES = {"layer": Source.LAYER, "visible": Source.PROJECTION}
OPERATIONS = {operation.value: operation for operation in Operation}
SELECTION_USES = ("no", "box", "mask")
REFINES: Dict[str, Optional[bool]] = {"auto": None, "yes": True, "no": False}
EDGES = ("soft", "hard")
LONGEST_ID = 100
KEEPS = ("all", "clicked", "largest")


class Argument(NamedTuple):
    """One argument of the procedure: its GIMP name, what it is called and said to do, and its default."""

    name: str
    nick: str
    blurb: str
    default: Any


def _one_of(names: Any) -> str:
    return "one of " + ", ".join(f'"{name}"' for name in names)


ARGUMENTS: Tuple[Argument, ...] = (
    Argument("points", "Points", 'Points on the object, "X,Y X,Y ..." in pixels of the image', ""),
    Argument("background", "Background points", 'Points that do not belong to it, "X,Y X,Y ..."', ""),
    Argument("clicks", "Clicks", 'Points of both kinds in the order they were made, "+X,Y -X,Y ..."', ""),
    Argument("box", "Box", 'A box around the object, "X0,Y0,X1,Y1"', ""),
    Argument("use-selection", "Use selection", f"The selection as a prompt: {_one_of(SELECTION_USES)}", "no"),
    Argument("source", "Source", f"The pixels to look at: {_one_of(SOURCES)}", "layer"),
    Argument("model", "Model", 'The id of a model, "" for the default one', ""),
    Argument("candidate", "Candidate", "Which of the model's candidates, -1 for the best one", -1),
    Argument(
        "previous", "Previous candidate", "Which one the last point was to correct, -1 for the best", -1
    ),
    Argument("output", "Output", f"What the mask becomes: {_one_of(OUTPUTS)}", "selection"),
    Argument("operation", "Operation", f"How it joins the selection: {_one_of(OPERATIONS)}", "replace"),
    Argument("threshold", "Threshold", "Where the model's logits are cut", 0.0),
    Argument("edge", "Edge", _one_of(EDGES).capitalize(), "soft"),
    Argument("refine", "Refine", f"Let the edge follow the pixels: {_one_of(REFINES)}", "auto"),
    Argument("grow", "Grow", "Move the edge outwards, in pixels (inwards when negative)", 0.0),
    Argument("feather", "Feather", "Blur the edge, in pixels", 0.0),
    Argument("fill-holes", "Fill holes", "Fill holes up to this area in pixels, -1 for all", 0),
    Argument("drop-islands", "Drop islands", "Drop separate parts up to this area in pixels", 0),
    Argument("keep", "Keep", f"Which parts stay: {_one_of(KEEPS)}", "all"),
)


class Job(NamedTuple):
    """What one run is to do; the selection as a prompt is read when it runs."""

    points: Tuple[Point, ...]
    box: Optional[Box]
    use_selection: str
    source: Source
    model: str
    candidate: Optional[int]
    previous: Optional[int]
    output: str
    operation: Operation
    options: MaskOptions


def job_of(values: Dict[str, Any]) -> Job:
    """Return the job that a value for each of ARGUMENTS describes.

    Raises:
        RequestError: `request.argument`, with a sentence that names the argument.
    """
    points = _points("points", values["points"]) + _points("background", values["background"], on=False)
    return Job(
        _clicks(values["clicks"]) + points,
        _box(values["box"]),
        _name("use-selection", values["use-selection"], SELECTION_USES),
        SOURCES[_name("source", values["source"], SOURCES)],
        _model(values["model"].strip()),
        _candidate("candidate", values["candidate"]),
        _candidate("previous", values["previous"]),
        _name("output", values["output"], OUTPUTS),
        OPERATIONS[_name("operation", values["operation"], OPERATIONS)],
        _options(values),
    )


def _options(values: Dict[str, Any]) -> MaskOptions:
    return MaskOptions(
        threshold=_number("threshold", values["threshold"], -32, 32),
        edge=_name("edge", values["edge"], EDGES),
        refine=REFINES[_name("refine", values["refine"], REFINES)],
        grow=_number("grow", values["grow"], -500, 500),
        feather=_number("feather", values["feather"], 0, 500),
        fill_holes=int(_number("fill-holes", values["fill-holes"], -1, MAX_PIXELS)),
        drop_islands=int(_number("drop-islands", values["drop-islands"], 0, MAX_PIXELS)),
        keep=_name("keep", values["keep"], KEEPS),
    )


def _wrong(name: str, wanted: str) -> RequestError:
    return RequestError("request.argument", f'The argument "{name}" must be {wanted}.')


def _name(argument: str, value: str, known: Any) -> str:
    if value not in known:
        raise _wrong(argument, _one_of(known))
    return value


def _number(argument: str, value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise _wrong(argument, f"a number from {least:g} to {most:g}")
    return value


def _model(id: str) -> str:
    if len(id) > LONGEST_ID:
        raise _wrong("model", "the id of a model, or nothing for the default one")
    return id


def _candidate(argument: str, value: int) -> Optional[int]:
    if value < -1 or value > 63:
        raise _wrong(argument, "a number from -1 to 63")
    return None if value < 0 else value


def _numbers(text: str) -> List[float]:
    values = [float(part) for part in text.split(",")]
    if not all(math.isfinite(value) and abs(value) < 1e6 for value in values):
        raise ValueError(text)
    return values


def _points(argument: str, text: str, *, on: bool = True) -> Tuple[Point, ...]:
    try:
        pairs = [_numbers(part) for part in text.replace(";", " ").split()]
        return tuple(Point(x, y, on) for x, y in pairs)
    except ValueError:
        raise _wrong(argument, 'of the form "X,Y X,Y"') from None


def _clicks(text: str) -> Tuple[Point, ...]:
    parts = text.split()
    if not all(part[0] in "+-" for part in parts):
        raise _wrong("clicks", 'of the form "+X,Y -X,Y"')
    try:
        pairs = [_numbers(part[1:]) for part in parts]
        return tuple(Point(x, y, part[0] == "+") for part, (x, y) in zip(parts, pairs))
    except ValueError:
        raise _wrong("clicks", 'of the form "+X,Y -X,Y"') from None


def _box(text: str) -> Optional[Box]:
    if not text.strip():
        return None
    try:
        box = Box.spanning(*_numbers(text))
    except (ValueError, TypeError):
        raise _wrong("box", 'of the form "X0,Y0,X1,Y1"') from None
    if box.x0 == box.x1 or box.y0 == box.y1:
        raise _wrong("box", "wider and higher than nothing")
    return box


def clicks_text(points: Tuple[Point, ...]) -> str:
    """Return points of both kinds as the argument is written, exactly and in their order."""
    return " ".join(f"{'+' if p.foreground else '-'}{p.x!r},{p.y!r}" for p in points)


def box_text(box: Optional[Box]) -> str:
    """Return the box as the argument is written, exactly."""
    return "" if box is None else ",".join(repr(value) for value in box)
