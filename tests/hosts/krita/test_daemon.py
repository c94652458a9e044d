# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon killed, stopped, slow or missing in mid-click: a message and a retry, never a hang or a lost selection."""

import os
import signal
import subprocess
import sys

import pytest
from tests.hosts.krita.conftest import kinds
from tests.hosts.krita.harness import end, profile_env, wait_for
from tests.hosts.krita.test_mode import GREEN, RED, begin, click, pick, value

from maskwright_shared import wire
from maskwright_shared.connection import HOST, USERNAME, Connection
from maskwright_shared.messages import Hello
from maskwright_shared.version import PROTOCOL
from maskwright_shared.zmtp import Dealer

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
@pytest.mark.parametrize("place", ["banner", "docker"])
def test_a_daemon_that_hangs_is_restarted_by_a_button(krita, place):
    begin(krita)
    pick(krita, RED)
    old = krita.daemon_pid()
    krita.signal_daemon(signal.SIGSTOP)
    click(krita, GREEN)
    wait_for(lambda: "Restart It" in krita.run("docker:texts")["shown"], "the button")
    assert "restart it" in krita.run("mode:state")["sentence"]
    if place == "banner":
        krita.display.click(*krita.run("faults:press_banner", text="Restart It"))
    else:
        krita.run("docker:press", text="Restart It")
    wait_for(lambda: krita.daemon_pid() not in (0, old), "a new daemon")
    state = wait_for(lambda: (now := krita.run("mode:state"))["area"] and not now["busy"] and now, "a mask")
    assert len(state["points"]) == 2, "the clicks are kept"
    wait_for(lambda: "Restart It" not in krita.run("docker:texts")["shown"], "the end of the button")
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert (value(krita, RED), value(krita, GREEN)) == (255, 255)


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


@pytest.fixture
def other_daemon(krita):
    """Starts a daemon with other constants in its version module, as an older or a newer Maskwright has them."""
    started = []

    def start(**constants):
        krita.signal_daemon(signal.SIGKILL)
        changes = "".join(f"version.{name} = {value!r}; " for name, value in constants.items())
        code = f"import sys; from maskwright_shared import version; {changes}"
        code += "from maskwright_backend.cli import main; sys.exit(main(['daemon', 'run']))"
        env = {**os.environ, **profile_env(krita.home)}
        process = subprocess.Popen([sys.executable, "-I", "-c", code], env=env, start_new_session=True)
        started.append(process)
        wait_for(lambda: krita.daemon_pid() == process.pid, "the other daemon")
        return process

    yield start
    for process in started:
        end(process)


@kinds("5.1")
def test_an_idle_daemon_of_an_older_version_is_replaced(krita, other_daemon):
    old = other_daemon(VERSION="0.0.1")
    begin(krita)
    pick(krita, RED)
    assert krita.daemon_pid() != old.pid
    assert old.wait(40) == 0
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert value(krita, RED) == 255


@kinds("5.1")
def test_a_daemon_of_another_protocol_in_use_is_told_and_retried(krita, other_daemon):
    old = other_daemon(PROTOCOL=PROTOCOL + 1, VERSION="77.0")
    krita.run("mode:open_discs")
    krita.run("mode:beat")
    known = Connection.read(krita.home / "maskwright/run/connection.json")
    with Dealer(HOST, known.port, USERNAME, known.token) as user:
        user.send(wire.encode(1, Hello("0" * 64, "user", "77.0"), protocol=PROTOCOL + 1))
        assert user.receive(40) is not None
        found = krita.run("mode:start")
        assert (found["phase"], found["retry"]) == ("failed", True)
        assert "77.0" in found["sentence"]
        assert found["sentence"].endswith(".")
        click(krita, RED)
    wait_for(lambda: krita.run("mode:state")["points"], "the click")
    check_beats(krita.run("mode:latest_beat"))
    krita.run("docker:press", text="Retry")
    assert krita.run("mode:wait_mask")["points"], "the click was kept"
    assert old.wait(40) == 0


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
