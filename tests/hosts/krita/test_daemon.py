# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon killed, stopped, slow or missing in mid-click: a message and a retry, never a hang or a lost selection."""

import signal

from tests.hosts.krita.conftest import kinds
from tests.hosts.krita.harness import wait_for
from tests.hosts.krita.test_mode import GREEN, RED, begin, click, pick, value

LATE_MS = 1500
"""How late a beat of the main thread may be at most: far less than any timeout, more than a loaded machine makes it."""

SLOT_MS = 30
"""What a slot of ours may take of the main thread, apart from reading and writing pixels."""


def check_beats(found):
    assert found["late"] < LATE_MS
    slow = {name: took for name, took in found["slots"].items() if took > SLOT_MS}
    assert slow == {}


@kinds("5.1")
def test_a_daemon_that_is_killed_comes_back_by_itself(krita):
    begin(krita)
    pick(krita, RED)
    old = krita.daemon_pid()
    krita.signal_daemon(signal.SIGKILL)
    click(krita, GREEN)
    wait_for(lambda: krita.daemon_pid() not in (0, old), "a new daemon")
    wait_for(lambda: len(krita.run("mode:state")["points"]) == 2, "the click")
    krita.run("mode:wait_mask")
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert (value(krita, RED), value(krita, GREEN)) == (255, 255)


@kinds("5.1")
def test_a_daemon_killed_while_applying_loses_nothing(krita):
    begin(krita)
    pick(krita, RED)
    krita.signal_daemon(signal.SIGSTOP)
    krita.display.key("Return")
    wait_for(lambda: krita.run("mode:state")["sentence"] == "Applying…", "Applying…")
    krita.signal_daemon(signal.SIGKILL)
    krita.run("mode:wait_off")
    assert (value(krita, RED), value(krita, GREEN)) == (255, 0)


@kinds("5.1", "5.2")
def test_a_stopped_daemon_is_told_and_can_be_left(krita):
    begin(krita)
    pick(krita, RED)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    krita.run("mode:start")
    pick(krita, GREEN)
    krita.signal_daemon(signal.SIGSTOP)
    try:
        krita.run("mode:beat")
        click(krita, RED)
        wait_for(lambda: "does not answer" in krita.run("mode:state")["sentence"], "the message")
        assert krita.run("mode:state")["retry"]
        check_beats(krita.run("mode:latest_beat"))
        krita.display.key("Escape")
        krita.run("mode:wait_off")
        assert value(krita, RED) == 255, "the earlier selection is still there"
    finally:
        krita.signal_daemon(signal.SIGCONT)


@kinds("5.1")
def test_a_daemon_that_goes_on_is_waited_for(krita):
    begin(krita)
    krita.signal_daemon(signal.SIGSTOP)
    click(krita, RED)
    wait_for(lambda: "does not answer" in krita.run("mode:state")["sentence"], "the message")
    krita.signal_daemon(signal.SIGCONT)
    assert krita.run("mode:wait_mask")["area"] > 1000
    assert "does not answer" not in krita.run("mode:state")["sentence"]


@kinds("5.1")
def test_krita_never_waits_for_the_daemon(krita):
    """A beat of 5 ms on the main thread, from the first start of the daemon to the shown mask."""
    krita.run("mode:open_discs")
    krita.signal_daemon(signal.SIGKILL)
    krita.run("mode:beat")
    krita.run("mode:start")
    pick(krita, RED)
    check_beats(krita.run("mode:latest_beat"))


@kinds("5.1")
def test_several_documents_keep_their_own_pickings(krita):
    krita.run("mode:two_documents")
    krita.run("mode:start")
    first = pick(krita, RED)
    krita.run("mode:activate", index=1)
    assert krita.run("mode:state")["on"] is False
    krita.run("mode:start")
    assert krita.run("mode:state")["points"] == []
    pick(krita, GREEN)
    krita.run("mode:activate", index=0)
    wait_for(lambda: krita.run("mode:state")["points"] == first["points"], "the first document's picking")
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert (value(krita, RED), value(krita, GREEN)) == (255, 0)
    krita.run("mode:activate", index=1)
    assert krita.run("mode:state")["on"]
    assert krita.run("mode:selection") is None


@kinds("5.1", "5.2")
def test_closing_a_document_in_mid_encode(krita):
    krita.run("mode:open_discs", width=2400, height=1800)
    krita.run("mode:start", wait=False)
    krita.run("basics:close_all")
    krita.run("mode:wait_off")
    assert krita.run("mode:pickings") == 0
    begin(krita)
    pick(krita, RED)


@kinds("5.1", "5.2")
def test_closing_krita_in_mid_encode(krita):
    krita.run("mode:open_discs", width=2400, height=1800)
    krita.run("mode:start", wait=False)
    krita.quit()
    assert krita.wait_closed() == 0
