# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog in a real GIMP when the daemon is killed, stopped, slow, hanging, missing, or of another version."""

import contextlib
import json
import os
import shutil
import signal
import time

import pytest
from tests.hosts.gimp.harness import CHECKOUT
from tests.protocol import moody_model

from maskwright_plugin.setup.source import CARRIED
from maskwright_shared import wire
from maskwright_shared.connection import HOST, USERNAME, Connection
from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.launcher import stop_daemon
from maskwright_shared.messages import Hello
from maskwright_shared.stamp import UNFINISHED, write_stamp
from maskwright_shared.version import PROTOCOL, VERSION
from maskwright_shared.zmtp import Dealer

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(200)]
COFFEE = str(CHECKOUT / "examples" / "coffee.png")
CUP = (270, 200)
PATIENCE = 60


@pytest.fixture
def slow(desktop):
    """A white image, on which the model `moody` works for hours; it is the second in the list of models."""
    folder = moody_model.install(desktop.home.places.models)
    number = desktop.run("windows:show", size=[900, 700])
    yield number
    desktop.dismiss()
    desktop.run("windows:close", number=number)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    desktop.forget()


def test_killed_in_mid_work_it_is_started_again(desktop, image):
    desktop.open_dialog(image)
    first = desktop.home.daemon_pid()
    os.kill(first, signal.SIGKILL)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])
    assert desktop.home.daemon_pid() not in (first, None)


def test_stopped_it_leaves_the_dialog_alive(desktop, image):
    desktop.open_dialog(image)
    pid = desktop.home.daemon_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        desktop.click(*CUP)
        before = desktop.until(lambda now: now["stalled"])
        assert "does not answer" in before["status"]
        desktop.until(lambda now: now["beats"] > before["beats"] + 5)
        desktop.key("Escape")
        assert desktop.closed() == "cancel"
    finally:
        os.kill(pid, signal.SIGCONT)


def test_stopped_it_is_restarted_by_a_button_and_the_clicks_stay(desktop, image):
    desktop.open_dialog(image)
    pid = desktop.home.daemon_pid()
    os.kill(pid, signal.SIGSTOP)
    desktop.click(*CUP)
    now = desktop.until(lambda now: now["stalled"] and now["button"])
    assert now["offered"] == "Restart it"
    desktop.display.click(*now["button"])
    now = desktop.answered(lambda now: now["area"] and not now["stalled"])
    assert len(now["points"]) == 1
    assert not now["offered"]
    assert desktop.home.daemon_pid() not in (pid, None)


def test_apply_waits_for_a_daemon_that_was_lost(desktop, image):
    """Enter right after a click that found the daemon gone: what is applied is what the new one answers."""
    desktop.open_dialog(image)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])
    os.kill(desktop.home.daemon_pid(), signal.SIGKILL)
    desktop.click(300, 150)
    desktop.key("Return")
    assert desktop.closed() == "success"
    assert desktop.run("windows:state", number=image)["selected"]


def test_hanging_from_the_start_it_is_a_sentence_and_a_button(desktop, image):
    with desktop.home.start_daemon() as client:
        pid = client.welcome.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        desktop.start_dialog()
        desktop.gimp.post("windows:dialog", number=image)
        early = desktop.until(lambda now: now["phase"] == "connecting")
        failed = desktop.until(lambda now: now["phase"] == "failed" and now["button"])
        assert "daemon hangs" in failed["status"]
        assert failed["beats"] > early["beats"] + 5
        assert failed["offered"] == "Restart it"
        desktop.display.click(*failed["button"])
        desktop.opened()
        assert desktop.home.daemon_pid() not in (pid, None)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])


def test_a_slow_one_takes_clicks_and_another_model_meanwhile(desktop, slow):
    desktop.open_dialog(slow)
    desktop.until(lambda now: len(now["models"]) == 2)
    desktop.choose("model", 1)
    early = desktop.until(lambda now: now["phase"] == "encoding")
    desktop.click(400, 300)
    waiting = desktop.until(lambda now: now["points"])
    assert waiting["area"] is None
    assert waiting["status"] == "Looking at the image… You can click already."
    desktop.until(lambda now: now["beats"] > early["beats"] + 5)
    desktop.choose("model", 0)
    done = desktop.answered(lambda now: now["candidates"])
    assert len(done["points"]) == 1


def test_a_slow_one_can_be_left(desktop, slow):
    desktop.open_dialog(slow)
    desktop.until(lambda now: len(now["models"]) == 2)
    desktop.choose("model", 1)
    desktop.until(lambda now: now["phase"] == "encoding")
    desktop.key("Escape")
    assert desktop.closed() == "cancel"


def test_a_remembered_model_that_was_removed_gives_way_to_the_default(desktop, image):
    (desktop.home.profile / "maskwright-select.json").write_text(json.dumps({"model": "gone"}))
    desktop.open_dialog(image)
    desktop.click(*CUP)
    desktop.answered(lambda now: now["area"])


