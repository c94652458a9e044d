# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker and the texts: narrow, by keyboard, in German and Japanese, and before there is a backend."""

import ast
import shutil

import pytest
from tests.hosts.krita.conftest import kinds, machine
from tests.hosts.krita.harness import CHECKOUT, Krita, carry_wheel, wait_for
from tests.unit.wheels import make_backend

PLUGIN = CHECKOUT / "plugin/krita/maskwright"


def texts():
    """Every text that the code gives to tr(), and every sentence of a HostError."""
    found = set()
    for path in PLUGIN.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("tr", "HostError")
            if named and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def catalogue(language):
    """The catalogue's entries, read in this test's own way."""
    lines = (PLUGIN / f"translations/{language}.po").read_text(encoding="utf-8").splitlines()
    ids = [ast.literal_eval(line[6:]) for line in lines if line.startswith("msgid ")]
    strings = [ast.literal_eval(line[7:]) for line in lines if line.startswith("msgstr ")]
    return dict(zip(ids, strings, strict=True))


@pytest.mark.parametrize("language", ["de", "ja"])
def test_every_text_is_translated(language):
    known = catalogue(language)
    missing = sorted(text for text in texts() if not known.get(text))
    assert missing == []
    for text, translation in known.items():
        assert translation.count("{") == text.count("{")


@pytest.mark.parametrize(("language", "select", "layer"), [
    ("de", "Objekt auswählen", "Aktive Ebene"),
    ("ja", "オブジェクトを選択", "アクティブなレイヤー"),
])  # fmt: skip
def test_krita_in_another_language(language, select, layer):
    with Krita(machine(None), env={"LANGUAGE": language}) as krita:
        found = krita.run("docker:texts")
    assert found["action"] == select
    assert select in found["shown"]
    assert layer in found["shown"]


@kinds("5.1", "5.2", "5.3")
def test_the_docker_fits_into_200_pixels(krita):
    found = krita.run("docker:squeeze", width=200)
    assert found["minimum"] <= 200
    assert found["cut"] == []


@kinds("5.1")
def test_the_docker_is_usable_by_keyboard(krita):
    krita.run("mode:open_discs")
    found = krita.run("docker:tab_order")
    assert found["unreachable"] == []
    assert found["nameless"] == []


@kinds("5.1", "5.2")
def test_the_docker_starts_applies_and_leaves(krita):
    krita.run("mode:open_discs")
    wait_for(lambda: krita.run("docker:is_enabled", text="Select Object"), "the button")
    krita.run("docker:press", text="Select Object")
    wait_for(lambda: krita.run("mode:state")["on"], "the mode")
    x, y = krita.run("mode:to_screen", x=130, y=180)
    krita.display.click(x, y)
    krita.run("mode:wait_mask")
    shown = krita.run("docker:texts")["shown"]
    assert any(text.startswith("Candidate 1 of") for text in shown)
    krita.run("docker:press", text="Apply")
    krita.run("mode:wait_off")
    assert krita.run("mode:value_at", x=130, y=180) == 255


@kinds("5.1", "5.2")
def test_the_docker_follows_the_view_in_front(krita):
    def shown():
        return krita.run("docker:texts")["shown"], krita.run("docker:is_enabled", text="Apply")

    krita.run("mode:open_discs")
    krita.run("mode:start")
    krita.display.click(*krita.run("mode:to_screen", x=130, y=180))
    krita.run("mode:wait_mask")
    krita.run("views:second_view")
    wait_for(lambda: not shown()[1], "a view without a picking")
    assert not any(text.startswith("Candidate") for text in shown()[0])
    krita.display.key("ctrl+Tab")
    wait_for(lambda: shown()[1], "the picking of the first view")
    assert any(text.startswith("Candidate 1 of") for text in shown()[0])
    krita.display.key("ctrl+Tab")
    wait_for(lambda: not shown()[1], "the second view again")


