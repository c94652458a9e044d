# SPDX-License-Identifier: GPL-3.0-or-later
"""Lanes: who hears of a job's end, when, and how much is said to be left then."""

import queue
import threading

import pytest

from maskwright_backend.engine import jobs
from maskwright_backend.engine.jobs import Job, Lane, Lanes
from maskwright_shared.errors import Cancelled

PATIENCE = 30


@pytest.fixture
def lane():
    lane = Lane("test")
    yield lane
    lane.stop()


@pytest.fixture
def told():
    return queue.Queue()


def test_a_job_counts_no_more_when_its_owner_hears_of_its_end(lane, told):
    lane.submit(Job("one", lambda job: "result", lambda *end: told.put((end, lane.load))))
    assert told.get(timeout=PATIENCE) == (("result", None), 0)


def test_a_job_that_fails_reports_its_error_and_the_lane_goes_on(lane, told):
    lane.submit(Job("one", lambda job: 1 // 0, lambda *end: told.put((end, lane.load))))
    lane.submit(Job("one", lambda job: "next", lambda *end: told.put((end, lane.load))))
    (result, error), _ = told.get(timeout=PATIENCE)
    assert result is None
    assert isinstance(error, ZeroDivisionError)
    assert told.get(timeout=PATIENCE)[0] == ("next", None)


def test_owners_take_turns_and_keep_their_own_order(lane, told):
    begun, go = threading.Event(), threading.Event()

    def wait(job):
        begun.set()
        assert go.wait(PATIENCE)

    lane.submit(Job("first", wait, lambda *end: None))
    assert begun.wait(PATIENCE)
    for owner, name in (("a", "a1"), ("a", "a2"), ("b", "b1"), ("b", "b2")):
        lane.submit(Job(owner, lambda job, name=name: told.put(name), lambda *end: None))
    assert lane.load == 5
    go.set()
    assert [told.get(timeout=PATIENCE) for _ in range(4)] == ["a1", "b1", "a2", "b2"]


def test_stopping_cancels_what_waits_and_runs(lane, told):
    begun, go = threading.Event(), threading.Event()

    def wait(job):
        begun.set()
        assert go.wait(PATIENCE)
        job.check()

    lane.submit(Job("one", wait, lambda *end: told.put(end)))
    lane.submit(Job("two", lambda job: "never", lambda *end: told.put(end)))
    assert begun.wait(PATIENCE)
    lane.stop()
    go.set()
    ends = [told.get(timeout=PATIENCE) for _ in range(2)]
    assert [(result, error.code) for result, error in ends] == [(None, "daemon.stopping")] * 2


def test_a_withdrawn_job_reports_why_and_not_what_its_run_raised(lane, told):
    def work(job):
        job.cancel(Cancelled("request.cancelled", "The request was withdrawn."))
        raise RuntimeError("terminated in the middle of a graph")

    lane.submit(Job("one", work, lambda *end: told.put(end)))
    result, error = told.get(timeout=PATIENCE)
    assert (result, error.code) == (None, "request.cancelled")


@pytest.fixture
def lanes():
    lanes = Lanes("test")
    yield lanes
    lanes.stop()


def test_what_never_ends_under_one_key_holds_up_no_other(lanes, told):
    go = threading.Event()
    lanes.submit("slow", Job("one", lambda job: go.wait(PATIENCE), lambda *end: None))
    lanes.submit("quick", Job("one", lambda job: "done", lambda *end: told.put(end)))
    assert told.get(timeout=PATIENCE) == ("done", None)
    assert lanes.load == 1
    go.set()


def test_a_job_that_waits_can_be_taken_back_and_one_that_runs_cannot(lane):
    begun, go = threading.Event(), threading.Event()
    running = Job("one", lambda job: begun.set() or go.wait(PATIENCE), lambda *end: None)
    waiting = Job("one", lambda job: None, lambda *end: pytest.fail("it was taken back"))
    lane.submit(running)
    assert begun.wait(PATIENCE)
    lane.submit(waiting)
    assert lane.discard(waiting)
    assert not lane.discard(waiting)
    assert not lane.discard(running)
    assert lane.load == 1
    go.set()


def test_a_thread_without_work_ends_and_the_next_job_has_another(lane, told, monkeypatch):
    monkeypatch.setattr(jobs, "LINGER_SECONDS", 0.0)
    for name in ("first", "second"):
        lane.submit(Job("one", lambda job: threading.current_thread(), lambda thread, _: told.put(thread)))
        thread = told.get(timeout=PATIENCE)
        thread.join(PATIENCE)
        assert not thread.is_alive(), name


def test_keys_without_end_make_no_threads_without_end(lanes, told, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_LANES", 4)
    go = threading.Event()
    before = threading.active_count()
    for number in range(50):
        lanes.submit(str(number), Job("one", lambda job: go.wait(PATIENCE), lambda *end: told.put(end)))
    assert threading.active_count() - before <= 4
    go.set()
    for _ in range(50):
        told.get(timeout=PATIENCE)
    assert lanes.load == 0
