# SPDX-License-Identifier: GPL-3.0-or-later
"""Every message of the protocol as a frozen dataclass; docs/protocol.md is the same in words.

Requests go from client to daemon and each gets exactly one reply with its id, or one Error; Progress may come
before. ImageStripe alone is not answered. Coordinates are pixels of the image the client put, origin at the top
left, pixel centres at +0.5, x before y. Masks are 8-bit alpha, 255 inside.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Dict, Optional, Tuple, Type

from .errors import MaskwrightError, ProtocolError
from .fields import (
    anything,
    boolean,
    box,
    choice,
    hexadecimal,
    integer,
    listing,
    number,
    numbers,
    optional,
    pixels,
    points,
    record,
    ruled,
    stripes,
    text,
)
from .geometry import Bounds, Box, Point, View
from .plain_text import plain, plain_lines

STRIPE_BYTES = 1 << 20
"""The size in which pixels travel: one giant frame would block other clients, smaller ones cost more calls."""

MAX_SIDE = 65_500
MAX_PIXELS = 150_000_000
MAX_POINTS = 4096
MOST_POINTS = 256
"""What the daemon takes, since each costs the built-in decoder 0.9 MB; more are answered in a sentence."""

MAX_VIEW_PIXELS = 1 << 25
"""The pixels of a preview's raster, all candidates together: a screen of 7680 x 4320 has fewer."""

MAX_FRAMES = 4096

CHANNELS = {"GRAY": 1, "RGB": 3, "RGBA": 4, "BGRA": 4}
"""Bytes per pixel of each pixel layout; 8 bits a channel, sRGB, rows from the top without padding."""

STAGES = (
    "waiting",
    "loading",
    "encoding",
    "decoding",
    "downloading",
    "copying",
    "unpacking",
    "converting",
    "checking",
    "trying",
    "measuring",
)
"""What work can be at; the last seven are of models on the disk."""

_id = hexadecimal(32)
_model = text(100, least=1)
_slot = text(64)
_side = integer(1, MAX_SIDE)
_FURTHEST = 1e6
_coordinate = number(-_FURTHEST, _FURTHEST)
_position = integer(-(10**6), 10**6)
_extent = integer(0, 10**6)
_bounds = numbers(Bounds, _position, _position, _extent, _extent)
_raster = integer(1, 16384)


class Message:
    """A message: its `TYPE` in the header, and whether a client (request) or the daemon (reply, event) sends it."""

    TYPE: ClassVar[str]
    ROLE: ClassVar[str]

    def check(self) -> None:
        """Check what no field shows alone; called when the message has arrived.

        Raises:
            ProtocolError: `protocol.size` when its parts do not fit one another.
        """


# Records: objects inside messages.


@dataclasses.dataclass(frozen=True)
class MaskPrompt:
    """A mask as prompt: a GRAY image that was put before, and where its top-left pixel lies in the image."""

    image: str = ruled(_id)
    x: int = ruled(_position, default=0)
    y: int = ruled(_position, default=0)


@dataclasses.dataclass(frozen=True)
class MaskOptions:
    """How low-res logits become a mask; lengths are in image pixels, so a preview and the mask agree.

    `threshold` cuts the logits. `edge` is "soft" (graded over about a pixel) or "hard" (0 and 255 alone).
    `refine` lets the edge of Apply's mask follow the image's own pixels, null leaves that to the model; previews,
    which come at every click, do without. `grow` moves
    the edge outwards (inwards when negative), `feather` blurs it by a Gaussian of that standard deviation,
    `fill_holes` fills holes up to that many pixels of area (-1: all), `drop_islands` drops separate parts up
    to that area, `keep` says which parts stay: "all", those a foreground point touches ("clicked"), or the "largest".
    """

    threshold: float = ruled(number(-32, 32), default=0.0)
    edge: str = ruled(choice("soft", "hard"), default="soft")
    refine: Optional[bool] = ruled(optional(boolean()), default=None)
    grow: float = ruled(number(-500, 500), default=0.0)
    feather: float = ruled(number(0, 500), default=0.0)
    fill_holes: int = ruled(integer(-1, MAX_PIXELS), default=0)
    drop_islands: int = ruled(integer(0, MAX_PIXELS), default=0)
    keep: str = ruled(choice("all", "clicked", "largest"), default="all")


