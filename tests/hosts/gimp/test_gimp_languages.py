# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP in German and Japanese: the menu and the dialog speak it."""

import pytest
from tests.hosts.conftest import debian
from tests.hosts.gimp import catalogues
from tests.hosts.gimp.conftest import running
from tests.hosts.gimp.desktop import Desktop
from tests.hosts.gimp.harness import CHECKOUT, Home

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(200)]
COFFEE = str(CHECKOUT / "examples" / "coffee.png")
LOCALES = {"de": "de_DE.UTF-8", "ja": "ja_JP.UTF-8"}


@pytest.mark.parametrize("language", LOCALES)
def test_the_menu(language):
    with running("trixie", extra={"LC_ALL": LOCALES[language]}) as gimp:
        found = gimp.run("scripts:described")
    wanted = catalogues.entries(language)
    assert found["label"] == wanted["Ob_ject..."]
    assert found["blurb"] == wanted["Select an object by clicking it"]


@pytest.mark.slow
@pytest.mark.parametrize("language", LOCALES)
def test_the_dialog(language):
    root = debian("trixie")
    home = Home("trixie", root)
    try:
        with Desktop(root, home, {"LC_ALL": LOCALES[language]}) as user:
            number = user.run("windows:show", path=COFFEE)
            user.open_dialog(number)
            wanted = catalogues.entries(language)["Click an object, or drag a box around it."]
            user.until(lambda now: now["status"] == wanted)
            user.dismiss()
    finally:
        home.close()
