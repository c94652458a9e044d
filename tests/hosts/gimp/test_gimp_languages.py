# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP in German and Japanese: the menu and the dialog speak it."""

import re
import subprocess
import sys

import pytest
from tests.hosts.conftest import debian
from tests.hosts.gimp import catalogues
from tests.hosts.gimp.conftest import running
from tests.hosts.gimp.desktop import Desktop
from tests.hosts.gimp.harness import CHECKOUT, Home

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(200)]
COFFEE = str(CHECKOUT / "examples" / "coffee.png")
LATIN = re.compile("[A-Za-z]{2,}")
NAMES = {
    "Maskwright",
    "IoU",
    "Shift",
    "Backspace",
    "Delete",
    "Enter",
    "Ctrl",
    "Esc",
    "GPL",
    "or",
    "later",
    "ms",
    "built",
    "in",
}
TOLD = "import sys; from maskwright_gimp.texts import told; print(*map(told, sys.argv[1:]), sep=chr(10))"
LOCALES = {"de": "de_DE.UTF-8", "ja": "ja_JP.UTF-8"}


def foreign(texts, language):
    """What of the texts is English: in Japanese every Latin word but names and keys, in German a text of the source."""
    if language == "ja":
        return [text for text in texts if set(LATIN.findall(text)) - NAMES]
    source = set(catalogues.entries(language)) - set(catalogues.entries(language).values())
    return [text for text in texts if text in source]


def test_a_sentence_from_elsewhere_is_translated_with_what_is_in_its_gaps():
    paths = [CHECKOUT / "plugin" / "gimp", CHECKOUT / "plugin", CHECKOUT / "shared"]
    environment = {"LANGUAGE": "ja", "LC_ALL": "C.UTF-8", "PYTHONPATH": ":".join(map(str, paths))}
    said = ["The model's file /a/b.onnx is missing: install the model again.", "Nobody ever said this."]
    found = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", TOLD, *said],
        env=environment,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout.splitlines()
    known = catalogues.entries("ja")
    assert found == [
        known["The model's file {path} is missing: install the model again."].format(path="/a/b.onnx"),
        known["In English: {sentence}"].format(sentence=said[1]),
    ]


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
            assert foreign(user.now["words"], language) == []
            user.click(270, 200)
            answered = user.answered(lambda now: now["area"])
            assert foreign(answered["words"], language) == []
            user.dismiss()
    finally:
        home.close()
