# SPDX-License-Identifier: GPL-3.0-or-later
"""What every Host must do, as functions that run on the fake and inside the real editors alike.

Standard library and the plugin's own types only, so that an editor's Python can run it. Each function is a generator
over a harness (`Harness` below); what it yields is a condition to wait for while the editor's event loop runs
(`drive` does it where there is none). A failure is an AssertionError.
"""

import time
from typing import Protocol

from maskwright_plugin.host import HostError, Mask, Operation, Source, Target
from maskwright_shared.geometry import Bounds


class Harness(Protocol):
    """The editor as a user has it, for the tests."""

    def open(self, width, height, rgba, bounds=None):
        """Open a new image with one layer of these pixels at `bounds` (default: all of it); return its Host.

        The image counts as saved, and has nothing to undo.
        """

    def select(self, mask):
        """Make this Mask the selection as a user would, as one undo step."""

    def undo(self):
        """Press Ctrl+Z."""

    def redo(self):
        """Press Ctrl+Shift+Z."""

    def settled(self):
        """Whether the editor has done all that was asked of it."""

    def modified(self):
        """Whether the editor would ask to save."""

    def layer_mask(self):
        """The layer mask of the first layer as bytes of the image's size, or None."""

    def saved_selections(self):
        """Every saved selection as bytes of the image's size."""

    def layers(self):
        """(Bounds, RGBA bytes) of every layer's content, from the bottom up."""

    def active_layer(self):
        """Anything that names the active layer."""


def drive(scenario, patience=20.0):
    """Run a contract function to its end where no event loop has to turn."""
    for condition in scenario:
        deadline = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"


def comes(condition, patience=15.0):
    """A condition to yield until the given one holds; it ends in vain as well, and the assertion after it says why.

    An editor may postpone an undo while it is busy: how long it takes is no part of the contract.
    """
    deadline = time.monotonic() + patience
    return lambda: condition() or time.monotonic() > deadline


def coloured(width, height, alpha=255):
    """RGBA pixels that say where they are: R from x, G from y, B from both."""
    return bytes(
        v
        for y in range(height)
        for x in range(width)
        for v in (x % 256, y % 256, (x * 3 + y * 5) % 256, alpha)
    )


def blob(bounds, hard=True):
    """A mask that differs everywhere from its mirror images, and fills its bounds tightly."""
    rows = range(bounds.height)
    columns = range(bounds.width)
    soft = [max(1, (x * 7 + y * 13) % 256) for y in rows for x in columns]
    return Mask(bounds, bytes(255 if value > 60 else 0 for value in soft) if hard else bytes(soft))


def spread(mask, width, height):
    """The mask's bytes over the whole image."""
    if mask is None:
        return bytes(width * height)
    out = bytearray(width * height)
    b = mask.bounds
    for row in range(b.height):
        at = (b.y + row) * width + b.x
        out[at : at + b.width] = bytes(mask.alpha)[row * b.width : (row + 1) * b.width]
    return bytes(out)


def user_selects(h, host, mask):
    """Have the user select this."""
    h.select(mask)
    bounds = host.image_bounds()
    yield from selection_becomes(h, host, spread(mask, bounds.width, bounds.height), "a user's selection")


def selection_becomes(h, host, wanted, what):
    """Wait until the selection is this, as bytes of the image's size, and stays it when all is done."""
    bounds = host.image_bounds()

    def now():
        return spread(host.read_selection(), bounds.width, bounds.height)

    yield comes(lambda: now() == wanted)
    yield h.settled
    assert now() == wanted, what


def write(h, host, mask, target=Target.SELECTION, operation=Operation.REPLACE):
    """Write and wait for the end; return the error, None when it went well."""
    ends = []
    host.write_mask(mask, target, operation, ends.append)
    yield lambda: bool(ends)
    yield h.settled
    assert len(ends) == 1, "finished must be called once"
    return ends[0]


def as_rgba(picture):
    """The picture's bytes as RGBA."""
    data = bytes(picture.data)
    if picture.channels == "RGB":
        return b"".join(data[i : i + 3] + b"\xff" for i in range(0, len(data), 3))
    if picture.channels == "BGRA":
        out = bytearray(data)
        out[0::4], out[2::4] = data[2::4], data[0::4]
        return bytes(out)
    assert picture.channels == "RGBA", picture.channels
    return data


