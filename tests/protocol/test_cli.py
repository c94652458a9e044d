# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line as a process: exit codes, files of every kind, JSON, pipes and terminals."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.protocol.house import PATIENCE
from tests.protocol.pictures import ENDLESS, QUICK, SLOW, picture

from maskwright_backend.cli import main
from maskwright_shared.version import VERSION

ROOT = Path(__file__).parents[2]
MOODY = ("--model", "moody")


@pytest.fixture
def run(shared_house, client, tmp_path, monkeypatch, capfd):
    """Run the command in this process, in a folder of its own; return what came of it."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, house=shared_house, **changes):
        for name, value in {**house.variables, **changes}.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code or 0
        return subprocess.CompletedProcess(arguments, code, *capfd.readouterr())

    return run


@pytest.fixture
def spawn(shared_house, client, tmp_path):
    """Run the command as a process of its own, with pipes all around."""

    def spawn(*arguments, house=shared_house, **changes):
        return subprocess.run(
            [sys.executable, "-I", "-m", "maskwright_backend", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **house.variables, **changes},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return spawn


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(picture(seed=80)).save(path)
    return path


def mask_of(path):
    with Image.open(path) as image:
        assert image.mode == "L"
        assert image.format == "PNG"
        return np.array(image)


def failed(result, code):
    """Check that a command failed with one sentence and nothing else."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith(".\n")
    assert "Traceback" not in result.stderr
    return result.stderr


def test_a_click_makes_a_mask_of_the_images_size(spawn, photo, tmp_path):
    result = spawn("segment", photo, "--point", "75,50", *MOODY)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "photo-mask.png" in result.stdout
    mask = mask_of(tmp_path / "photo-mask.png")
    assert mask.shape == (100, 150)
    assert mask[50, 75] == 255
    assert mask[2, 2] == 0


def test_json_says_what_was_made(run, photo, tmp_path):
    (tmp_path / "out").mkdir()
    names = ("-o", "out/m.png", "--overlay", "o.png", "--cutout", "c.png", "--candidates", "--json")
    result = run("segment", photo, "--point", "75,50", "--box", "20,20,130,80", *names, *MOODY)
    assert result.stderr == ""
    report = json.loads(result.stdout)
    assert (report["width"], report["height"], report["model"]) == (150, 100, "moody")
    assert report["provider"] == "CPUExecutionProvider"
    assert report["area"] == (mask_of(tmp_path / "out/m.png") >= 128).sum()
    assert len(report["files"]) == 6
    assert all((tmp_path / name).is_file() for name in report["files"].values())
    with Image.open(tmp_path / "o.png") as overlay, Image.open(tmp_path / "c.png") as cutout:
        assert (overlay.size, overlay.mode) == ((150, 100), "RGB")
        assert (cutout.size, cutout.mode) == ((150, 100), "RGBA")
        assert np.array_equal(np.array(cutout)[..., 3], mask_of(tmp_path / "out/m.png"))


def test_an_earlier_mask_and_options_reach_the_model(run, photo, tmp_path):
    prior = np.zeros((100, 150), np.uint8)
    prior[20:60, 20:60] = 255
    Image.fromarray(prior).save(tmp_path / "prior.png")
    plain = run("segment", photo, "--mask", "prior.png", "-o", "a.png", *MOODY)
    grown = run("segment", photo, "--mask", "prior.png", "--grow", "4", "--hard", "-o", "b.png", *MOODY)
    assert (plain.returncode, grown.returncode) == (0, 0), plain.stderr + grown.stderr
    first, second = mask_of(tmp_path / "a.png"), mask_of(tmp_path / "b.png")
    assert (second > 127).sum() > (first > 127).sum()
    assert set(np.unique(second)) <= {0, 255}


@pytest.mark.parametrize("corners", ["130,80,20,20", "130,20,20,80", "20,80,130,20"])
def test_a_box_may_be_given_by_any_two_opposite_corners(run, photo, tmp_path, corners):
    for name, box in (("a.png", "20,20,130,80"), ("b.png", corners)):
        result = run("segment", photo, "--point", "75,50", "--box", box, "-o", name, *MOODY)
        assert result.returncode == 0, result.stderr
    assert np.array_equal(mask_of(tmp_path / "a.png"), mask_of(tmp_path / "b.png"))


