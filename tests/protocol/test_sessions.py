# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin's half, as an editor uses it, against a real daemon: object sessions, recovery, several at once."""

from __future__ import annotations

import os
import queue
import signal
import time

import numpy as np
import pytest
from tests.protocol.house import PATIENCE, is_alive, status, until
from tests.protocol.moody_model import ID
from tests.protocol.pictures import ENDLESS, QUICK, SLOW, apply, click, picture, put

from maskwright_plugin import backend as backend_module
from maskwright_plugin.backend import Backend
from maskwright_plugin.host import Mask, Picture
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_plugin.picking.state import Phase
from maskwright_shared import client as client_module
from maskwright_shared.client import Client
from maskwright_shared.geometry import Bounds, Box, View
from maskwright_shared.messages import MaskOptions


class Stage:
    """An editor's main thread: what is posted waits until the test lets it run."""

    def __init__(self, house):
        self._posted = queue.Queue()
        self.backend = Backend(self._posted.put, installation=house.installation, name="stage")
        self.sessions = []

    def session(self, pixels=None, x=0, y=0):
        """Return a session by the test's model that was started with a picture at (x, y); `seen` are its states."""
        seen = []
        session = ObjectSession(self.backend, seen.append, model=ID)
        session.seen = seen
        self.sessions.append(session)
        if pixels is not None:
            session.start(framed(pixels, x, y))
        return session

    def until(self, condition, what="the condition"):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come about"
            try:
                self._posted.get(timeout=0.02)()
            except queue.Empty:
                continue

    def settled(self, session):
        """Run until the session is ready and has answered all it was asked."""
        self.until(lambda: session.state.phase is Phase.READY and not session.state.busy, "a settled session")
        return session.state

    def applied(self, session):
        """Return mask and error of an apply."""
        answers = []
        session.apply(lambda *answer: answers.append(answer))
        self.until(lambda: answers, "the applied mask")
        return answers[0]

    def close(self):
        for session in self.sessions:
            session.close()
        self.backend.close()
        self.backend._thread.join(PATIENCE)
        while not self._posted.empty():
            self._posted.get()()


def framed(pixels, x=0, y=0):
    height, width = pixels.shape[:2]
    return Picture(Bounds(x, y, width, height), "RGB", pixels.tobytes())


@pytest.fixture
def stage(shared_house):
    stage = Stage(shared_house)
    yield stage
    stage.close()


@pytest.fixture
def own_stage(house):
    stage = Stage(house)
    yield stage
    stage.close()


def shown(state):
    """Return what a preview looks like, for comparing."""
    preview = state.preview
    return (preview.bounds, bytes(preview.alpha), preview.candidate) if preview else None


def test_prompts_set_before_the_image_is_encoded_are_answered(stage):
    session = stage.session(picture(red=SLOW, seed=20))
    session.add_point(75, 50)
    session.add_point(30, 30, foreground=False)
    assert session.state.preview is None
    stage.settled(session)
    assert session.state.preview.area > 0
    assert len(session.state.prompts.points) == 2
    phases = list(dict.fromkeys(state.phase for state in session.seen))
    assert phases[:1] == [Phase.CONNECTING]
    assert phases[-2:] == [Phase.ENCODING, Phase.READY]


def test_undo_and_redo_are_exact(stage):
    session = stage.session(picture(seed=21))
    seen = []
    for change in (
        lambda: session.add_point(75, 50),
        lambda: session.add_point(40, 30),
        lambda: session.set_box(Box(20, 20, 120, 80)),
        lambda: session.add_point(60, 40, foreground=False),
    ):
        change()
        seen.append(shown(stage.settled(session)))
    assert len(set(seen)) == 4
    for expected in (*reversed(seen[:-1]), None):
        assert session.undo()
        assert shown(stage.settled(session)) == expected
    assert not session.undo()
    for expected in seen:
        assert session.redo()
        assert shown(stage.settled(session)) == expected
    assert not session.redo()
    session.clear()
    assert shown(stage.settled(session)) is None
    session.undo()
    assert shown(stage.settled(session)) == seen[-1]


def test_all_candidates_are_there_and_the_chosen_one_is_applied(stage):
    session = stage.session(picture(seed=22))
    session.set_options(MaskOptions(threshold=1))  # the candidates are multiples, the same at 0
    session.add_point(75, 50)
    state = stage.settled(session)
    assert [preview.candidate for preview in state.previews] == [0, 1, 2]
    masks = {}
    for _ in range(3):
        session.next_candidate()
        mask, error = stage.applied(session)
        assert error is None
        masks[session.state.preview.candidate] = bytes(mask.alpha)
    assert len(set(masks.values())) == 3


