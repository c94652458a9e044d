# SPDX-License-Identifier: GPL-3.0-or-later
"""Several models: the docker's choice with measured figures, a kept one that is gone, and one that is slow."""

import re
import shutil
import signal

import pytest
from tests.hosts.krita.conftest import machine
from tests.hosts.krita.harness import Krita, wait_for
from tests.hosts.krita.test_daemon import check_beats
from tests.hosts.krita.test_mode import RED, begin, click, pick, value
from tests.protocol import moody_model

FIGURES = re.compile(r"\(\d[^+]* m?s \+ \d.* m?s\)")
MIDDLE = (48, 48)


@pytest.fixture(scope="module")
def moody():
    """A Krita whose backend has a second model, which is as slow as a test wants."""
    with Krita(machine(None)) as running:
        moody_model.install(running.home / "maskwright/models")
        yield running


@pytest.fixture
def krita(moody):
    moody.run("mode:fresh")
    return moody


def test_the_docker_offers_the_models_with_what_they_cost(krita):
    begin(krita)
    found = wait_for(
        lambda: len((c := krita.run("docker:chooser"))["items"]) == 2 and c, "the models in their row"
    )
    assert found["shown"]
    assert found["current"] == "maskwright-builtin"
    pick(krita, RED)
    found = wait_for(
        lambda: FIGURES.search((c := krita.run("docker:chooser"))["items"][0]) and c, "measured figures"
    )
    assert "as measured on this computer" in found["tip"]
    assert "Licence" in found["tip"]
    krita.run("docker:choose_model", id="moody")
    wait_for(lambda: krita.run("mode:state")["phase"] == "ready", "the other model")
    assert krita.run("mode:state")["model"] == "moody"
    assert krita.run("mode:wait_mask")["points"], "the click was kept"
    assert krita.run("docker:chooser")["kept"] == "moody"
    wait_for(lambda: all(map(FIGURES.search, krita.run("docker:chooser")["items"])), "its figures")


def test_a_kept_model_that_is_gone_gives_way_to_the_default(krita):
    krita.run("mode:open_discs")
    krita.run("mode:choose", model="moody")
    folder = krita.home / "maskwright/models/moody"
    away = folder.rename(krita.home / "moody-away")
    try:
        krita.signal_daemon(signal.SIGKILL)
        krita.run("mode:watch_sentences")
        assert krita.run("mode:start")["phase"] == "ready"
        pick(krita, RED)
        assert krita.run("mode:state")["model"] == ""
        assert krita.run("docker:chooser")["kept"] == ""
        said = krita.run("mode:sentences")
        assert not any(phase == "failed" for phase, _ in said), said
        krita.display.key("Return")
        krita.run("mode:wait_off")
        assert value(krita, RED) == 255
    finally:
        shutil.move(away, folder)
        krita.signal_daemon(signal.SIGKILL)


def test_a_slow_click_is_told_and_can_be_left(krita):
    """The decoder takes ten times longer for each click that takes away."""
    krita.run("mode:choose", model="moody", hover=False)
    krita.run("mode:open_plain", red=moody_model.QUICK)
    krita.run("mode:start")
    pick(krita, MIDDLE)
    krita.run("mode:beat")
    for n in range(7):
        click(krita, (20 + 8 * n, 20), button=3)
    wait_for(lambda: krita.run("mode:state")["sentence"] == "One moment…", "the word for a slow mask")
    assert krita.run("mode:state")["busy"]
    check_beats(krita.run("mode:latest_beat"))
    krita.display.key("Escape")
    assert krita.run("mode:wait_off")["on"] is False
    assert krita.run("mode:tree")["modified"] is False
    krita.run("mode:start")
    pick(krita, MIDDLE)
    assert krita.run("mode:state")["previews"] >= 1, (
        "the next picking does not wait for the one that was left"
    )


def test_a_slow_encoding_is_told_and_can_be_left(krita):
    krita.run("mode:choose", model="moody", hover=False)
    krita.run("mode:open_plain", red=moody_model.ENDLESS)
    krita.run("mode:beat")
    krita.run("mode:start", wait=False)
    wait_for(lambda: krita.run("mode:state")["phase"] == "encoding", "the encoding")
    click(krita, MIDDLE)
    wait_for(lambda: len(krita.run("mode:state")["points"]) == 1, "the click")
    assert krita.run("mode:state")["sentence"] == "Looking at the image… You can click already."
    check_beats(krita.run("mode:latest_beat"))
    krita.display.key("Escape")
    krita.run("mode:wait_off")
    begin(krita, model="")
    pick(krita, RED)
