# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the guide's screenshots in a real GIMP: `python -m tests.hosts.gimp.screenshots [FOLDER]`."""

import sys
from pathlib import Path

from tests.hosts import roots
from tests.hosts.gimp.desktop import DIALOG, Desktop
from tests.hosts.gimp.harness import CHECKOUT, Home

COFFEE = str(CHECKOUT / "examples" / "coffee.png")
WINDOW = (1240, 800)
AREA = (60, 30, *WINDOW)
TITLE = 20


def main(folder):
    root = roots.root("trixie")
    for locale, take in (("C.UTF-8", english), ("ja_JP.UTF-8", japanese)):
        home = Home("trixie", root)
        try:
            with Desktop(root, home, {"LC_ALL": locale}) as user:
                take(user, folder)
        finally:
            home.close()


def english(user, folder):
    number = user.run("windows:show", path=COFFEE)
    pick_the_cup(user, number)
    shot(user, folder / "gimp-dialog.png")
    choose(user, "style", 4)
    shot(user, folder / "gimp-chequers.png")
    choose(user, "style", 1)
    user.wheel(400, 80, 7)
    user.answered(lambda now: now["viewport"]["zoom"] > 4 and now["area"])
    user.display.move(*user.now["apply"])
    user.until(lambda now: not now["hover"])
    shot(user, folder / "gimp-zoom.png")
    choose(user, "style", 0)
    user.activate(DIALOG)
    user.display.click(*user.now["apply"])
    user.closed()
    user.activate("GIMP$")
    place(user, "GIMP$", 60, 30)
    user.key("shift+ctrl+j")
    user.becomes(number, lambda now: now["selected"])
    user.display.screenshot(folder / "gimp-selection.png", AREA)


def japanese(user, folder):
    number = user.run("windows:show", path=COFFEE)
    pick_the_cup(user, number)
    x, y, width, height = AREA  # without the title: the window manager has no Japanese letters
    user.display.screenshot(folder / "gimp-japanese.png", (x, y + TITLE, width, height - TITLE))
    user.dismiss()


def pick_the_cup(user, number):
    user.open_dialog(number)
    place(user, DIALOG, 60, 30)
    user.until(lambda now: now["viewport"]["width"] > 860)
    user.drag(75, 15, 490, 392)
    user.answered(lambda now: now["area"])
    if not user.now["values"]["fill_holes"]:
        user.press("fill_holes")
    user.answered(lambda now: now["values"]["fill_holes"])
    user.click(468, 322, button=3)
    user.answered(lambda now: now["points"] and now["area"])
    user.display.move(*user.now["apply"])
    user.until(lambda now: not now["hover"])


def choose(user, name, index):
    user.choose(name, index)
    user.display.move(*user.now["apply"])
    user.answered(lambda now: not now["hover"])


def place(user, name, x, y):
    window = user.window(name)
    user.display.xdotool("windowmove", window, x, y, "windowsize", window, WINDOW[0] - 2, WINDOW[1] - 24)


def shot(user, path):
    user.display.screenshot(path, AREA)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / "docs" / "images")