def test_an_applied_mask_is_what_a_client_gets(stage, shared_house):
    pixels = picture(seed=23, width=300, height=200)
    session = stage.session(pixels, x=1000, y=-500)
    session.add_point(1150, -400)
    stage.settled(session)
    mask, error = stage.applied(session)
    assert error is None
    with shared_house.connect("direct") as client:
        candidate = session.state.preview.candidate
        reply = client.request(apply(put(client, pixels), click(150, 100), candidate=candidate))
    bounds = reply.masks[0].bounds
    assert mask.bounds == bounds.moved(1000, -500)
    assert bytes(mask.alpha) == b"".join(reply.alpha)
    assert mask.bounds.width * mask.bounds.height == len(mask.alpha)


def test_options_and_view_make_the_shown_mask_anew(stage):
    session = stage.session(picture(seed=24), x=10, y=20)
    session.add_point(85, 70)
    before = stage.settled(session)
    session.set_options(MaskOptions(grow=6))
    grown = stage.settled(session)
    assert grown.preview.area > before.preview.area
    session.set_view(View(60, 45, 50, 50, 200, 200))
    near = stage.settled(session)
    assert near.preview.view == View(60, 45, 50, 50, 200, 200)
    assert near.preview.bounds.width > grown.preview.bounds.width


def test_an_existing_selection_is_a_prompt_wherever_it_lies(stage):
    session = stage.session(picture(seed=25), x=100, y=100)
    session.set_mask(Mask(Bounds(120, 120, 40, 30), bytes([255]) * 1200))
    first = stage.settled(session)
    assert first.preview is not None
    session.add_point(200, 180)
    second = stage.settled(session)
    assert shown(first) != shown(second)
    session.undo()
    assert shown(stage.settled(session)) == shown(first)


def test_the_newest_hover_wins_and_leaves_with_the_pointer(stage):
    session = stage.session(picture(seed=26))
    stage.settled(session)
    for x in range(20, 140):
        session.hover(x, 50)
    stage.until(lambda: session.state.hover is not None and not pending_hover(session), "the hover")
    newest = session.state.hover
    assert abs(newest.bounds.x + newest.bounds.width / 2 - 139) < 30
    answered = {id(state.hover) for state in session.seen if state.hover is not None}
    assert len(answered) < 60
    session.hover(None)
    assert session.state.hover is None


def pending_hover(session):
    return session._hovering.is_pending


def test_a_click_ends_the_hover_and_is_not_mixed_up_with_it(stage):
    session = stage.session(picture(seed=27))
    stage.settled(session)
    session.hover(30, 30)
    session.add_point(75, 50)
    clicked = shown(stage.settled(session))
    stage.until(lambda: not pending_hover(session), "the end of hovering")
    assert shown(session.state) == clicked


def test_nothing_can_be_applied_before_there_is_a_mask(stage):
    session = stage.session(picture(seed=28))
    answers = []
    session.apply(lambda *answer: answers.append(answer))
    assert answers[0][1].code == "request.prompt"


def test_many_quick_changes_end_with_the_mask_of_the_last(stage):
    session = stage.session(picture(seed=29))
    stage.settled(session)
    for x in range(40, 100):
        session.set_box(Box(x - 30, 20, x + 30, 80))
    many = shown(stage.settled(session))
    session.clear()
    session.set_box(Box(69, 20, 129, 80))
    assert shown(stage.settled(session)) == many


# Losing the daemon.


def daemon_of(stage):
    stage.until(lambda: stage.backend._client is not None, "the connection")
    return stage.backend._client.welcome.pid


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid), "the end of the daemon")


def test_a_daemon_killed_between_two_clicks_is_replaced_by_itself(own_stage):
    session = own_stage.session(picture(seed=30))
    session.add_point(75, 50)
    before = shown(own_stage.settled(session))
    first = daemon_of(own_stage)
    kill(first)
    session.add_point(40, 30)
    own_stage.until(lambda: daemon_of(own_stage) != first, "another daemon")
    own_stage.settled(session)
    session.undo()
    assert shown(own_stage.settled(session)) == before


def test_a_daemon_killed_in_mid_encode_is_replaced_by_itself(own_stage):
    session = own_stage.session(picture(red=SLOW, seed=31))
    session.add_point(75, 50)
    own_stage.until(lambda: session.state.phase is Phase.ENCODING, "the encoding")
    kill(daemon_of(own_stage))
    assert own_stage.settled(session).preview is not None


