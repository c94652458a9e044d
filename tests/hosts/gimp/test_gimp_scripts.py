# SPDX-License-Identifier: GPL-3.0-or-later
"""The procedure in a real GIMP: the same masks as the command line, every prompt, output and error."""

import os
import signal

import pytest
from PIL import Image
from tests.hosts.gimp.harness import CHECKOUT

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(300)]
COFFEE = CHECKOUT / "examples" / "coffee.png"
POINT = {"points": "270,200"}


@pytest.fixture(scope="module")
def daemon(gimp):
    with gimp.home.start_daemon():
        yield


@pytest.fixture
def select(gimp, tmp_path_factory):
    """Call the procedure on a file; what it selected lies at `select.output`."""
    output = gimp.home.folder / "selected.gray"

    def call(arguments, prior=None, path=COFFEE):
        return gimp.run(
            "scripts:select", path=str(path), arguments=arguments, prior=prior, output=str(output)
        )

    call.output = output
    return call


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (POINT, ["--point", "270,200"]),
        (
            {"points": "270,200 320.5,160.25", "background": "60,60"},
            ["--point", "270,200", "--point", "320.5,160.25", "--background", "60,60"],
        ),
        ({"box": "130,60,470,340"}, ["--box", "130,60,470,340"]),
        ({**POINT, "box": "130,60,470,340"}, ["--point", "270,200", "--box", "130,60,470,340"]),
        ({**POINT, "source": "visible"}, ["--point", "270,200"]),
        ({**POINT, "candidate": 1}, ["--point", "270,200", "--candidate", "1"]),
        (
            {**POINT, "edge": "hard", "grow": -3.0, "fill_holes": -1, "keep": "largest"},
            ["--point", "270,200", "--hard", "--grow=-3", "--fill-holes=-1", "--keep", "largest"],
        ),
        (
            {**POINT, "feather": 4.0, "threshold": 0.5, "refine": "no", "drop_islands": 50, "keep": "clicked"},
            ["--point", "270,200", "--feather", "4", "--threshold", "0.5", "--no-refine", "--drop-islands", "50",
             "--keep", "clicked"],
        ),
    ],
)  # fmt: skip
def test_same_mask_as_the_command_line(gimp, daemon, select, arguments, words):
    found = select(arguments)
    assert found["worked"], found["sentence"]
    mask = gimp.home.folder / "mask.png"
    gimp.home.command("segment", COFFEE, *words, "-o", mask)
    assert select.output.read_bytes() == Image.open(mask).tobytes()
    assert found["selected"] > 1000


def test_selection_as_prompt_is_the_command_lines_mask(gimp, daemon, select):
    found = select({"use_selection": "mask"}, prior=[150, 80, 260, 240])
    assert found["worked"], found["sentence"]
    with Image.open(COFFEE) as picture:
        prior = Image.new("L", picture.size)
    prior.paste(255, (150, 80, 410, 320))
    prior.save(gimp.home.folder / "prior.png")
    mask = gimp.home.folder / "mask.png"
    gimp.home.command("segment", COFFEE, "--mask", gimp.home.folder / "prior.png", "-o", mask)
    assert select.output.read_bytes() == Image.open(mask).tobytes()


def test_selection_as_box(daemon, select):
    select({"box": "150,80,410,320"})
    by_box = select.output.read_bytes()
    assert select({"use_selection": "box"}, prior=[150, 80, 260, 240])["worked"]
    assert select.output.read_bytes() == by_box


@pytest.mark.parametrize(
    ("output", "changed"),
    [
        ("layer-mask", {"masks": [True]}),
        ("channel", {"channels": ["Object"]}),
        ("new-layer", {"layers": ["Object", "Background"], "masks": [False, False]}),
        ("path", {"paths": ["Object"]}),
    ],
)
def test_outputs(daemon, select, output, changed):
    found = select({**POINT, "output": output})
    nothing = {"layers": ["Background"], "masks": [False], "channels": [], "paths": [], "selected": 0}
    assert found.pop("worked"), found["sentence"]
    del found["sentence"]
    assert found == {**nothing, **changed}