@dataclasses.dataclass(frozen=True)
class MaskInfo:
    """One returned mask: which candidate, where its alpha crop lies in the raster, and how good it says it is.

    `score` is the predicted IoU (null where the model gives none), `stability` the IoU of the masks at
    threshold -1 and +1 (Kirillov et al. 2023), `area` the number of pixels of the raster at 128 and above.
    `frames` says how many of the reply's frames are its crop, rows from the top without padding.
    """

    candidate: int = ruled(integer(0, 63))
    bounds: Bounds = ruled(_bounds)
    score: Optional[float] = ruled(optional(number(-1e6, 1e6)))
    stability: float = ruled(number(0, 1))
    area: int = ruled(integer(0, 10**10))
    frames: int = ruled(integer(0, MAX_FRAMES))


# Requests, client to daemon.


@dataclasses.dataclass(frozen=True)
class Hello(Message):
    """The first request of every connection; `nonce` is fresh random, the reply proves knowledge of the secret."""

    TYPE = "hello"
    ROLE = "request"
    nonce: str = ruled(hexadecimal(64))
    client: str = ruled(text(100, least=1))
    version: str = ruled(text(50, least=1))


@dataclasses.dataclass(frozen=True)
class ImagePut(Message):
    """Announce an image of width x height pixels; its ImageStripes follow at once, ImageReady answers the last."""

    TYPE = "image.put"
    ROLE = "request"
    width: int = ruled(_side)
    height: int = ruled(_side)
    channels: str = ruled(choice(*CHANNELS))


@dataclasses.dataclass(frozen=True)
class ImageStripe(Message):
    """The next bytes of an image being put: `put` is that request's id, `offset` the bytes sent before."""

    TYPE = "image.stripe"
    ROLE = "oneway"
    put: int = ruled(integer(1, 2**53))
    offset: int = ruled(integer(0, 2**40))
    data: Any = ruled(pixels(2 * STRIPE_BYTES))


@dataclasses.dataclass(frozen=True)
class ImageForget(Message):
    """This client no longer needs the image: it is the first to go when room is needed. Done answers in any case."""

    TYPE = "image.forget"
    ROLE = "request"
    image: str = ruled(_id)


@dataclasses.dataclass(frozen=True)
class Encode(Message):
    """Make the image embedding now; Progress comes, then Encoded.

    `slot` names a picking of this client (several documents may be open): a newer Encode in a slot cancels the
    older one there.
    """

    TYPE = "encode"
    ROLE = "request"
    image: str = ruled(_id)
    model: str = ruled(_model)
    slot: str = ruled(_slot, default="")


@dataclasses.dataclass(frozen=True)
class Prompted(Message):
    """What Segment and Apply share: the image, the model, and the prompts; at least one prompt is needed.

    `feedback` is the `mask_id` of an earlier reply: its logits go to the model as mask input. `mask` and
    `feedback` exclude each other. `candidate` picks one of the model's candidates, null lets its family's rule
    choose; `previous` is the candidate that was shown before the last prompt came, to which that rule keeps
    unless another is clearly better. A model whose card says so is given the points one after another, each
    with its own mask of those before, unless there is `feedback`.

    With `window` the model looks at that part of the image alone, at its own resolution; coordinates stay the
    image's. Points outside of it do not count, and where it cuts the object off the whole image is used after all.
    """

    image: str = ruled(_id)
    model: str = ruled(_model)
    points: Tuple[Point, ...] = ruled(points(MAX_POINTS, _FURTHEST), default=())
    box: Optional[Box] = ruled(optional(box(_coordinate)), default=None)
    mask: Optional[MaskPrompt] = ruled(optional(record(MaskPrompt)), default=None)
    feedback: Optional[int] = ruled(optional(integer(1, 2**53)), default=None)
    candidate: Optional[int] = ruled(optional(integer(0, 63)), default=None)
    previous: Optional[int] = ruled(optional(integer(0, 63)), default=None)
    window: Optional[Bounds] = ruled(optional(_bounds), default=None)
    options: MaskOptions = ruled(record(MaskOptions), default=MaskOptions())