def reads_a_layer_exactly(h):
    pixels = coloured(61, 37)
    host = h.open(61, 37, pixels)
    yield h.settled
    assert host.image_bounds() == Bounds(0, 0, 61, 37)
    for source in Source:
        picture = host.read_picture(source)
        assert picture.bounds == Bounds(0, 0, 61, 37)
        assert as_rgba(picture) == pixels


def reads_a_layer_where_it_lies(h):
    host = h.open(64, 48, coloured(20, 10), Bounds(30, 8, 20, 10))
    yield h.settled
    picture = host.read_picture(Source.LAYER)
    assert picture.bounds == Bounds(30, 8, 20, 10)
    assert as_rgba(picture) == coloured(20, 10)
    assert host.read_picture(Source.PROJECTION).bounds == Bounds(0, 0, 64, 48)


def clips_a_layer_to_the_image(h):
    host = h.open(32, 32, coloured(20, 20), Bounds(-5, 22, 20, 20))
    yield h.settled
    picture = host.read_picture(Source.LAYER)
    assert picture.bounds == Bounds(0, 22, 15, 10)
    rows = [coloured(20, 20)[row * 80 + 20 : row * 80 + 80] for row in range(10)]
    assert as_rgba(picture) == b"".join(rows)


def refuses_a_layer_outside_the_image(h):
    host = h.open(32, 32, coloured(8, 8), Bounds(100, 100, 8, 8))
    yield h.settled
    try:
        host.read_picture(Source.LAYER)
    except HostError as error:
        assert str(error).endswith(".")  # noqa: PT017 - pytest is not in an editor
    else:
        raise AssertionError("an empty layer was read")


def works_on_one_pixel(h):
    host = h.open(1, 1, b"\x0a\x14\x1e\xff")
    yield h.settled
    assert as_rgba(host.read_picture(Source.LAYER)) == b"\x0a\x14\x1e\xff"
    error = yield from write(h, host, Mask(Bounds(0, 0, 1, 1), b"\xff"))
    assert error is None, error
    assert host.read_selection() == Mask(Bounds(0, 0, 1, 1), b"\xff")


def reads_no_selection_as_none(h):
    host = h.open(32, 24, coloured(32, 24))
    yield h.settled
    assert host.read_selection() is None


def writes_a_selection_exactly(h):
    host = h.open(64, 48, coloured(64, 48))
    yield h.settled
    for hard in (True, False):
        mask = blob(Bounds(7, 5, 31, 22), hard=hard)
        error = yield from write(h, host, mask)
        assert error is None, error
        assert spread(host.read_selection(), 64, 48) == spread(mask, 64, 48)


def clips_a_mask_to_the_image(h):
    host = h.open(40, 30, coloured(40, 30))
    yield h.settled
    mask = blob(Bounds(-6, 20, 20, 25))
    inside = [mask.alpha[row * 20 + 6 : row * 20 + 20] for row in range(10)]
    error = yield from write(h, host, mask)
    assert error is None, error
    assert spread(host.read_selection(), 40, 30) == spread(
        Mask(Bounds(0, 20, 14, 10), b"".join(inside)), 40, 30
    )


def joins_with_the_selection(h):
    size = (48, 40)
    first, second = blob(Bounds(4, 4, 28, 26)), Mask(Bounds(16, 12, 24, 20), b"\xff" * 480)
    old, new = spread(first, *size), spread(second, *size)
    wanted = {
        Operation.REPLACE: new,
        Operation.ADD: bytes(max(a, b) for a, b in zip(old, new, strict=True)),
        Operation.SUBTRACT: bytes(0 if b else a for a, b in zip(old, new, strict=True)),
        Operation.INTERSECT: bytes(min(a, b) for a, b in zip(old, new, strict=True)),
    }
    for operation, result in wanted.items():
        host = h.open(*size, coloured(*size))
        yield h.settled
        yield from user_selects(h, host, first)
        error = yield from write(h, host, second, operation=operation)
        assert error is None, error
        assert spread(host.read_selection(), *size) == result, operation
        h.undo()
        yield from selection_becomes(h, host, old, ("undo", operation))
        h.redo()
        yield from selection_becomes(h, host, result, ("redo", operation))


def selects_in_one_undo_step(h):
    host = h.open(40, 30, coloured(40, 30))
    yield h.settled
    before = h.active_layer()
    assert not h.modified()
    error = yield from write(h, host, blob(Bounds(3, 4, 20, 15)))
    assert error is None, error
    assert h.modified()
    assert h.active_layer() == before
    assert len(h.layers()) == 1
    h.undo()
    yield comes(lambda: host.read_selection() is None and not h.modified())
    yield h.settled
    assert host.read_selection() is None
    assert not h.modified()


