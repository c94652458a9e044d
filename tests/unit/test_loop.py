# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's loop: a step that fails is logged, and the next ones are taken."""

import logging

import pytest

from maskwright_backend.server.clients import Client, Clients
from maskwright_backend.server.desk import Desk
from maskwright_backend.server.images import ImageStore
from maskwright_backend.server.loop import Loop
from maskwright_shared.errors import ModelError
from maskwright_shared.messages import Done, Error, StoreReport


@pytest.fixture
def loop():
    loop = Loop("token")
    yield loop
    loop.close()


def test_a_posted_step_and_a_timer_that_fail_are_logged_and_the_loop_goes_on(loop, caplog):
    done = []
    loop.post(lambda: 1 // 0)
    loop.after(0.0, [].pop)
    loop.after(0.01, lambda: (done.append("timer"), loop.stop()))
    loop.post(lambda: done.append("posted"))
    with caplog.at_level(logging.ERROR):
        loop.run(lambda *_: None, lambda _: None)
    assert done == ["posted", "timer"]
    assert {record.exc_info[0] for record in caplog.records} == {ZeroDivisionError, IndexError}


def test_any_number_of_steps_can_be_posted_before_the_loop_looks(loop):
    done = []
    for number in range(5000):  # more than a pair of sockets holds
        loop.post(lambda number=number: done.append(number))
    loop.stop()
    loop.run(lambda *_: None, lambda _: None)
    loop.drain(lambda: True, 30)
    assert done == list(range(5000))


class Sent:
    """A loop that notes what is sent and refuses what the real one could not put into words."""

    def __init__(self):
        self.messages = []

    def send(self, _identity, _id, message, **_options):
        if message.TYPE == StoreReport.TYPE:
            raise ValueError("not JSON")
        self.messages.append(message)
        return True


def test_a_reply_that_cannot_be_written_is_answered_with_an_error(caplog):
    loop = Sent()
    desk = Desk(loop, ImageStore(1), Clients())
    client = Client(b"x", 1)
    desk.reply(client, 5, StoreReport({"x": float("nan")}))
    desk.reply(client, 6, Done())
    desk.fail(client, 7, MemoryError())
    assert [type(message) for message in loop.messages] == [Error, Done, Error]
    assert [loop.messages[0].code, loop.messages[2].code] == ["daemon.internal", "daemon.memory"]
    assert "not JSON" in caplog.text


def test_an_error_is_one_plain_line():
    error = Error.of(ModelError("model.card", "a\x1b[2J\nb\u2028c\ud800", "one\ntwo\x07"))
    assert (error.message, error.detail) == ("a [2J b c?", "one\ntwo ")
