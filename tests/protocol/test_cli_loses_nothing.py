# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line loses nothing: no input is written over, no argument slips through, no terminal breaks it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from tests.protocol.house import PATIENCE
from tests.protocol.pictures import picture
from tests.protocol.test_cli import MOODY, failed, mask_of, photo, run, spawn

from maskwright_backend.cli import daemon as daemon_command
from maskwright_backend.cli.terminal import joined
from maskwright_shared.errors import ConnectionFailed

__all__ = ["photo", "run", "spawn"]

POINT = ("--point", "75,50", *MOODY)


@pytest.fixture
def names(photo, tmp_path, monkeypatch):
    """Other names of the photograph, by kind."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    os.link(photo, tmp_path / "hard.png")
    (tmp_path / "soft.png").symlink_to("photo.png")
    (tmp_path / "door").symlink_to(tmp_path, target_is_directory=True)
    return {
        "itself": "photo.png",
        "whole": str(photo),
        "roundabout": "folder/../photo.png",
        "hard link": "hard.png",
        "symbolic link": "soft.png",
        "linked folder": "door/photo.png",
    }


KINDS = ["itself", "whole", "roundabout", "hard link", "symbolic link", "linked folder"]


@pytest.mark.parametrize("output", ["-o", "--overlay", "--cutout"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_image_is_never_written_over(run, photo, names, kind, output):
    before = photo.read_bytes()
    assert "over the image" in failed(run("segment", "photo.png", *POINT, output, names[kind]), 2)
    assert photo.read_bytes() == before


@pytest.mark.parametrize("kind", KINDS)
def test_the_mask_prompt_is_never_written_over(run, photo, names, tmp_path, kind):
    Image.fromarray(picture(seed=91)).save(tmp_path / "image.png")
    before = photo.read_bytes()
    assert "over the mask prompt" in failed(
        run("segment", "image.png", "--mask", "photo.png", "-o", names[kind]), 2
    )
    assert photo.read_bytes() == before


def test_the_default_name_may_be_an_inputs_too(run, photo, tmp_path):
    mask = tmp_path / "photo-mask.png"
    Image.new("L", (150, 100), 255).save(mask)
    assert "over the mask prompt" in failed(run("segment", photo, "--mask", mask), 2)


@pytest.mark.parametrize(
    ("one", "other"), [("a.png", "a.png"), ("a.png", "./a.png"), ("a.png", "A.PNG"), ("é.png", "e\u0301.png")]
)
def test_two_outputs_never_go_into_one(run, photo, one, other):
    refused = run("segment", photo, *POINT, "-o", one, "--cutout", other)
    assert "over the mask" in failed(refused, 2)


def test_two_outputs_that_are_links_of_one_file_are_refused(run, photo, tmp_path):
    (tmp_path / "a.png").touch()
    os.link(tmp_path / "a.png", tmp_path / "b.png")
    (tmp_path / "c.png").symlink_to("nothing.png")
    for one, other in (("a.png", "b.png"), ("c.png", "nothing.png")):
        assert "over the mask" in failed(run("segment", photo, *POINT, "-o", one, "--overlay", other), 2)


def test_no_candidate_goes_over_an_input_or_another_output(run, photo, tmp_path):
    photo.rename(tmp_path / "m.1.png")
    asked = ("segment", "m.1.png", *POINT, "-o", "m.png", "--candidates")
    assert "candidate would be written over the image" in failed(run(*asked), 2)
    Image.fromarray(picture(seed=92)).save(tmp_path / "photo.png")
    asked = ("segment", "photo.png", *POINT, "-o", "m.png", "--candidates", "--cutout", "m.0.png")
    assert "candidate would be written over the cutout" in failed(run(*asked), 2)


def test_files_that_were_there_on_a_disk_that_tells_case_apart_are_told_apart(run, photo, tmp_path):
    if (tmp_path / "PHOTO.PNG").exists():
        pytest.skip("this disk does not tell upper and lower case apart")
    assert run("segment", photo, *POINT, "-o", "Photo.png").returncode == 0
    assert mask_of(tmp_path / "Photo.png").shape == (100, 150)


@pytest.mark.parametrize("name", ["mask.jpg", "mask.tif", "mask.webp", "mask.png.bak", "mask.PNG.jpeg"])
def test_another_suffix_is_refused_before_anything_is_computed(run, photo, tmp_path, name):
    for output in ("-o", "--overlay", "--cutout"):
        assert ".png" in failed(run("segment", photo, *POINT, output, name), 2)
    assert not (tmp_path / name).exists()


def test_a_name_in_upper_case_or_without_a_suffix_is_a_png(run, photo, tmp_path):
    for name in ("MASK.PNG", "mask"):
        assert run("segment", photo, *POINT, "-o", name).returncode == 0
        assert mask_of(tmp_path / name).shape == (100, 150)


# Numbers.

BAD = ["nan", "inf", "-inf", "1e999", "-1e999", "NaN", "", "1,5", "0x10", "seven", "99999999999999999999"]


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize(
    "option", ["--threshold", "--grow", "--feather", "--fill-holes", "--drop-islands", "--candidate"]
)
def test_numbers_that_are_none_or_out_of_range_end_with_2(run, photo, option, value):
    assert option in failed(run("segment", photo, *POINT, option, value), 2)


@pytest.mark.parametrize("value", ["nan,5", "5,inf", "1e999,1", "5,-inf", "5,", ",", "1e7,1"])
def test_places_that_are_none_end_with_2(run, photo, value):
    for option in ("--point", "--background"):
        assert "X,Y" in failed(run("segment", photo, option, value), 2)
    assert "X0,Y0" in failed(run("segment", photo, "--box", f"{value},9,9"), 2)


def test_negative_numbers_need_no_equals_sign(run, photo, tmp_path):
    for name, box in (("a.png", ("--box", "-5,-5,100,90")), ("b.png", ("--box=-5,-5,100,90",))):
        result = run("segment", photo, *box, "--grow", "-1e0", "--threshold", "-.5", "-o", name, *MOODY)
        assert result.returncode == 0, result.stderr
    assert np.array_equal(mask_of(tmp_path / "a.png"), mask_of(tmp_path / "b.png"))
    assert "outside the image" in failed(run("segment", photo, "--point", "-1,5"), 2)
    assert run("segment", photo, "--b", "-5,-5,9,9").returncode == 2  # of two options, which?


def test_only_numbers_behind_an_option_are_joined_to_it():
    assert joined(["--box", "-1,2,3,4", "--hard", "--grow", "-2"]) == [
        "--box=-1,2,3,4",
        "--hard",
        "--grow=-2",
    ]
    assert joined(["-o", "-1.png"]) == ["-o", "-1.png"]
    assert joined(["segment", "--", "-1.png"]) == ["segment", "--", "-1.png"]
    assert joined(["--point=1,2", "-3"]) == ["--point=1,2", "-3"]
    assert joined(["--box", "--hard"]) == ["--box", "--hard"]


# Mask prompts.


def test_an_empty_mask_prompt_is_said(run, photo, tmp_path):
    Image.new("L", (150, 100)).save(tmp_path / "empty.png")
    assert "is empty" in failed(run("segment", photo, "--mask", "empty.png", *MOODY), 2)
    both = run("segment", photo, "--mask", "empty.png", *POINT, "--json")
    assert both.returncode == 0
    (note,) = json.loads(both.stdout)["notes"]
    assert "empty.png is empty" in note


def test_a_label_mask_prompts_as_a_mask_does(run, photo, tmp_path):
    inside = np.zeros((100, 150), np.uint8)
    inside[20:60, 20:60] = 1
    Image.fromarray(inside).save(tmp_path / "labels.png")
    Image.fromarray(inside * 255).save(tmp_path / "mask.png")
    told = run("segment", photo, "--mask", "labels.png", "-o", "a.png", *MOODY)
    plain = run("segment", photo, "--mask", "mask.png", "-o", "b.png", *MOODY)
    assert "labels" in told.stdout
    assert "labels" not in plain.stdout
    assert np.array_equal(mask_of(tmp_path / "a.png"), mask_of(tmp_path / "b.png"))


# Terminals and pipes.

ENCODINGS = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "cp437"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "POSIX"},
]


@pytest.fixture
def shell(shared_house, client, tmp_path):
    """Run the command by a shell, which can close and connect its outputs."""

    def shell(line, **changes):
        return subprocess.run(
            ["/bin/sh", "-c", line.replace("maskwright", f"{sys.executable} -m maskwright_backend")],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **shared_house.variables, **changes},
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )

    return shell


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda changes: "-".join(changes.values()))
def test_names_that_the_encoding_lacks_break_nothing(shell, photo, tmp_path, encoding):
    for name in ("ü→猫.png", os.fsdecode(b"\xff\xfe.png")):
        arguments = " ".join(POINT)
        done = shell(f"maskwright segment photo.png {arguments} -o '{name}'", **encoding)
        assert (done.returncode, done.stderr) == (0, b"")
        assert (tmp_path / name).is_file()
        missing = shell(f"maskwright segment '{name}x' {arguments}", **encoding)
        assert missing.returncode == 3
        assert missing.stderr.count(b"\n") == 1
        assert b"Traceback" not in missing.stderr


@pytest.mark.parametrize(
    "command", ["models list", "--help", "segment photo.png --point 75,50 --model moody"]
)
def test_a_reader_that_leaves_early_is_no_fault(shell, photo, command):
    done = shell(f"{{ maskwright {command}; echo $? >&2; }} | true")
    assert done.stderr.decode().split() in (["0"], ["1"])


def test_a_full_output_is_a_sentence(shell, photo):
    done = shell("maskwright models list > /dev/full")
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"No space left" in done.stderr


@pytest.mark.parametrize("closing", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_outputs_change_nothing(shell, photo, tmp_path, closing):
    done = shell(f"maskwright segment photo.png {' '.join(POINT)} -o m.png {closing}")
    assert (done.returncode, done.stderr) == (0, b"")
    assert mask_of(tmp_path / "m.png").shape == (100, 150)


def test_a_fault_of_our_own_is_a_sentence_and_its_traceback_is_kept(run, house, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("how odd")

    monkeypatch.setattr(daemon_command, "_start", broken)
    house.places.home.mkdir(exist_ok=True)
    sentence = failed(run("daemon", "start", house=house), 1)
    kept = house.places.logs / "command.log"
    assert str(kept) in sentence
    assert "how odd" in kept.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (MemoryError(), 1, "memory"),
        (OSError(28, "No space left on device", "a.png"), 1, "a.png"),
        (KeyboardInterrupt(), 130, ""),
        (ConnectionFailed("connection.lost", "It was lost."), 5, "It was lost."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_has_its_code(run, house, monkeypatch, error, code, words):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr(daemon_command, "_start", broken)
    done = run("daemon", "start", house=house)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_names_of_models_that_no_text_can_hold_end_with_2(run, photo):
    name = os.fsdecode(b"\xff")
    assert failed(run("segment", photo, "--point", "5,5", "--model", name), 2)
    assert failed(run("models", "default", name), 2)