def test_operations_join(daemon, select):
    prior = [0, 0, 300, 400]
    everything, left = 600 * 400, 300 * 400
    alone = select(POINT)["selected"]
    added = select({**POINT, "operation": "add"}, prior)["selected"]
    cut = select({**POINT, "operation": "subtract"}, prior)["selected"]
    common = select({**POINT, "operation": "intersect"}, prior)["selected"]
    assert 0 < common < alone < added < everything
    assert abs(added - left - alone + common) < alone // 20
    assert abs(cut - left + common) < alone // 20


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "There is nothing to select by"),
        ({"points": "12;7"}, 'The argument "points" must be of the form "X,Y X,Y".'),
        ({"points": "9999,3"}, "The point 9999,3 lies outside the image"),
        ({"box": "5,5,5,9"}, 'The argument "box" must be'),
        ({"box": "1,2,3"}, 'The argument "box" must be of the form'),
        ({**POINT, "output": "cake"}, 'The argument "output" must be one of "selection", "layer-mask"'),
        ({**POINT, "operation": "multiply"}, 'The argument "operation" must be one of'),
        ({**POINT, "edge": "furry"}, 'The argument "edge" must be one of'),
        ({**POINT, "feather": -1.0}, 'The argument "feather" must be a number from 0 to 500.'),
        ({**POINT, "candidate": 77}, 'The argument "candidate" must be a number from -1 to 63.'),
        ({**POINT, "model": "nobody"}, "nobody"),
        ({**POINT, "model": "x" * 101}, 'The argument "model" must be the id of a model'),
        ({"use_selection": "mask"}, "Nothing is selected"),
    ],
)
def test_errors_are_sentences(daemon, select, arguments, sentence):
    found = select(arguments)
    assert not found["worked"]
    assert sentence in found["sentence"]
    assert found["selected"] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"points": "20,20"}, "The point 20,20 lies outside the layer, which covers 60,50 to 660,450"),
        ({"box": "0,0,55,45"}, "The box lies outside the layer"),
        ({"points": "350,250", "background": "20,20"}, None),
        ({"points": "20,20", "source": "visible"}, None),
    ],
)
def test_what_lies_beside_the_layer_is_a_sentence_and_the_selection_stays(gimp, daemon, arguments, sentence):
    worked, said, kept = gimp.run("scripts:beside_the_layer", path=str(COFFEE), **arguments)
    assert worked == (sentence is None), said
    if sentence:
        assert sentence in said
        assert kept


def test_script_fu(gimp, daemon, select):
    selected = select(POINT)["selected"]
    call = '(maskwright-select-object #:run-mode RUN-NONINTERACTIVE #:image img #:drawables (vector lay) #:points "{}")'
    found = gimp.run("scripts:script_fu", path=str(COFFEE), text=call.format("270,200"))
    assert found["worked"], found["sentence"]
    assert found["selected"] == selected
    found = gimp.run("scripts:script_fu", path=str(COFFEE), text=call.format("cake"))
    assert not found["worked"]
    assert 'The argument "points" must be of the form' in found["sentence"]


def test_the_procedure_browser_tells_all(gimp):
    found = gimp.run("scripts:described")
    assert found["menus"] == ["<Image>/Select", "<Image>/Filters/Maskwright"]
    assert found["label"] == "Ob_ject..."
    assert {"points", "background", "box", "use-selection", "model", "output", "operation"} <= set(
        found["arguments"]
    )
    assert all(nick and blurb for nick, blurb in found["arguments"].values())


def test_a_daemon_that_was_killed_is_started_again(gimp, daemon, select):
    selected = select(POINT)["selected"]
    first = gimp.home.daemon_pid()
    os.kill(first, signal.SIGKILL)
    found = select(POINT)
    assert found["worked"], found["sentence"]
    assert found["selected"] == selected
    assert gimp.home.daemon_pid() not in (first, None)


def test_no_backend_is_a_sentence(gimp, daemon, select):
    os.kill(gimp.home.daemon_pid(), signal.SIGKILL)
    interpreter = gimp.home.installation.python
    away = interpreter.with_name("away")
    interpreter.rename(away)
    try:
        found = select(POINT)
    finally:
        away.rename(interpreter)
    assert not found["worked"]
    assert "The Maskwright backend is not set up: run install.py, or" in found["sentence"]
    assert "press" not in found["sentence"]