@dataclasses.dataclass(frozen=True)
class Segment(Prompted):
    """A preview of the mask. `view` null means the whole image, at most 2048 on its longer side.

    A Segment with a newer `generation` in the same `slot` of the client overtakes the older ones, which are
    answered with request.stale. `all_candidates` asks for every candidate's mask beside the chosen one. An image
    that is not encoded yet is encoded first, with Progress.
    """

    TYPE = "segment"
    ROLE = "request"
    slot: str = ruled(_slot, default="")
    generation: int = ruled(integer(0, 2**53), default=0)
    view: Optional[View] = ruled(
        optional(
            numbers(View, _coordinate, _coordinate, number(1e-3, 1e6), number(1e-3, 1e6), _raster, _raster)
        ),
        default=None,
    )
    all_candidates: bool = ruled(boolean(), default=False)


@dataclasses.dataclass(frozen=True)
class Apply(Prompted):
    """The mask at the image's full size."""

    TYPE = "apply"
    ROLE = "request"


@dataclasses.dataclass(frozen=True)
class Everything(Message):
    """Find all objects: one click on each point of a grid, the doubles dropped. The answer is an ObjectMap."""

    TYPE = "everything"
    ROLE = "request"
    image: str = ruled(_id)
    model: str = ruled(_model)
    points_per_side: int = ruled(integer(1, 64), default=16)


@dataclasses.dataclass(frozen=True)
class ModelsList(Message):
    """Ask for the card and the state of every model, with `available` also of the known ones not installed."""

    TYPE = "models.list"
    ROLE = "request"
    available: bool = ruled(boolean(), default=False)


@dataclasses.dataclass(frozen=True)
class ModelLoad(Message):
    """Load a model's sessions before they are needed."""

    TYPE = "models.load"
    ROLE = "request"
    model: str = ruled(_model)


@dataclasses.dataclass(frozen=True)
class ModelUnload(Message):
    """Give a model's memory back; its image embeddings stay."""

    TYPE = "models.unload"
    ROLE = "request"
    model: str = ruled(_model)


@dataclasses.dataclass(frozen=True)
class ModelPull(Message):
    """Download a known model; StoreReport answers, with Progress before.

    `source` is another address or a folder to get it from. `accept` says that the user has read and accepts what
    the model's licences restrict. `environment` carries the caller's proxy and mirror variables. With `stay` it
    goes on when this client leaves.
    """

    TYPE = "models.pull"
    ROLE = "request"
    model: str = ruled(_model)
    source: str = ruled(text(4000), default="")
    accept: bool = ruled(boolean(), default=False)
    environment: Optional[Dict[str, Any]] = ruled(optional(anything()), default=None)
    stay: bool = ruled(boolean(), default=False)


@dataclasses.dataclass(frozen=True)
class ModelStop(Message):
    """Withdraw every download of a model, whoever asked for it; what has come stays. Done answers."""

    TYPE = "models.stop"
    ROLE = "request"
    model: str = ruled(_model)


@dataclasses.dataclass(frozen=True)
class ModelImport(Message):
    """Install a model from the user's disk: one folder or package, or two ONNX files; StoreReport answers.

    `link` leaves the files where they are. `model` is the id it gets; empty takes the one it brings.
    """

    TYPE = "models.import"
    ROLE = "request"
    paths: Tuple[str, ...] = ruled(listing(text(4000, least=1), 2))
    link: bool = ruled(boolean(), default=False)
    model: str = ruled(text(100), default="")

    def check(self) -> None:
        """Check that there is a path at all."""
        if not self.paths:
            raise ProtocolError("protocol.size", "There is no path to import from.")


@dataclasses.dataclass(frozen=True)
class ModelVerify(Message):
    """Compare the files of a model, or of all when `model` is empty, with their cards; StoreReport answers."""

    TYPE = "models.verify"
    ROLE = "request"
    model: str = ruled(text(100), default="")


@dataclasses.dataclass(frozen=True)
class ModelRemove(Message):
    """Remove an installed model from the disk; linked files stay. Done answers."""

    TYPE = "models.remove"
    ROLE = "request"
    model: str = ruled(_model)


