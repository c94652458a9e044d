# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's examples do what it says."""

import re
import shutil

import pytest
from PIL import Image
from tests.hosts.gimp.harness import CHECKOUT

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(120)]
GUIDE = (CHECKOUT / "docs" / "gimp.md").read_text(encoding="utf-8")
ORIENTATION = 0x112
COFFEE = CHECKOUT / "examples" / "coffee.png"


def test_the_folder_of_pictures(gimp):
    script = next(
        code for code in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL) if "file_save" in code
    )
    photos = gimp.home.folder / "photos"
    photos.mkdir()
    with Image.open(COFFEE) as picture:
        picture.convert("RGB").save(photos / "a.jpg")
        lying = picture.convert("RGB").transpose(Image.Transpose.ROTATE_90)
        exif = lying.getexif()
        exif[ORIENTATION] = 6  # to be turned by 90 degrees to the right
        lying.save(photos / "b.JPG", exif=exif)
    (photos / "aa.jpg").write_bytes((photos / "a.jpg").read_bytes()[:300])  # broken, and not the last one
    (photos / "c.jpeg").write_text("no picture at all")
    gimp.run("scripts:execute", folder=str(photos.parent), text=script)
    for name in ("a.png", "b.png"):
        with Image.open(photos / name) as cut:
            alpha = cut.getchannel("A")
            assert cut.size == (600, 400)
            assert alpha.getextrema() == (0, 255)
    assert sorted(path.name for path in photos.glob("*.png")) == ["a.png", "b.png"]
    shutil.rmtree(photos)


def test_every_argument_is_in_the_guide(gimp):
    table = GUIDE.partition("| argument |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`([a-z-]+)`", "".join(line.split("|")[1] for line in table.splitlines()[2:])))
    own = set(gimp.run("scripts:described")["arguments"]) - {"run-mode", "image", "drawables"}
    assert named == own


def test_the_script_fu_example(gimp):
    call = re.search(r"```scheme\n(.*?)```", GUIDE, re.DOTALL).group(1).replace("layer)", "lay)")
    found = gimp.run("scripts:script_fu", path=str(COFFEE), text=call)
    assert found["worked"], found["sentence"]
