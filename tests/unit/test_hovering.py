# SPDX-License-Identifier: GPL-3.0-or-later
"""Hovering in an object session, over a backend that answers when the test says so."""

from maskwright_plugin.host import Picture
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_shared.geometry import Bounds
from maskwright_shared.messages import Encode, Encoded, ImageReady, MaskInfo, Masks, Segment


class Ticket:
    def __init__(self, message, done):
        self.message, self.done, self.cancelled = message, done, False

    def cancel(self):
        self.cancelled = True

    def answer(self, reply):
        if not self.cancelled:
            self.done(reply, None)


class Backend:
    """Keeps every request; images and encodings are answered at once."""

    default_model = "model"

    def __init__(self):
        self.segments = []

    def watch(self, watcher):
        return lambda: None

    def put_image(self, width, height, channels, data, done, sending=None, *, keep=False):
        done(ImageReady("0" * 32, known=False), None)
        return Ticket(None, done)

    def request(self, message, done, progress=None):
        ticket = Ticket(message, done)
        if isinstance(message, Encode):
            done(Encoded(cached=False, seconds=0.0, provider="test"), None)
        elif isinstance(message, Segment):
            self.segments.append(ticket)
        return ticket


def masks(ticket):
    info = MaskInfo(0, Bounds(0, 0, 1, 1), 0.9, 1.0, 1, 1)
    return Masks(ticket.message.generation, 8, 8, 1, 1, "test", 1.0, (info,), None, (b"\xff",))


def ready_session():
    backend = Backend()
    session = ObjectSession(backend, lambda state: None)
    session.start(Picture(Bounds(0, 0, 8, 8), "RGB", bytes(192)))
    return backend, session


def test_a_hover_is_shown_while_the_pointer_is_there():
    backend, session = ready_session()
    session.hover(3.0, 4.0)
    backend.segments[0].answer(masks(backend.segments[0]))
    assert session.state.hover is not None


def test_an_answer_after_the_pointer_left_is_not_shown():
    backend, session = ready_session()
    session.hover(3.0, 4.0)
    session.hover(None)
    backend.segments[0].answer(masks(backend.segments[0]))
    assert session.state.hover is None
    session.hover(5.0, 5.0)
    assert len(backend.segments) == 2


def test_a_pointer_that_rests_on_the_picture_while_it_is_encoded_is_answered():
    backend = Backend()
    session = ObjectSession(backend, lambda state: None)
    session.hover(3.0, 4.0)
    assert not backend.segments
    session.start(Picture(Bounds(0, 0, 8, 8), "RGB", bytes(192)))
    backend.segments[0].answer(masks(backend.segments[0]))
    assert session.state.hover is not None