def test_a_daemon_killed_in_mid_apply_still_applies(own_stage):
    session = own_stage.session(picture(seed=32))
    session.add_point(75, 50)
    own_stage.settled(session)
    expected, _ = own_stage.applied(session)
    answers = []
    os.kill(daemon_of(own_stage), signal.SIGSTOP)
    session.apply(lambda *answer: answers.append(answer))
    kill(daemon_of(own_stage))
    own_stage.until(lambda: answers, "the applied mask")
    mask, error = answers[0]
    assert error is None
    assert (mask.bounds, bytes(mask.alpha)) == (expected.bounds, bytes(expected.alpha))


def test_apply_waits_for_a_daemon_that_is_on_its_way_back(own_stage):
    session = own_stage.session(picture(red=SLOW, seed=36))
    session.add_point(75, 50)
    own_stage.settled(session)
    kill(daemon_of(own_stage))
    session.add_point(40, 30)
    own_stage.until(lambda: session.state.phase is not Phase.READY, "its noticing")
    mask, error = own_stage.applied(session)
    assert error is None
    assert any(mask.alpha)


def test_a_daemon_that_dies_again_and_again_is_given_up_with_a_sentence(own_stage):
    session = own_stage.session(picture(red=ENDLESS))
    session.add_point(75, 50)
    killed = 0
    while session.state.phase is not Phase.FAILED:
        own_stage.until(lambda: session.state.phase in (Phase.ENCODING, Phase.FAILED), "the encoding")
        if session.state.phase is Phase.ENCODING:
            kill(daemon_of(own_stage))
            killed += 1
            own_stage.until(lambda: session.state.phase is not Phase.ENCODING, "its noticing")
    assert 2 <= killed <= 4
    assert session.state.message.endswith(".")
    session.start(framed(picture(seed=33)))
    assert own_stage.settled(session).message == ""


def test_a_daemon_that_hangs_shows_as_stalled_then_failed_and_recovers_by_itself(own_stage, monkeypatch):
    monkeypatch.setattr(backend_module, "STALL_SECONDS", 0.3)
    monkeypatch.setattr(client_module, "HEARTBEAT_SECONDS", 0.5)
    monkeypatch.setattr(client_module, "SILENCE_SECONDS", 1.5)
    monkeypatch.setitem(Client.__init__.__kwdefaults__, "connect_timeout", 0.5)
    session = own_stage.session(picture(seed=34))
    session.add_point(75, 50)
    before = shown(own_stage.settled(session))
    pid = daemon_of(own_stage)
    os.kill(pid, signal.SIGSTOP)
    session.add_point(40, 30)
    own_stage.until(lambda: session.state.stalled, "the stall")
    own_stage.until(lambda: session.state.phase is Phase.FAILED, "the failure")
    assert "hangs" in session.state.message
    own_stage.until(lambda: session.state.stalled, "the watchers' word of it")
    os.kill(pid, signal.SIGCONT)
    session.undo()
    assert shown(own_stage.settled(session)) == before  # it goes on by itself
    assert (session.state.message, session.state.stalled) == ("", False)
    assert daemon_of(own_stage) == pid


def test_a_daemon_that_hangs_is_restarted_by_a_call_and_the_session_goes_on(own_stage, monkeypatch):
    monkeypatch.setitem(Client.__init__.__kwdefaults__, "connect_timeout", 0.5)
    session = own_stage.session(picture(seed=36))
    session.add_point(75, 50)
    before = shown(own_stage.settled(session))
    pid = daemon_of(own_stage)
    os.kill(pid, signal.SIGSTOP)
    ends = []
    own_stage.backend.restart(lambda _, error: ends.append(error))
    own_stage.until(lambda: ends, "the restart")
    assert ends == [None]
    assert shown(own_stage.settled(session)) == before
    assert daemon_of(own_stage) != pid
    assert not is_alive(pid)


def test_a_restart_that_fails_says_why(own_stage, house, monkeypatch):
    monkeypatch.setattr(
        own_stage.backend, "_installation", house.installation._replace(python=house.places.home)
    )
    ends = []
    own_stage.backend.restart(lambda _, error: ends.append(error))
    own_stage.until(lambda: ends, "the end")
    assert "not set up" in ends[0].message


def test_a_short_stall_passes(own_stage, monkeypatch):
    monkeypatch.setattr(backend_module, "STALL_SECONDS", 0.3)
    session = own_stage.session(picture(seed=35))
    own_stage.settled(session)
    pid = daemon_of(own_stage)
    os.kill(pid, signal.SIGSTOP)
    session.add_point(75, 50)
    own_stage.until(lambda: session.state.stalled, "the stall")
    os.kill(pid, signal.SIGCONT)
    assert own_stage.settled(session).preview is not None
    own_stage.until(lambda: not session.state.stalled, "the end of the stall")
    assert daemon_of(own_stage) == pid