def an_empty_result_selects_nothing(h):
    host = h.open(40, 30, coloured(40, 30))
    yield h.settled
    mask = blob(Bounds(3, 4, 20, 15))
    everything = Mask(Bounds(0, 0, 40, 30), b"\xff" * 1200)
    nothing = Mask(Bounds(0, 0, 0, 0), b"")
    for last, operation in ((everything, Operation.SUBTRACT), (nothing, Operation.REPLACE)):
        yield from user_selects(h, host, mask)
        error = yield from write(h, host, last, operation=operation)
        assert error is None, error
        assert host.read_selection() is None
        h.undo()
        yield from selection_becomes(h, host, spread(mask, 40, 30), "undo")


def refuses_empty_masks_elsewhere(h):
    host = h.open(24, 24, coloured(24, 24))
    yield h.settled
    host.read_picture(Source.LAYER)
    for target in (Target.LAYER_MASK, Target.SAVED_SELECTION, Target.NEW_LAYER):
        error = yield from write(h, host, Mask(Bounds(0, 0, 0, 0), b""), target)
        assert isinstance(error, HostError), target
        assert str(error).endswith(".")
    assert not h.modified()
    assert (h.layer_mask(), h.saved_selections(), len(h.layers())) == (None, [], 1)


def makes_a_layer_mask_in_one_step(h):
    yield from _in_one_step(
        h, Target.LAYER_MASK, lambda mask: h.layer_mask() == mask, lambda: h.layer_mask() is None
    )


def makes_a_saved_selection_in_one_step(h):
    yield from _in_one_step(
        h,
        Target.SAVED_SELECTION,
        lambda mask: h.saved_selections() == [mask],
        lambda: h.saved_selections() == [],
    )


def _in_one_step(h, target, is_there, is_gone):
    selected = blob(Bounds(20, 10, 20, 12))
    for earlier in (None, selected):
        for hard in (True, False):
            host = h.open(56, 44, coloured(56, 44))
            yield h.settled
            host.read_picture(Source.LAYER)
            if earlier is not None:
                yield from user_selects(h, host, earlier)
            before = h.active_layer()
            mask = blob(Bounds(5, 9, 33, 21), hard=hard)
            error = yield from write(h, host, mask, target)
            assert error is None, error
            assert is_there(spread(mask, 56, 44))
            assert h.modified()
            assert h.active_layer() == before
            h.undo()
            yield comes(is_gone)
            assert is_gone()
            yield from selection_becomes(h, host, spread(earlier, 56, 44), "undo")
            assert is_gone()
            h.redo()
            wanted = spread(mask, 56, 44)
            yield comes(lambda wanted=wanted: is_there(wanted))
            yield h.settled
            assert is_there(wanted)


def cuts_out_a_layer_exactly(h):
    pixels = coloured(50, 40)
    mask = blob(Bounds(6, 7, 30, 20), hard=False)
    for source in Source:
        host = h.open(50, 40, pixels)
        yield h.settled
        host.read_picture(source)
        before = h.active_layer()
        error = yield from write(h, host, mask, Target.NEW_LAYER)
        assert error is None, error
        layers = h.layers()
        assert len(layers) == 2
        assert layers[0] == (Bounds(0, 0, 50, 40), pixels)
        bounds, cut = layers[1]
        assert bounds == mask.bounds
        rows = [pixels[((y + 7) * 50 + 6) * 4 : ((y + 7) * 50 + 36) * 4] for y in range(20)]
        wanted = bytearray(b"".join(rows))
        wanted[3::4] = mask.alpha
        assert cut == bytes(wanted)
        assert h.active_layer() == before
        h.undo()
        yield comes(lambda: len(h.layers()) == 1)
        yield h.settled
        assert len(h.layers()) == 1


ALL = [
    reads_a_layer_exactly,
    reads_a_layer_where_it_lies,
    clips_a_layer_to_the_image,
    refuses_a_layer_outside_the_image,
    works_on_one_pixel,
    reads_no_selection_as_none,
    writes_a_selection_exactly,
    clips_a_mask_to_the_image,
    joins_with_the_selection,
    selects_in_one_undo_step,
    an_empty_result_selects_nothing,
    refuses_empty_masks_elsewhere,
    makes_a_layer_mask_in_one_step,
    makes_a_saved_selection_in_one_step,
    cuts_out_a_layer_exactly,
]