@dataclasses.dataclass(frozen=True)
class ModelDefault(Message):
    """Make an installed model the one to use when the user names none. Done answers."""

    TYPE = "models.default"
    ROLE = "request"
    model: str = ruled(_model)


@dataclasses.dataclass(frozen=True)
class ModelBench(Message):
    """Measure a model, or all when `model` is empty, on this machine; StoreReport answers."""

    TYPE = "models.bench"
    ROLE = "request"
    model: str = ruled(text(100), default="")


@dataclasses.dataclass(frozen=True)
class Doctor(Message):
    """Ask for the execution providers and their states; StoreReport answers.

    `provider` chooses the one to use from now on (empty: leave it), `probe` tries each with the default model.
    """

    TYPE = "doctor"
    ROLE = "request"
    provider: str = ruled(text(100), default="")
    probe: bool = ruled(boolean(), default=False)


@dataclasses.dataclass(frozen=True)
class Cancel(Message):
    """Withdraw a request of this client: it is answered with the error request.cancelled, this one with Done."""

    TYPE = "cancel"
    ROLE = "request"
    target: int = ruled(integer(1, 2**53))


@dataclasses.dataclass(frozen=True)
class Status(Message):
    """Ask what the daemon holds and does."""

    TYPE = "status"
    ROLE = "request"


@dataclasses.dataclass(frozen=True)
class Shutdown(Message):
    """End the daemon; with `if_idle` only when no other client is connected and no work is under way."""

    TYPE = "shutdown"
    ROLE = "request"
    if_idle: bool = ruled(boolean(), default=False)


# Replies, daemon to client.


@dataclasses.dataclass(frozen=True)
class Welcome(Message):
    """The answer to Hello. `proof` is HMAC-SHA256 of the nonce under the connection file's secret."""

    TYPE = "welcome"
    ROLE = "reply"
    version: str = ruled(text(50, least=1))
    proof: str = ruled(hexadecimal(64))
    pid: int = ruled(integer(1, 2**53))
    default_model: str = ruled(_model)


@dataclasses.dataclass(frozen=True)
class ImageReady(Message):
    """The image is there under the name `image`, the hash of its size, layout and pixels."""

    TYPE = "image.ready"
    ROLE = "reply"
    image: str = ruled(_id)
    known: bool = ruled(boolean())


@dataclasses.dataclass(frozen=True)
class Encoded(Message):
    """The image embedding is there: `cached` if it was before; `seconds` is what encoding took (then 0)."""

    TYPE = "encoded"
    ROLE = "reply"
    cached: bool = ruled(boolean())
    seconds: float = ruled(number(0, 1e6))
    provider: str = ruled(text(100))


@dataclasses.dataclass(frozen=True)
class Masks(Message):
    """Masks in a raster of width x height pixels: the view's for Segment, the image's for Apply.

    The first entry is the chosen candidate. `mask_id` names its logits for later feedback; `candidates` is how
    many the model gave; `provider` is the execution provider that ran; `milliseconds` is what the decoder took.
    `closer` is the `window` in which the same Segment would show more of a small object; null where nothing would.
    """

    TYPE = "masks"
    ROLE = "reply"
    generation: int = ruled(integer(0, 2**53))
    width: int = ruled(_side)
    height: int = ruled(_side)
    mask_id: int = ruled(integer(1, 2**53))
    candidates: int = ruled(integer(1, 64))
    provider: str = ruled(text(100))
    milliseconds: float = ruled(number(0, 1e9))
    masks: Tuple[MaskInfo, ...] = ruled(listing(record(MaskInfo), 64))
    closer: Optional[Bounds] = ruled(optional(_bounds), default=None)
    alpha: Tuple[Any, ...] = ruled(stripes(MAX_FRAMES), default=())

    def check(self) -> None:
        """Check that every crop lies in the raster and has exactly the bytes of its bounds."""
        at = 0
        for mask in self.masks:
            frames, at = self.alpha[at : at + mask.frames], at + mask.frames
            inside = mask.bounds.intersection(Bounds(0, 0, self.width, self.height)).area
            if not inside == mask.bounds.area == sum(map(len, frames)):
                raise ProtocolError("protocol.size", "A mask's bounds do not fit its frames or the raster.")
        if at != len(self.alpha):
            raise ProtocolError("protocol.size", f"The masks name {at} of {len(self.alpha)} frames.")


