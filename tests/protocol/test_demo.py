# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: one click on the photograph, through a real daemon, with the command that the setup writes."""

import numpy as np
from PIL import Image
from tests.unit import install_module

from maskwright_plugin.setup.command import write_command


def test_the_demo_selects_the_coffee_and_says_where_the_pictures_are(house, tmp_path, monkeypatch, capsys):
    write_command(house.installation)
    monkeypatch.chdir(tmp_path)
    install = install_module.load()
    assert install._demo(house.installation) == 0
    house.connect().close()
    folder = tmp_path / "maskwright-demo"
    said = capsys.readouterr().out
    assert all(str(folder / f"{name}.png") in said for name in ("mask", "overlay", "cutout"))
    assert "maskwright-builtin" in said

    photograph = np.asarray(Image.open(install.PHOTOGRAPH))
    mask = np.asarray(Image.open(folder / "mask.png"))
    x, y = map(int, install.CLICK.split(","))
    assert mask.shape == photograph.shape[:2]
    assert mask.dtype == np.uint8
    assert mask[y, x] == 255
    assert 0.03 < np.mean(mask > 127) < 0.12  # the coffee takes 6 % of the picture, its cup 17 %
    assert mask[300, 360] == 0  # the spoon

    cutout = np.asarray(Image.open(folder / "cutout.png"))
    assert np.array_equal(cutout[..., 3], mask)
    assert np.array_equal(cutout[mask == 255, :3], photograph[mask == 255])
    overlay = np.asarray(Image.open(folder / "overlay.png"))
    assert overlay.shape == photograph.shape
    assert not np.array_equal(overlay, photograph)
