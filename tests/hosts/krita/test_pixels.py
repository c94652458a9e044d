# SPDX-License-Identifier: GPL-3.0-or-later
"""Every colour space and every kind of layer, read as sRGB and written exactly."""

import pytest
from tests.hosts.krita.conftest import kinds

PATCHES = [
    (255, 255, 255),
    (0, 0, 0),
    (128, 128, 128),
    (200, 60, 40),
    (40, 160, 70),
    (60, 80, 190),
    (240, 220, 90),
]
SPACES = {
    "rgb-8": ("RGBA", "U8", "", 0),
    "rgb-8-wide": ("RGBA", "U8", "ClayRGB-elle-V2-g22", 3),
    "rgb-8-linear": ("RGBA", "U8", "sRGB-elle-V2-g10", 16),
    "rgb-16": ("RGBA", "U16", "", 1),
    "rgb-16-rec2020": ("RGBA", "U16", "Rec2020", 1),
    "rgb-half": ("RGBA", "F16", "", 1),
    "rgb-float": ("RGBA", "F32", "", 1),
    "lab-16": ("LABA", "U16", "", 2),
    "lab-8": ("LABA", "U8", "", 6),
    "xyz-float": ("XYZA", "F32", "", 2),
    "ycbcr-8": ("YCbCrA", "U8", "", 60),
    "cmyk-8": ("CMYKA", "U8", "", 75),
    "cmyk-16": ("CMYKA", "U16", "", 75),
    "grey-8": ("GRAYA", "U8", "", None),
    "grey-16": ("GRAYA", "U16", "", None),
    "grey-float": ("GRAYA", "F32", "", None),
}


@kinds("5.1", "5.2", "5.3")
@pytest.mark.parametrize("space", SPACES)
def test_pixels_reach_the_model_as_srgb(krita, space):
    """The tolerance is what the colour space itself loses: CMYK has no such colours, 8 bits of linear light few."""
    model, depth, profile, tolerance = SPACES[space]
    found = krita.run("colours:read", model=model, depth=depth, profile=profile)
    assert found["space"][:2] == [model, depth]
    for source in ("layer", "projection"):
        for (r, g, b), (fr, fg, fb, fa) in zip(PATCHES, found[source], strict=True):
            assert fa == 255
            if tolerance is None:
                assert fr == fg == fb
                assert abs(fg - (0.22 * r + 0.72 * g + 0.06 * b)) < 30
            else:
                assert max(abs(fr - r), abs(fg - g), abs(fb - b)) <= tolerance, (
                    source,
                    (r, g, b),
                    (fr, fg, fb),
                )


@kinds("5.1", "5.2", "5.3")
@pytest.mark.parametrize(
    "space", ["rgb-8", "rgb-16", "rgb-half", "rgb-float", "lab-16", "cmyk-8", "grey-8", "grey-16"]
)
def test_writing_is_exact_in_every_depth(krita, space):
    model, depth, profile, _ = SPACES[space]
    found = krita.run("colours:write", model=model, depth=depth, profile=profile)
    assert found["selected"]
    assert found["colours"]
    assert found["alpha"] <= {"U8": 0, "U16": 1e-9, "F16": 1e-3, "F32": 1e-6}[depth]


@kinds("5.1", "5.2", "5.3")
def test_every_kind_of_layer_is_read_or_refused_with_a_sentence(krita):
    found = krita.run("colours:sources")
    assert found["plain"] == [[4, 4, 30, 20], [10, 20, 30, 255]]
    assert found["masked"][0] == [0, 0, 64, 48]
    assert found["a mask"] == found["masked"]
    assert found["group"] == [[20, 10, 12, 12], [1, 2, 3, 255]]
    assert found["vector"][1] == [0, 0, 255, 255]
    assert found["hidden"] == [[8, 8, 10, 10], [90, 91, 92, 255]]
    assert found["locked"] == [[8, 8, 10, 10], [93, 94, 95, 255]]
    assert found["clone"] == found["plain"]
    assert found["empty"].startswith("This layer is empty")
    assert found["passing"].startswith("A pass-through group")


@kinds("5.1", "5.2", "5.3")
def test_a_selection_where_every_layer_has_children(krita):
    found = krita.run("colours:every_layer_has_children")
    assert found == {"exact": True, "children": ["kept"], "undone": True, "after": ["kept"]}


@kinds("5.1", "5.2", "5.3")
def test_the_frame_in_front_is_read(krita):
    assert krita.run("colours:animated") == [1, 9]


@pytest.mark.slow
@kinds("5.1", "5.2", "5.3")
def test_a_hundred_megapixels(krita):
    found = krita.run("colours:large", width=10000, height=10000)
    assert found["exact"], found
