# SPDX-License-Identifier: GPL-3.0-or-later
"""What the training pictures are and whose: Debian packages with free licences, and what is taken out of each.

Licences as in each package's copyright file. A picture under the GFDL, or one that shows a logo, is not taken.
"""

from __future__ import annotations

from dataclasses import dataclass

CUTOUT, DRAWN, GROUND, TEXTURE = "cutouts", "drawn", "grounds", "textures"


@dataclass(frozen=True)
class Source:
    """One Debian package: what is taken (`kind`), from where inside it, and at most how many."""

    package: str
    kind: str
    patterns: tuple[str, ...]
    licence: str
    most: int = 10_000
    without: tuple[str, ...] = ()


SOURCES = (
    Source(
        "tuxpaint-stamps-default",
        CUTOUT,
        ("usr/share/tuxpaint/stamps/**/*.png",),
        "GPL-2.0-or-later",
        without=("symbols/",),
    ),
    Source(
        "openclipart-png",
        DRAWN,
        tuple(
            f"usr/share/openclipart/png/{kind}/**/*.png"
            for kind in (
                "animals",
                "buildings",
                "containers",
                "electronics",
                "food",
                "office",
                "people",
                "plants",
                "recreation",
                "tools",
                "transportation",
            )
        ),
        "public domain",
        most=1200,
        without=("logo", "icons"),
    ),
    Source("fonts-noto-color-emoji", DRAWN, ("usr/share/fonts/**/NotoColorEmoji.ttf",), "OFL-1.1", most=500),
    Source("mate-backgrounds", GROUND, ("usr/share/backgrounds/mate/nature/*.jpg",), "GPL-2.0-or-later"),
    Source(
        "lomiri-wallpapers-16.04", GROUND, ("usr/share/backgrounds/*.jpg",), "CC-BY-SA-3.0 or CC-BY-SA-4.0"
    ),
    Source(
        "lomiri-wallpapers-20.04",
        GROUND,
        ("usr/share/backgrounds/*.jpg",),
        "CC-BY-SA-4.0",
        without=("Painting", "Infinite"),
    ),
    Source("ukui-wallpapers", GROUND, ("usr/share/backgrounds/*.*g",), "CC-BY-SA-4.0", without=("focal",)),
    Source(
        "plasma-workspace-wallpapers",
        GROUND,
        tuple(
            f"usr/share/wallpapers/{name}/contents/images/{size}.*"
            for size in ("2560x1600", "3840x2160", "5120x2880")
            for name in (
                "Autumn",
                "BytheWater",
                "Canopee",
                "ColorfulCups",
                "EveningGlow",
                "FallenLeaf",
                "Flow",
                "Grey",
                "Kite",
                "OneStandsOut",
                "Path",
                "SafeLanding",
                "Shell",
                "Volna",
                "summer_1am",
            )
        ),
        "GPL-2.0-or-later, CC-BY-SA-4.0",
    ),
    Source("gimp-data-extras", TEXTURE, ("usr/share/gimp/2.0/patterns/*.pat",), "GPL-2.0-or-later"),
    Source("extremetuxracer-data", TEXTURE, ("usr/share/games/etr/terrains/*.png",), "GPL-2.0-or-later"),
    Source(
        "openarena-081-textures",
        TEXTURE,
        ("usr/share/games/openarena/baseoa/*.pk3",),
        "GPL-2.0-or-later",
        most=220,
    ),
)
