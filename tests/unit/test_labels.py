# SPDX-License-Identifier: GPL-3.0-or-later
"""The labelling tool on drawn pictures, and that the labelled photographs are what their tables say."""

from collections import defaultdict

import numpy as np
import pytest
from PIL import Image

from training.labels import dataset, prompts, sheets
from training.labels.__main__ import few_bits
from training.labels.masks import OBJECT, UNKNOWN, masks

LICENCES = {
    "public domain", "CC0-1.0", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0",
    "GPL-2.0-or-later",
}  # fmt: skip
SOURCE_FIELDS = ("author", "licence", "source", "package", "file", "changes")


@pytest.fixture
def disc():
    """Return a noisy picture, 640 x 320, with a red disc of radius 80 around (200, 160), and the disc's mask."""
    noise = np.random.default_rng(0).integers(0, 40, (320, 640, 3), np.uint8)
    y, x = np.mgrid[:320, :640] + 0.5
    true = np.hypot(x - 200, y - 160) < 80
    noise[true] += np.array([150, 20, 20], np.uint8)
    return noise, true


def read(tmp_path, text):
    file = tmp_path / "picture.txt"
    file.write_text(text)
    return prompts.read(file)


def iou(one, other):
    return (one & other).sum() / (one | other).sum()


ROUGH = "line 125,160 145,102 200,84 258,108 275,160 254,216 200,236 148,214"


def test_a_rough_outline_finds_the_edge(tmp_path, disc):
    picture, true = disc
    said = read(
        tmp_path, f"dev\nobject disc whole: disc\n{ROUGH}\nband 0\nobject fine whole: disc\n{ROUGH}\nband 8\n"
    )
    found = masks(picture, said)
    assert iou(found["disc"] == OBJECT, true) < 0.95
    assert iou(found["fine"] == OBJECT, true) > 0.98


def test_strokes_have_the_last_word(tmp_path, disc):
    picture, _ = disc
    found = masks(
        picture,
        read(
            tmp_path,
            f"train\nobject a whole: a\n{ROUGH}\nband 8\nin 3 400,160 420,160\nout 3 200,160\nunknown 2 10,10\n",
        ),
    )["a"]
    assert found[160, 410] == OBJECT
    assert found[160, 200] == 0
    assert found[10, 10] == UNKNOWN
    assert set(np.unique(found)) == {0, UNKNOWN, OBJECT}


OVERLAPPING = """dev
object a whole: a
line 0,0 100,0 100,100 0,100
band 0
object b whole: b
line 50,0 150,0 150,100 50,100
band 0
object both group: both
with a b
object rest part: what only b has
with b
without a
object middle part: what both have
with a
within b
"""


def test_objects_are_made_of_earlier_ones(tmp_path, disc):
    found = masks(disc[0], read(tmp_path, OVERLAPPING))
    sizes = {name: (mask == OBJECT).sum() for name, mask in found.items()}
    assert sizes == {"a": 10_000, "b": 10_000, "both": 15_000, "rest": 5_000, "middle": 5_000}


def test_a_small_picture_is_labelled_enlarged_and_keeps_its_size(tmp_path):
    picture = np.zeros((60, 80, 3), np.uint8)
    found = masks(picture, read(tmp_path, "dev\nobject a whole: a\nline 10,10 30,10 30,40 10,40\nband 0\n"))[
        "a"
    ]
    assert found.shape == (60, 80)
    assert (found == OBJECT).sum() == 20 * 30


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("dev\nobject a whole: a\nsmear 1,1", 3),
        ("dev\nline 1,1 2,2", 2),
        ("dev\nobject a half: a", 2),
        ("dev\nobject a whole: a\nline 1,1 2", 3),
    ],
)
def test_a_line_that_says_nothing_known_is_named(tmp_path, text, line):
    with pytest.raises(ValueError, match=f"line {line}"):
        read(tmp_path, text)


