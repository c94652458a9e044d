# SPDX-License-Identifier: GPL-3.0-or-later
"""How the edge is finished, read back from the selection; and that all around it stays as it was, for every target."""

import pytest
from tests.hosts.krita.conftest import kinds
from tests.hosts.krita.test_mode import EVERYWHERE, RED, begin, pick, value


def applied(krita, **choices):
    """Select the red disc with these choices and return the selection's values across its left edge, x from 0 on."""
    begin(krita, **choices)
    pick(krita, RED)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    return krita.run("mode:row_values", y=RED[1], x0=0, x1=RED[0])


def width_of(edge, low=0.16, high=0.84):
    """Over how many pixels the values rise from one share of 255 to another."""
    return sum(low * 255 <= value <= high * 255 for value in edge)


@EVERYWHERE
def test_feather_grades_the_edge_over_as_many_pixels_as_asked(krita):
    assert width_of(applied(krita)) <= 2
    for feather in (4, 10):
        edge = applied(krita, feather=feather)
        assert abs(width_of(edge) - 2 * feather) <= 0.35 * 2 * feather, edge
        assert edge == sorted(edge), "it only rises"
        assert edge[-1] == 255
        middle = sum(value < 128 for value in edge)
        assert abs(middle - 60) <= 2, "the edge is where it was"


@EVERYWHERE
def test_fill_holes_fills_the_hole_of_a_ring(krita):
    ring, hole, outside = (240, 90), (240, 180), (20, 20)
    for fill, wanted in ((False, 0), (True, 255)):
        krita.run("mode:open_ring")
        krita.run("mode:choose", fill_holes=fill)
        krita.run("mode:start")
        pick(krita, ring)
        krita.display.key("Return")
        krita.run("mode:wait_off")
        assert (value(krita, ring), value(krita, outside)) == (255, 0)
        assert value(krita, hole) == wanted


@kinds("5.1", "5.2")
@pytest.mark.parametrize(("choice", "sent"), [("auto", None), ("yes", True), ("no", False)])
def test_edge_refinement_is_asked_for(krita, choice, sent):
    begin(krita, refine=choice)
    assert krita.run("docker:options")["refine"] is sent
    assert {"auto": "Automatic", "yes": "Always", "no": "Never"}[choice] in krita.run("docker:texts")["shown"]
    pick(krita, RED)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    assert value(krita, RED) == 255


@EVERYWHERE
@pytest.mark.parametrize("target", ["selection", "layer_mask", "saved_selection", "new_layer"])
def test_labels_active_layer_and_tool_stay_as_they_were(krita, target):
    krita.run("mode:open_discs")
    krita.run("mode:unusual")
    before = krita.run("mode:tree")
    assert (before["active"], before["labels"]) == ("middle", [2, 5, 7])
    assert before["tool"] == ["KisToolSelectElliptical"]
    krita.run("mode:choose", target=target)
    krita.run("mode:start")
    pick(krita, RED)
    krita.display.key("Return")
    krita.run("mode:wait_off")
    now = krita.run("mode:tree")
    assert now["modified"]
    assert (now["active"], now["tool"]) == (before["active"], before["tool"])
    labels = {layer[0]: label for layer, label in zip(now["layers"], now["labels"], strict=True)}
    assert [labels.get(layer[0]) for layer in before["layers"]] == [2, 5, 7]
    krita.run("mode:undo")
    undone = krita.run("mode:tree")
    assert {**undone, "modified": False} == before, "what made the layers were steps too"