def test_a_point_outside_of_its_box_is_pointed_out(run, photo):
    prompts = ("--box", "10,10,5,5", "--point", "7,7", "--point", "75,50", "--background", "1,1")
    told = run("segment", photo, *prompts, *MOODY).stdout.splitlines()
    assert [line.partition(":")[0] for line in told if "outside" in line] == [
        "The point 75,50 lies outside the box from 5,5 to 10,10"
    ]


def test_a_cut_out_is_a_mask_by_its_alpha_and_any_other_picture_by_its_grey(run, photo, tmp_path):
    inside = np.zeros((100, 150), np.uint8)
    inside[20:60, 20:60] = 255
    colours = picture(seed=80)
    opaque = np.full_like(inside, 255)
    masks = {
        "grey": inside,
        "white": np.dstack([inside, inside, inside, opaque]),
        "cutout": np.dstack([colours, inside]),
        "black": np.dstack([np.zeros_like(colours), inside]),
    }
    for name, pixels in masks.items():
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        result = run("segment", photo, "--mask", f"{name}.png", "-o", f"{name}-mask.png", *MOODY)
        assert result.returncode == 0, result.stderr
    grey = mask_of(tmp_path / "grey-mask.png")
    assert grey.any()
    for name in masks:
        assert np.array_equal(mask_of(tmp_path / f"{name}-mask.png"), grey), name


