# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP on a screen, and a user in front of it who sees the dialog through the spy."""

import json
import subprocess
import tempfile
import time
from pathlib import Path

from tests.hosts.gimp.harness import Gimp
from tests.hosts.krita.harness import Display

SPY = Path(__file__).parent / "spy"
PATIENCE = 40
DIALOG = "^(Select Object|Objekt auswählen|対象を選択)$"


class Screen(Display):
    """A display whose xdotool can be asked, too."""

    def move(self, x, y):
        """Move the pointer; `--sync` would wait for 15 seconds where it is there already."""
        self.xdotool("mousemove", round(x) - 2, round(y) - 2, "mousemove", round(x), round(y))

    def double_click(self, x, y, button=1):
        """Click twice, as fast as for a double click."""
        self.move(x, y)
        self.xdotool("click", "--repeat", 2, "--delay", 40, button)

    def xdotool_answer(self, *words):
        return self._run("xdotool", *map(str, words)).decode()


class Desktop:
    """Use it as a context manager."""

    def __init__(self, root, home, extra=None):
        self._root, self.home = root, home
        self._extra = extra or {}
        self._report = home.folder / "report.json"
        self._paused = home.folder / "report.json.paused"
        self._is_open = False

    def __enter__(self):
        self.display = Screen()
        self._manager = subprocess.Popen(
            ["openbox"], env=self.display.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        extra = {"PYTHONPATH": str(SPY), "MASKWRIGHT_TEST_REPORT": str(self._report), **self._extra}
        self.gimp = Gimp(self._root, self.home, self.display, extra)
        return self

    def __exit__(self, *_):
        self.gimp.close()
        self._manager.terminate()
        self._manager.wait(10)
        self.display.close()

    def run(self, call, **args):
        return self.gimp.run(call, **args)

    # The dialog.

    def open_dialog(self, number, phase="ready"):
        self.start_dialog()
        self.gimp.post("windows:dialog", number=number)
        return self.opened(phase)

    def opened(self, phase="ready"):
        """Wait until the dialog is as far as that and the keyboard is its own."""
        self.until(lambda now: now["phase"] == phase and now.get("apply"))
        self.activate(DIALOG)
        return self.until(lambda now: now["phase"] == phase and now["focused"])

    def choose_from_menu(self, title):
        """Open the dialog by Select > Object... in the window whose title matches."""
        self.activate(title)
        self.start_dialog()
        self.key("alt+s", "j")
        return self.opened()

    def start_dialog(self):
        """Forget what an earlier dialog has shown, before another one opens."""
        self._report.unlink(missing_ok=True)
        self._paused.unlink(missing_ok=True)
        self._is_open = True

    def pause_watching(self):
        """Have the dialog not look any more whether the image changes: what comes now comes too fast for it."""
        self._paused.touch()

    def gone(self):
        """Wait for the end of a dialog that was opened from the menu, and of its process.

        Only when that ends, what it did is written down for Repeat.
        """
        self._is_open = False
        self.soon(lambda: self.now.get("closed"))
        self.soon(lambda: not Path(f"/proc/{self.now['pid']}").exists())

    def becomes(self, number, wanted):
        """Wait until an image is as wanted, and return what it is then.

        While another plug-in writes, GIMP may hand out half of the old and half of the new pixels.
        """
        deadline = time.monotonic() + PATIENCE
        while not wanted(now := self.run("windows:state", number=number)):
            assert time.monotonic() < deadline, now
        return now

    def closed(self):
        """Wait for the dialog's end and return what the procedure answered."""
        self._is_open = False
        return self.gimp.answer()

    def dismiss(self):
        """Close the dialog if a test has left it open."""
        if self._is_open:
            self.activate(DIALOG)
            self.key("Escape")
            self.closed()

    def forget(self):
        """Have the next dialog start with the defaults."""
        (self.home.profile / "maskwright-select.json").unlink(missing_ok=True)

    @property
    def now(self):
        """What the dialog shows."""
        try:
            return json.loads(self._report.read_text())
        except FileNotFoundError:
            return {"viewport": None, "phase": None}  # not shown yet

    def until(self, wanted):
        """Wait until what the dialog shows is as wanted, and return it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            now = self.now
            if not now.get("closed") and now["viewport"] and wanted(now):
                return now
            if time.monotonic() > deadline:
                self.display.screenshot(Path(tempfile.gettempdir()) / "maskwright-gimp-failed.png")
                raise AssertionError(f"waited in vain; the dialog shows {now}")
            time.sleep(0.02)

    def soon(self, condition):
        """Wait until a condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.02)

    def answered(self, wanted=lambda _: True):
        """Wait until the present prompts and view are answered."""
        return self.until(lambda now: now["phase"] == "ready" and not now["busy"] and wanted(now))

    # The user's hands.

    def window(self, name):
        """Wait until there is a window whose title matches, and return its number."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.display.xdotool_answer("search", "--onlyvisible", "--name", name).split()[-1]
            except subprocess.CalledProcessError:
                if time.monotonic() > deadline:
                    raise

    def activate(self, name):
        """Bring the window whose title matches to the front, once it is there."""
        self.display.xdotool("windowactivate", "--sync", self.window(name))

    def resize(self, width, height):
        """Give the dialog another size."""
        self.display.xdotool("windowsize", self.window(DIALOG), width, height)

    def at(self, x, y):
        """Where a point of the image is on the screen."""
        now = self.now
        viewport, origin = now["viewport"], now["origin"]
        return (
            origin[0] + (x - viewport["x"]) * viewport["zoom"],
            origin[1] + (y - viewport["y"]) * viewport["zoom"],
        )

    def click(self, x, y, button=1, keys=()):
        self.display.click(*self.at(x, y), button, keys)

    def drag(self, x0, y0, x1, y1, button=1):
        self.display.drag(*self.at(x0, y0), *self.at(x1, y1), button)

    def wheel(self, x, y, clicks):
        button = 4 if clicks > 0 else 5
        self.display.move(*self.at(x, y))
        for _ in range(abs(clicks)):
            self.display.xdotool("click", button)

    def press(self, control):
        self.display.click(*self.now["controls"][control])

    def choose(self, control, index):
        """Choose the item at `index` of a list: open it, move to the item by the arrow keys, and press Return."""
        self.press(control)
        marked = self.until(lambda now: now["popup"] is not None)["popup"]
        while (
            marked != index
        ):  # the pointer lies over the list, and may mark an item of its own when it opens
            self.key("Down" if marked < index else "Up")
            before = marked
            marked = self.until(lambda now: now["popup"] not in (None, before))["popup"]  # noqa: B023
        self.key("Return")
        self.until(lambda now: now["popup"] is None)

    def key(self, *keys):
        self.display.key(*keys)

    def undo(self, number, wanted):
        """Press Ctrl+Z in GIMP's window, and wait until the image is as wanted."""
        self.activate("GIMP$")
        self.key("ctrl+z")
        self.becomes(number, lambda now: now == wanted)

    def redo(self, number, wanted):
        """Press Ctrl+Y in GIMP's window, and wait until the image is as wanted."""
        self.activate("GIMP$")
        self.key("ctrl+y")
        self.becomes(number, lambda now: now == wanted)