def test_a_backend_that_is_not_set_up_fails_with_a_sentence(own_stage, house, monkeypatch):
    monkeypatch.setattr(
        own_stage.backend, "_installation", house.installation._replace(python=house.places.home)
    )
    session = own_stage.session(picture())
    own_stage.until(lambda: session.state.phase is Phase.FAILED, "the failure")
    assert "not set up" in session.state.message


def test_an_image_that_had_to_go_is_put_again(own_stage, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_IMAGE_BUDGET", str(6 << 20))
    sessions = [own_stage.session(picture(seed=40 + number)) for number in range(2)]
    sessions[0].set_mask(Mask(Bounds(10, 10, 40, 30), bytes([255]) * 1200))
    before = [shown(own_stage.settled(session)) for session in sessions]
    others = [own_stage.session(picture(seed=50 + number)) for number in range(4)]
    for session in others:
        own_stage.settled(session)
    sessions[0].set_options(MaskOptions(edge="hard"))
    sessions[0].set_options(MaskOptions())
    assert shown(own_stage.settled(sessions[0])) == before[0]
    phases = [state.phase for state in sessions[0].seen]
    assert phases.count(Phase.READY) > 1


# Ends, and several at once.


def test_closing_in_mid_encode_ends_the_work_and_calls_nothing_more(stage, client):
    session = stage.session(picture(red=ENDLESS, seed=36))
    session.add_point(75, 50)
    stage.until(lambda: session.state.phase is Phase.ENCODING, "the encoding")
    until(lambda: status(client)["encoding"] == 1, "the encoding there")
    session.close()
    told = len(session.seen)
    until(lambda: status(client)["jobs"] == 0, "the end of the work")
    other = stage.session(picture(seed=37))
    stage.settled(other)
    assert len(session.seen) == told
    assert session.state.phase is Phase.CLOSED


def test_a_new_picture_replaces_one_that_is_still_encoded(stage, client):
    session = stage.session(picture(red=ENDLESS, seed=38))
    stage.until(lambda: session.state.phase is Phase.ENCODING, "the encoding")
    session.start(framed(picture(red=QUICK, seed=39)))
    session.add_point(75, 50)
    assert stage.settled(session).preview is not None
    until(lambda: status(client)["jobs"] == 0, "the end of the first encoding")


def test_sessions_on_one_backend_do_not_disturb_each_other(stage):
    sessions = [stage.session(picture(seed=60 + number), x=100 * number) for number in range(4)]
    for number, session in enumerate(sessions):
        session.add_point(100 * number + 75, 50)
    alone = [shown(stage.settled(session)) for session in sessions]
    for _ in range(3):
        for number, session in enumerate(sessions):
            session.add_point(100 * number + 20, 20)
        for session in sessions:
            session.undo()
    assert [shown(stage.settled(session)) for session in sessions] == alone
    sessions[0].close()
    sessions[1].add_point(110, 20)
    assert shown(stage.settled(sessions[1])) != alone[1]


def test_a_closed_backend_ends_its_thread_even_while_a_picture_is_on_its_way(shared_house):
    stage = Stage(shared_house)
    stage.session(np.zeros((6000, 6000, 3), np.uint8))
    stage.until(lambda: stage.backend._client is not None, "the connection")
    stage.close()
    assert not stage.backend._thread.is_alive()


def test_the_whole_answer_is_the_same_as_a_preview_pasted(stage):
    session = stage.session(picture(seed=70, width=64, height=48))
    session.add_point(32, 24)
    preview = stage.settled(session).preview
    mask, _ = stage.applied(session)
    assert preview.bounds == mask.bounds
    assert bytes(preview.alpha) == bytes(mask.alpha)


def test_a_candidate_chosen_while_the_view_is_answered_stays(stage):
    session = stage.session(picture(seed=31))
    session.add_point(75, 50)
    stage.settled(session)
    session.set_view(View(10, 10, 60, 40, 120, 80))
    session.next_candidate()
    wanted = session.state.preview.candidate
    assert session.state.busy
    stage.settled(session)
    assert session.state.preview.candidate == wanted
    assert session.state.preview.view == View(10, 10, 60, 40, 120, 80)


def test_a_picture_that_cannot_be_sent_fails_alone(stage):
    failed = []
    stage.backend.put_image(4, 4, "RGB", [1, 2, 3], lambda reply, error: failed.append(error))
    stage.until(lambda: failed, "the refusal")
    assert failed[0].code == "protocol.field"
    session = stage.session(picture(seed=61))
    session.add_point(75, 50)
    assert stage.settled(session).preview is not None
