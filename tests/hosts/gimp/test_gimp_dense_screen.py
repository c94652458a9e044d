# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog on a screen of high density, where each of GTK's pixels is two screen pixels wide."""

import pytest
from PIL import Image, ImageChops
from tests.hosts.conftest import debian
from tests.hosts.gimp.conftest import COFFEE
from tests.hosts.gimp.desktop import Desktop
from tests.hosts.gimp.harness import Home

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(200)]


def test_clicks_land_where_they_are_seen_and_the_picture_is_sharp(tmp_path):
    root = debian("trixie")
    home = Home("trixie", root)
    try:
        with Desktop(root, home, {"GDK_SCALE": "2"}) as user:
            number = user.run("windows:show", path=COFFEE)
            user.open_dialog(number)
            user.click(270, 200)
            found = user.answered(lambda now: now["area"])["points"][0]
            assert abs(found[0] - 270) <= 1
            assert abs(found[1] - 200) <= 1
            user.drag(130, 60, 470, 340)
            box = user.answered(lambda now: now["area"] and now["box"])["box"]
            assert all(abs(a - b) <= 1 for a, b in zip(box, (130, 60, 470, 340), strict=True))
            user.key("Delete", "1")
            user.display.move(*user.now["controls"]["source"])
            user.answered(lambda now: now["viewport"]["zoom"] == 1.0 and not now["hover"] and not now["box"])
            user.soon(lambda: seen(user, tmp_path / "shot.png") == 0)
            user.dismiss()
    finally:
        home.close()


def seen(user, path):
    """How many of the screen's pixels differ from the photograph's own.

    GTK says where a window is in its own pixels, so half of one (one of the screen's) is not known.
    """
    viewport = user.now["viewport"]
    x, y = (max(0, int(viewport[axis])) + 20 for axis in "xy")
    left, top = (round(value) for value in user.at(x, y))
    user.display.screenshot(path, (left, top, 161, 121))
    with Image.open(path) as shot, Image.open(COFFEE) as photograph:
        wanted = photograph.convert("RGB").crop((x, y, x + 160, y + 120))
        found = [shot.convert("RGB").crop((dx, dy, dx + 160, dy + 120)) for dx in (0, 1) for dy in (0, 1)]
    differences = [ImageChops.difference(part, wanted).convert("L").tobytes() for part in found]
    return min(sum(value > 2 for value in difference) for difference in differences)