@kinds("5.1", "5.2")
def test_enter_finishes_a_number_and_applies_nothing(krita):
    krita.run("mode:open_discs")
    krita.run("mode:choose", grow=0)
    krita.run("mode:start")
    krita.display.click(*krita.run("mode:to_screen", x=130, y=180))
    krita.run("mode:wait_mask")
    krita.run("docker:begin_number", name="grow")
    krita.display.key("1", "2")
    krita.display.move(*krita.run("mode:to_screen", x=235, y=40))  # hovering changes the state meanwhile
    wait_for(lambda: krita.run("mode:state")["hover"], "a hover mask")
    assert krita.run("docker:options")["grow"] == 0, "a number that is being typed is not yet one"
    krita.display.key("Return")
    wait_for(lambda: krita.run("docker:options")["grow"] == 12, "the number")
    assert krita.run("mode:state")["on"]
    krita.run("mode:choose", grow=0)


def alone(wheel):
    """A Krita whose plugin carries this wheel and has no backend yet; the package index is out of reach."""
    names = ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX")
    env = {**dict.fromkeys(names, "http://127.0.0.1:9/simple"), "PIP_RETRIES": "0"}
    return Krita(machine(None), env=env, backend=None, wheel=wheel)


def shows(krita, text):
    return text in krita.run("docker:texts")["shown"]


def test_the_docker_sets_the_backend_up_and_repairs_a_cancelled_setup(tmp_path):
    with alone(make_backend(tmp_path)) as krita:
        krita.run("mode:open_discs")
        assert any(
            text.startswith("Maskwright needs its backend") for text in krita.run("docker:texts")["shown"]
        )
        krita.run("mode:toggle")
        assert krita.run("mode:state") == {"on": False, "checked": False}
        krita.run("docker:press", text="Set Up")
        krita.run("docker:press", text="Cancel")
        wait_for(lambda: shows(krita, "Try Again"), "the end of the cancelled setup", 60)
        assert krita.run("docker:problem") == "The setup was cancelled: start it again to finish it."
        krita.run("docker:press", text="Try Again")
        wait_for(lambda: krita.run("docker:is_enabled", text="Select Object"), "the end of the setup", 120)
        assert not shows(krita, "Set Up")


def test_a_newer_plugin_offers_the_update_of_its_backend(tmp_path):
    """As after importing a newer zip over an older one: the wheel in the plugin's folder is another one then."""
    with alone(make_backend(tmp_path / "old", version="0.1.0")) as krita:
        krita.run("docker:press", text="Set Up")
        wait_for(lambda: krita.run("docker:is_enabled", text="Select Object"), "the end of the setup", 120)
        folder = krita.home / "data/krita/pykrita/maskwright/backend"
        shutil.rmtree(folder)
        carry_wheel(krita.home, make_backend(tmp_path / "new", version="0.2.0"))
        krita.run("mode:open_discs")
        krita.run("mode:toggle")
        assert krita.run("mode:state")["on"] is False
        assert shows(krita, "This plugin is newer than its backend: update the backend to go on.")
        krita.run("docker:press", text="Update")
        wait_for(lambda: krita.run("docker:is_enabled", text="Select Object"), "the end of the update", 120)
        assert not shows(krita, "Update")
        found = krita.home.glob("maskwright/**/site-packages/maskwright-*.dist-info")
        assert [info.name for info in found] == ["maskwright-0.2.0.dist-info"]


@pytest.mark.slow
def test_a_setup_that_fails_says_why_in_a_sentence(tmp_path):
    with alone(make_backend(tmp_path, requires=("numpy-of-nowhere",))) as krita:
        krita.run("docker:press", text="Set Up")
        wait_for(lambda: shows(krita, "Try Again"), "the end of the failed setup", 120)
        problem = krita.run("docker:problem")
        assert problem.endswith("start the setup again.")
        assert not krita.run("docker:is_enabled", text="Select Object")
