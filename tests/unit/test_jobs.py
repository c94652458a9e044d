# SPDX-License-Identifier: GPL-3.0-or-later
"""Lanes: who hears of a job's end, when, and how much is said to be left then."""

import queue
import threading

import pytest

from maskwright_backend.engine.jobs import Job, Lane
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
