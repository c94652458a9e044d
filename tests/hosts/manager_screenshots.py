# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the guides' pictures of the model manager: `python -m tests.hosts.manager_screenshots [FOLDER [NUMBER...]]`.

A server on this machine plays the hub: it has as many bytes as the real one, none of them true, and is slow.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

from tests.hosts import roots
from tests.hosts.gimp.desktop import Desktop
from tests.hosts.gimp.harness import CHECKOUT, Home
from tests.hosts.krita.harness import Krita, Machine, wait_for
from tests.hosts.krita.test_mode import RED, click, pick
from tests.unit.tricky_server import Trick, TrickyServer

from maskwright_backend.store.catalogue import find

MODEL = "mobile-sam"
KRITAS = {"5.1": None, "5.3": "forky"}
GIMPS = {"3.0": "trixie", "3.2": "forky"}


def hub():
    """A server with MobileSAM's encoder, all of it zeros, at 4 MB a second."""
    server = TrickyServer()
    known = find(MODEL)
    path = known.files["encoder.onnx"].partition("huggingface.co")[2]
    server.files[path] = bytes(known.card.files["encoder.onnx"].size)
    server.tricks[path] = Trick(drip=1_000_000)
    return contextlib.closing(server)


def krita(version, language, window, hint=None):
    """The window over Krita while a model comes, and if wanted the hint over the canvas."""
    with hub() as server:
        env = {"HF_ENDPOINT": server.url, "LANGUAGE": language}
        with Krita(Machine(KRITAS[version]), env=env) as editor:
            editor.need_daemon()
            editor.run("mode:fresh")
            if hint is not None:
                the_hint(editor, hint)
            editor.run("mode:open_discs")
            editor.run("manager:show")
            wait_for(lambda: MODEL in editor.run("manager:rows"), "the list")
            editor.run("manager:resize", width=1000, height=600)
            editor.run("manager:choose", id=MODEL)
            editor.run("manager:get", model=MODEL)
            wait_for(lambda: editor.run("manager:done", model=MODEL) > 9_000_000, "a few megabytes")
            x, y, width, height = editor.run("manager:geometry")
            editor.display.screenshot(window, (x, y, width, height))
            editor.run("manager:close")


def the_hint(editor, path):
    editor.run("mode:open_discs")
    editor.run("mode:start")
    pick(editor, RED)
    for count, spot in enumerate(((20, 20), (300, 30), (400, 300), (40, 300)), 2):
        click(editor, spot, button=3)
        wait_for(lambda count=count: len(editor.run("mode:state")["points"]) == count, "the correction")
    wait_for(lambda: editor.run("manager:hint"), "the hint")
    x, y, width, height = editor.run("manager:hint_geometry")
    editor.display.screenshot(path, (x - 120, y - 60, width + 240, height + 240))
    editor.display.key("Escape")
    editor.run("mode:wait_off")
    editor.run("mode:fresh")


def gimp(version, locale, window):
    """The window over GIMP's dialog while a model comes."""
    root = roots.root(GIMPS[version])
    with hub() as server, contextlib.closing(Home(GIMPS[version], root)) as home:
        extra = {"HF_ENDPOINT": server.url, **locale}
        with Desktop(root, home, extra) as user:
            number = user.run("windows:show", path=str(CHECKOUT / "examples" / "coffee.png"))
            user.open_dialog(number)
            user.display.click(*user.until(lambda now: now.get("more"))["more"])
            shown = lambda now: now["manager"] and MODEL in now["manager"]["rows"]  # noqa: E731
            user.until(lambda now: shown(now) and now["manager"]["active"])
            user.key("Home")
            user.until(lambda now: now["manager"]["chosen"] == "maskwright-builtin")
            user.key("Down")
            user.until(lambda now: now["manager"]["chosen"] == MODEL)
            press(user, 0)
            user.until(lambda now: len(now["manager"]["windows"]) == 2)
            press(user, None)
            user.until(
                lambda now: any(part in now["coming"] for part in ("20 %", "21 %", "22 %", "23 %", "24 %"))
            )
            user.display.screenshot(window, (60, 20, 1240, 860))
            user.key("Escape")
            user.until(lambda now: now["manager"] is None)
            user.dismiss()


def press(user, place):
    """Press *Get…*, or in the small window the button that accepts; their words depend on the language."""
    labels = (
        ("Get…", "Holen …", "入手…")
        if place == 0
        else ("Accept and Get", "Annehmen und holen", "同意して入手")
    )
    found = user.until(lambda now: any(now["manager"]["buttons"].get(label) for label in labels))
    user.soon(lambda: user.now["beats"] > found["beats"] + 20)
    buttons = user.now["manager"]["buttons"]
    user.display.click(*next(buttons[label] for label in labels if buttons.get(label)))


def main(folder, wanted):
    shots = (
        lambda: krita("5.1", "", folder / "models-window.png", folder / "krita-models-hint.png"),
        lambda: krita("5.3", "", folder / "krita-models.png"),
        lambda: gimp("3.0", {"LC_ALL": "ja_JP.UTF-8"}, folder / "gimp-models-japanese.png"),
        lambda: gimp("3.2", {"LANGUAGE": "de", "LC_ALL": "C.UTF-8"}, folder / "gimp-models.png"),
    )
    for number, take in enumerate(shots, 1):
        if not wanted or str(number) in wanted:
            take()


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else None
    main(Path(chosen) if chosen else Path(tempfile.gettempdir()), sys.argv[2:])