def test_the_built_in_model_is_the_default_and_works(run, tmp_path):
    pixels = np.full((120, 160, 3), 230, np.uint8)
    pixels[30:90, 40:120] = (200, 30, 30)
    Image.fromarray(pixels).save(tmp_path / "square.png")
    result = run("segment", "square.png", "--point", "80,60", "--json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["model"] == "maskwright-builtin"
    mask = mask_of(tmp_path / "square-mask.png") > 127
    truth = np.zeros_like(mask)
    truth[30:90, 40:120] = True
    assert (mask & truth).sum() / (mask | truth).sum() > 0.9


# Files of every kind.


def saved_exif(path, pixels):
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned a quarter to the right
    Image.fromarray(np.rot90(pixels)).save(path.with_suffix(".jpg"), quality=95, exif=exif)
    return path.with_suffix(".jpg")


def saved_16_bit(path, pixels):
    Image.fromarray(pixels[..., 1].astype(np.uint16) * 257).save(path)
    return path


def saved(mode):
    def save(path, pixels):
        path = path.with_suffix(".tif") if mode == "CMYK" else path
        Image.fromarray(pixels).convert(mode).save(path)
        return path

    return save


def saved_palette(path, pixels):
    Image.fromarray(pixels).quantize(16).save(path)
    return path


def saved_alpha(path, pixels):
    Image.fromarray(np.dstack([pixels, np.full(pixels.shape[:2], 200, np.uint8)])).save(path)
    return path


KINDS = {
    "EXIF orientation": saved_exif,
    "16-bit": saved_16_bit,
    "grey": saved("L"),
    "grey with alpha": saved("LA"),
    "one bit": saved("1"),
    "palette": saved_palette,
    "CMYK": saved("CMYK"),
    "alpha": saved_alpha,
}


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_every_kind_are_segmented_upright(run, tmp_path, kind):
    path = KINDS[kind](tmp_path / "image.png", picture(seed=81))
    result = run("segment", path, "--point", "100,30", "-o", "mask.png", *MOODY)
    assert result.returncode == 0, result.stderr
    mask = mask_of(tmp_path / "mask.png")
    assert mask.shape == (100, 150)
    if kind in (
        "EXIF orientation",
        "palette",
        "CMYK",
    ):  # the others lose the dark red that gives masks an edge
        assert mask[30, 100] > 127
        assert mask[90, 10] == 0


def test_one_pixel_is_an_image(run, tmp_path):
    Image.new("RGB", (1, 1), (10, 128, 128)).save(tmp_path / "one.png")
    result = run("segment", "one.png", "--point", "0,0", "--json")
    assert result.returncode == 0, result.stderr
    assert mask_of(tmp_path / "one-mask.png").shape == (1, 1)


@pytest.mark.slow
def test_a_hundred_megapixels_fit_into_bounded_memory(house, spawn, tmp_path):
    Image.new("RGB", (10_000, 10_000), (20, 128, 128)).save(tmp_path / "huge.png", compress_level=1)
    result = spawn("segment", "huge.png", "--point", "5000,5000", "--json", *MOODY, house=house)
    assert result.returncode == 0, result.stderr
    assert size_of(tmp_path / "huge-mask.png") == (10_000, 10_000)
    status = spawn("daemon", "status", "--json", house=house)
    assert json.loads(status.stdout)["memory_bytes"] < 1.5e9


def size_of(path):
    """Return width and height of a PNG from its header; Pillow would warn of its size."""
    return struct.unpack(">II", path.read_bytes()[16:24])


# What goes wrong.


def test_wrong_arguments_end_with_2(run, photo):
    assert "--help" in failed(run("segment"), 2)
    assert "X,Y" in failed(run("segment", photo, "--point", "12"), 2)
    assert "X,Y" in failed(run("segment", photo, "--point", "nan,3"), 2)
    assert "is empty" in failed(run("segment", photo, "--box", "1,1,1,9"), 2)
    assert failed(run("nonsense"), 2)
    assert "nothing to segment by" in failed(run("segment", photo), 2)
    assert "150 x 100" in failed(run("segment", photo, "--point", "151,3"), 2)
    assert "150 x 100" in failed(run("segment", photo, "--box", "200,0,300,50"), 2)
    assert "3 candidates" in failed(run("segment", photo, "--point", "5,5", "--candidate", "7", *MOODY), 2)


def test_files_that_cannot_be_read_or_written_end_with_3(run, photo, tmp_path):
    point = ("--point", "5,5", *MOODY)
    assert "absent.png" in failed(run("segment", "absent.png", *point), 3)
    (tmp_path / "text.png").write_text("no image")
    assert "text.png" in failed(run("segment", "text.png", *point), 3)
    (tmp_path / "cut.png").write_bytes(photo.read_bytes()[:2000])
    assert "cut.png" in failed(run("segment", "cut.png", *point), 3)
    assert failed(run("segment", tmp_path, *point), 3)
    (tmp_path / "blocked").write_text("a file")
    assert "blocked" in failed(run("segment", photo, *point, "-o", "blocked/mask.png"), 3)
    (tmp_path / "folder").mkdir()
    assert "folder" in failed(run("segment", photo, *point, "-o", "folder"), 3)
    Image.new("L", (3, 3)).save(tmp_path / "small.png")
    assert "150 x 100" in failed(run("segment", photo, "--mask", "small.png", *MOODY), 3)


@pytest.mark.parametrize("output", ["-o", "--overlay", "--cutout"])
def test_a_folder_that_is_missing_is_refused_before_anything_is_done(run, tmp_path, output):
    refused = failed(run("segment", "absent.png", "--point", "5,5", output, "slip/a.png"), 3)
    assert refused == "maskwright: The folder slip does not exist: make it first.\n"
    assert not (tmp_path / "slip").exists()


def test_a_process_ends_with_the_code_and_a_sentence_without_a_traceback(spawn, photo):
    assert "absent.png" in failed(spawn("segment", "absent.png", "--point", "5,5"), 3)


def test_an_unknown_model_ends_with_4(run, photo):
    assert "moody" in failed(run("segment", photo, "--point", "5,5", "--model", "nothing"), 4)
    assert "moody" in failed(run("models", "show", "nothing"), 4)


def test_an_absent_daemon_ends_with_5(run, house):
    assert "not running" in failed(run("daemon", "status", house=house), 5)
    stopped = run("daemon", "stop", house=house)
    assert (stopped.returncode, stopped.stdout) == (0, "The daemon was not running.\n")


def test_a_wrong_setting_is_a_sentence(spawn, house):
    assert "MASKWRIGHT_IDLE" in failed(spawn("daemon", "run", house=house, MASKWRIGHT_IDLE="soon"), 1)


def test_the_daemon_is_started_looked_at_and_stopped(run, spawn, house):
    for _ in range(2):
        started = run("daemon", "start", house=house)
        assert started.returncode == 0, started.stderr
        assert str(house.pid) in started.stdout
    report = json.loads(run("daemon", "status", "--json", house=house).stdout)
    assert (report["pid"], report["version"]) == (house.pid, VERSION)
    assert "MB" in run("daemon", "status", house=house).stdout
    assert spawn("daemon", "run", house=house).returncode == 0  # the second one ends at once
    assert run("daemon", "stop", house=house).stdout == "The daemon has stopped.\n"
    assert failed(run("daemon", "status", house=house), 5)


def test_models_are_listed_and_shown(run):
    table = run("models", "list").stdout
    assert "* " in table
    assert "maskwright-builtin" in table
    models = json.loads(run("models", "list", "--json").stdout)
    assert {"maskwright-builtin", "moody"} <= {model["id"] for model in models}
    assert "licence" in run("models", "show", "moody").stdout
    assert json.loads(run("models", "show", "moody", "--json").stdout)["id"] == "moody"


def test_the_version_and_the_help_are_told(run):
    assert run("--version").stdout == f"maskwright {VERSION}\n"
    assert "segment" in run("--help").stdout


# Terminals.


def on_a_terminal(house, folder, *arguments, end=None):
    """Run the command with its error output on a terminal; return exit code and what was shown there."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "maskwright_backend", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **house.variables},
        stdout=subprocess.PIPE,
        stderr=follower,
        # A shell's background jobs ignore Ctrl+C, and their children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - there are no threads here
    )
    os.close(follower)
    shown, deadline = b"", time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not select.select([leader], [], [], 0.05)[0]:
            continue
        try:
            shown += os.read(leader, 4096)
        except OSError:  # Linux's way to say that nobody writes any more
            break
        if end is not None and end in shown:
            process.send_signal(signal.SIGINT)
            end = None
    os.close(leader)
    process.communicate(timeout=PATIENCE)
    return process.returncode, shown.decode()


def test_long_work_shows_a_bar_on_a_terminal_which_it_wipes_away(shared_house, client, tmp_path):
    long = SLOW + 20
    Image.fromarray(picture(red=long, seed=82)).save(tmp_path / "a.png")
    code, shown = on_a_terminal(shared_house, tmp_path, "segment", "a.png", "--point", "5,5", *MOODY)
    assert code == 0
    assert "encoding" in shown
    assert shown.endswith("\r\x1b[K")


def test_short_work_shows_no_bar(shared_house, client, tmp_path):
    Image.fromarray(picture(red=QUICK, seed=83)).save(tmp_path / "a.png")
    code, shown = on_a_terminal(shared_house, tmp_path, "daemon", "status")
    assert (code, shown) == (0, "")


def test_an_interrupt_ends_the_command_and_its_work(shared_house, client, tmp_path):
    Image.fromarray(picture(red=ENDLESS, seed=84)).save(tmp_path / "a.png")
    arguments = ("segment", "a.png", "--point", "5,5", *MOODY)
    code, shown = on_a_terminal(shared_house, tmp_path, *arguments, end=b"encoding")
    assert code == 130
    assert "Traceback" not in shown


# The client written from the protocol's page.


def test_the_pyzmq_client_of_the_examples_gets_the_same_mask(run, shared_house, photo, tmp_path):
    script = ROOT / "examples" / "client_pyzmq.py"
    arguments = [sys.executable, str(script), str(photo), "75", "50", str(tmp_path / "theirs.png")]
    subprocess.run(arguments, env={**os.environ, **shared_house.variables}, check=True, timeout=PATIENCE)
    assert run("segment", photo, "--point", "75.5,50.5", "-o", "ours.png").returncode == 0
    assert np.array_equal(mask_of(tmp_path / "theirs.png"), mask_of(tmp_path / "ours.png"))