@dataclasses.dataclass(frozen=True)
class ObjectMap(Message):
    """Which object each pixel belongs to: little-endian uint16 a pixel, 0 none, rows from the top.

    `objects` counts them; small objects lie over the larger ones that contain them.
    """

    TYPE = "object_map"
    ROLE = "reply"
    width: int = ruled(_side)
    height: int = ruled(_side)
    objects: int = ruled(integer(0, 65535))
    labels: Tuple[Any, ...] = ruled(stripes(MAX_FRAMES), default=())

    def check(self) -> None:
        """Check that there are two bytes for every pixel."""
        if sum(map(len, self.labels)) != 2 * self.width * self.height:
            raise ProtocolError("protocol.size", "The object map's frames do not fit its size.")


@dataclasses.dataclass(frozen=True)
class Models(Message):
    """The known models: one open object each, with at least `id`, `name`, `family`, `licence` and `state`."""

    TYPE = "models"
    ROLE = "reply"
    default_model: str = ruled(_model)
    models: Tuple[Dict[str, Any], ...] = ruled(listing(anything(), 1000))


@dataclasses.dataclass(frozen=True)
class StoreReport(Message):
    """What a request about models on the disk came to; its keys depend on the request."""

    TYPE = "store.report"
    ROLE = "reply"
    report: Dict[str, Any] = ruled(anything())


@dataclasses.dataclass(frozen=True)
class StatusReport(Message):
    """What the daemon holds and does, for people and for `maskwright daemon status`."""

    TYPE = "status.report"
    ROLE = "reply"
    report: Dict[str, Any] = ruled(anything())


@dataclasses.dataclass(frozen=True)
class Done(Message):
    """It was done, and there is nothing to tell."""

    TYPE = "done"
    ROLE = "reply"


@dataclasses.dataclass(frozen=True)
class Error(Message):
    """The request failed: a stable code, one sentence for the user, and detail for the log."""

    TYPE = "error"
    ROLE = "reply"
    code: str = ruled(text(100, least=1))
    message: str = ruled(text(2000, least=1))
    detail: str = ruled(text(20000), default="")

    @classmethod
    def of(cls, error: MaskwrightError) -> Error:
        """Return the message that carries an error, cut and cleaned to what the wire takes."""
        code, message, detail = (
            plain(error.code),
            plain(error.message or error.code),
            plain_lines(error.detail),
        )
        return cls(code[:100], message[:2000], detail[:20000])

    def to_exception(self) -> MaskwrightError:
        """Return the error that the message carries, as the class it was."""
        return MaskwrightError.from_fields(self.code, self.message, self.detail)


# Events, daemon to client, before a reply.


@dataclasses.dataclass(frozen=True)
class Progress(Message):
    """Work on the request goes on; `fraction` (0 to 1) is an estimate, null if there is none.

    `done` and `total` are bytes, for stages that move files; null where they are not known.
    """

    TYPE = "progress"
    ROLE = "event"
    stage: str = ruled(choice(*STAGES))
    fraction: Optional[float] = ruled(optional(number(0, 1)), default=None)
    done: Optional[int] = ruled(optional(integer(0, 2**53)), default=None)
    total: Optional[int] = ruled(optional(integer(0, 2**53)), default=None)


ALL: Tuple[Type[Message], ...] = (
    Hello,
    ImagePut,
    ImageStripe,
    ImageForget,
    Encode,
    Segment,
    Apply,
    Everything,
    ModelsList,
    ModelLoad,
    ModelUnload,
    ModelPull,
    ModelStop,
    ModelImport,
    ModelVerify,
    ModelRemove,
    ModelDefault,
    ModelBench,
    Doctor,
    Cancel,
    Status,
    Shutdown,
    Welcome,
    ImageReady,
    Encoded,
    Masks,
    ObjectMap,
    Models,
    StoreReport,
    StatusReport,
    Done,
    Error,
    Progress,
)
BY_TYPE: Dict[str, Type[Message]] = {kind.TYPE: kind for kind in ALL}