def test_a_file_without_a_split_is_refused(tmp_path):
    with pytest.raises(ValueError, match="train, dev"):
        read(tmp_path, "object a whole: a\nline 1,1 2,2 3,3\n")


def test_what_a_person_looks_at_shows_lines_where_they_belong(disc):
    picture, true = disc
    view = np.asarray(sheets.overlay(picture, {"disc": (true * 255).astype(np.uint8)}))
    assert view.shape == (640, 1280, 3)
    assert tuple(view[320, 2 * 120]) == sheets.COLOURS[0]
    grid = np.asarray(sheets.grid(picture))
    assert (grid[:, 200].astype(int) - np.asarray(sheets.grid(picture))[:, 210]).mean() > 10


def test_a_mask_survives_its_file(tmp_path, disc):
    mask = (disc[1] * 255).astype(np.uint8)
    for values in (mask, np.where(mask[::-1] > 0, 128, mask).astype(np.uint8)):
        few_bits(values).save(tmp_path / "mask.png")
        with Image.open(tmp_path / "mask.png") as file:
            assert np.array_equal(np.asarray(file.convert("L")), values)


EXAMPLES = list(dataset.examples())


def test_a_picture_is_in_one_split():
    splits = defaultdict(set)
    for example in EXAMPLES:
        splits[example.picture].add(example.split)
    assert all(len(found) == 1 for found in splits.values())
    assert {len(list(dataset.examples(split))) > 100 for split in prompts.SPLITS} == {True}


def test_the_two_halves_share_no_photograph():
    source = dataset.sources()
    origin = defaultdict(set)
    for example in EXAMPLES:
        row = source[example.picture]
        origin[row["file"]].add(example.split)
        if row["package"] == "gcompris-qt-data":
            origin[row["source"]].add(example.split)
        else:
            assert example.split == "train", f"{example.picture}: composed scenes use this wallpaper"
    assert all(len(found) == 1 for found in origin.values())


def test_the_table_is_what_the_prompts_say():
    said = {
        (one.picture, item.name): (item.reading, one.split, item.words)
        for one in map(prompts.read, sorted((dataset.FOLDER / "prompts").glob("*.txt")))
        for item in one.objects
    }
    told = {(one.picture, one.name): (one.reading, one.split, one.words) for one in EXAMPLES}
    assert told == said
    assert len(told) == len(EXAMPLES)


def test_every_picture_has_an_author_and_a_licence_and_nothing_lies_about():
    source = dataset.sources()
    pictures = {path.stem for path in (dataset.FOLDER / "pictures").iterdir()}
    assert set(source) == pictures == {example.picture for example in EXAMPLES}
    assert all(row["licence"] in LICENCES for row in source.values())
    assert all(row[field] for row in source.values() for field in SOURCE_FIELDS)
    masks_there = {path.name for path in (dataset.FOLDER / "masks").iterdir()}
    assert masks_there == {f"{one.picture}.{one.name}.png" for one in EXAMPLES}


def test_every_mask_fits_its_picture_and_holds_something():
    for picture in {example.picture for example in EXAMPLES}:
        own = [example for example in EXAMPLES if example.picture == picture]
        with Image.open(own[0].folder / "pictures" / f"{picture}.jpg") as file:
            width, height = file.size
        assert max(width, height) <= 640
        for example in own:
            values = example.values()
            assert values.shape == (height, width), example
            assert set(np.unique(values)) <= {0, UNKNOWN, OBJECT}, example
            assert 20 < (values == OBJECT).sum() < values.size, example
            assert (values == UNKNOWN).mean() < 0.1, example


def test_a_few_masks_are_what_their_prompts_make():
    for picture in ("farm_owl", "tool_sickle"):
        own = {example.name: example for example in EXAMPLES if example.picture == picture}
        image = next(iter(own.values())).image()
        made = masks(image, prompts.read(dataset.FOLDER / "prompts" / f"{picture}.txt"))
        for name, mask in made.items():
            assert iou(mask == OBJECT, own[name].truth()[0]) > 0.97, (picture, name)
