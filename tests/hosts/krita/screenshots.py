# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures of docs/krita.md in a real Krita: python -m tests.hosts.krita.screenshots FOLDER [KIND]."""

import shutil
import sys
from pathlib import Path

from tests.hosts.krita.conftest import KINDS, machine
from tests.hosts.krita.harness import CHECKOUT, Krita, wait_for

COFFEE, CUP = CHECKOUT / "examples" / "coffee.png", (308, 119)


def photographs(krita, folder):
    """A click into the cup, the docker, the selection after Enter."""
    shutil.copy(COFFEE, krita.home)
    krita.need_daemon()
    krita.run("mode:open_photo", path=str(krita.home / COFFEE.name), zoom=1.75)
    krita.run("mode:start")
    krita.display.click(*krita.run("mode:to_screen", x=CUP[0], y=CUP[1]))
    krita.run("mode:wait_mask")
    krita.display.move(1399, 899)
    krita.run("views:still")
    krita.display.screenshot(folder / "krita-click.png")
    krita.run("docker:float_at", x=20, y=20, width=240, height=440)
    wait_for(lambda: krita.run("docker:is_enabled", text="Apply"), "the docker")
    krita.display.screenshot(folder / "krita-docker.png", krita.run("docker:rect"))
    krita.run("faults:dock", name="maskwright_docker")
    x, y = krita.run("mode:to_screen", x=CUP[0], y=CUP[1])
    krita.display.move(x, y)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    krita.display.move(1399, 899)
    krita.run("faults:some_looks")
    krita.display.screenshot(folder / "krita-selection.png")


def main(folder, kind="5.1"):
    release, opengl, env = KINDS[kind]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with Krita(machine(release), opengl=opengl, env=env) as krita:
        photographs(krita, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