def test_no_backend_is_a_sentence_and_a_button(desktop, image):
    interpreter = desktop.home.installation.python
    away = interpreter.with_name("away")
    desktop.open_dialog(image)
    interpreter.rename(away)
    try:
        os.kill(desktop.home.daemon_pid(), signal.SIGKILL)
        desktop.click(*CUP)
        failed = desktop.until(lambda now: now["phase"] == "failed" and now["button"])
        assert "not set up" in failed["status"]
        assert not failed["can_apply"]
        desktop.display.click(*failed["button"])  # this bundle carries no backend to set up
        failed = desktop.until(lambda now: "installed without its backend" in now["status"] and now["button"])
        desktop.resize(1000, 700)  # what else happens in the dialog does not take the sentence away
        desktop.until(lambda now: now["size"] == [1000, 700] and now["viewport"] != failed["viewport"])
        time.sleep(0.5)  # the view has settled then
        failed = desktop.now
        assert "installed without its backend" in failed["status"]
    finally:
        away.rename(interpreter)
    desktop.display.click(*failed["button"])
    desktop.answered(lambda now: now["area"])


@pytest.fixture
def environment(desktop):
    """The home's own environment as a setup leaves it that was cut short: its Python starts, and knows nothing."""
    with contextlib.suppress(ConnectionFailed):
        stop_daemon(desktop.home.installation, "test")
    places = desktop.home.places
    places.interpreter.parent.mkdir(parents=True)
    places.interpreter.write_text("#!/bin/sh\nexit 1\n")
    places.interpreter.chmod(0o755)
    write_stamp(places.environment, UNFINISHED)
    yield places
    desktop.dismiss()
    shutil.rmtree(places.environment)


def finish(desktop, places):
    """Have the environment as a setup leaves it in the end."""
    shutil.copy(desktop.home.installation.python, places.interpreter)
    write_stamp(places.environment, "a1b2")


def test_what_a_setup_left_half_made_is_set_up_again(desktop, image, environment):
    desktop.start_dialog()
    desktop.gimp.post("windows:dialog", number=image)
    failed = desktop.until(lambda now: now["phase"] == "failed" and now["button"])
    assert "not set up" in failed["status"]
    assert failed["offered"] == "Set up"
    desktop.display.click(*failed["button"])
    failed = desktop.until(lambda now: "installed without its backend" in now["status"] and now["button"])
    assert failed["offered"] == "Set up"
    desktop.resize(780, 700)
    failed = desktop.until(lambda now: now["size"] == [780, 700] and now["viewport"] != failed["viewport"])
    assert not failed["cut"]
    finish(desktop, environment)
    desktop.display.click(*failed["button"])
    assert not desktop.opened()["offered"]


def test_an_older_backend_than_the_one_carried_can_be_updated(desktop, image, environment):
    finish(desktop, environment)
    wheel = desktop.home.bundle / CARRIED / "maskwright-9.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    (environment.environment / "lib/python3.11/site-packages/maskwright-0.1.0.dist-info").mkdir(parents=True)
    try:
        assert desktop.open_dialog(image)["offered"] == "Update"
        desktop.click(*CUP)
        assert desktop.answered(lambda now: now["area"])["offered"] == "Update"
    finally:
        shutil.rmtree(wheel.parent)


def opened_and_quiet(desktop, image):
    """Open the dialog, and wait until it asks the daemon for nothing more: no hover, no list of models."""
    now = desktop.open_dialog(image)
    desktop.display.move(*now["apply"])
    desktop.answered(lambda now: now["values"]["model"] and not now["pointing"])


@pytest.mark.parametrize("constants", [{"VERSION": "0.0.9"}, {"VERSION": "77.0", "PROTOCOL": PROTOCOL + 1}])
def test_another_version_that_nobody_uses_is_replaced(desktop, image, constants):
    opened_and_quiet(desktop, image)
    with desktop.home.other_daemon(**constants) as other:  # while the dialog is open
        desktop.click(*CUP)
        desktop.answered(lambda now: now["area"])
        assert other.wait(PATIENCE) == 0
    with desktop.home.client() as client:
        assert client.welcome.version == VERSION


def test_another_version_in_use_is_a_sentence_and_a_button(desktop, image):
    opened_and_quiet(desktop, image)
    with desktop.home.other_daemon(VERSION="77.0", PROTOCOL=PROTOCOL + 1):
        known = Connection.read(desktop.home.places.connection_file)
        with Dealer(HOST, known.port, USERNAME, known.token) as user:
            user.send(wire.encode(1, Hello("0" * 64, "user", "77.0"), protocol=PROTOCOL + 1))
            assert json.loads(bytes(user.receive(PATIENCE)[0]))["type"] == "welcome"
            desktop.click(*CUP)
            failed = desktop.until(lambda now: now["phase"] == "failed" and now["button"])
            assert "77.0" in failed["status"]
            assert not failed["can_apply"]
    desktop.display.click(*failed["button"])  # now that it has ended
    desktop.answered(lambda now: now["area"])
