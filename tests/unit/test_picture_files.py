# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture files of every depth, mode and profile as 8-bit sRGB; masks as they are; the rest as a sentence."""

from __future__ import annotations

import io
import os
import struct
import warnings

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.unit.picture_maker import gif_with_a_large_screen, linear_profile, packed, png, tiff

from maskwright_backend.imaging.files import read_image, read_mask, write_png
from maskwright_shared.errors import ImageError
from maskwright_shared.messages import MAX_SIDE

GREY = np.tile(np.arange(0, 250, 5, dtype=np.uint8), (30, 1))
GREY[10:20, 10:30] = 255
COLOURS = np.dstack([GREY, GREY[::-1], np.full_like(GREY, 40)])
SHARE = GREY / 255


@pytest.fixture
def read(tmp_path):
    """Read a picture from its bytes, with every warning an error."""

    def read(data, name="picture"):
        path = tmp_path / name
        path.write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return read_image(path)

    return read


def refusal(read, data, name="picture"):
    with pytest.raises(ImageError) as refused:
        read(data, name)
    assert refused.value.message.endswith(".")
    return refused.value.message


def stray(values, value):
    changed = values.copy()
    changed[3, 3] = value
    return changed


SINGLE = SHARE.astype(np.float32)
DEEP = {
    "16 bits": np.uint16(GREY) * 257,
    "signed 16 bits": (SHARE * 32767).astype(np.int16),
    "32 bits of 0 to 255": GREY.astype(np.int32),
    "32 bits of 0 to 65535": GREY.astype(np.int32) * 257,
    "signed 32 bits": (SHARE * (2**31 - 1)).astype(np.int32),
    "signed 32 bits from the least": (SHARE * (2**32 - 1) - 2**31).astype(np.int32),
    "32 bits without sign": (SHARE * (2**32 - 1)).astype(np.uint32),
    "floats to 1": SINGLE,
    "floats to 255": SINGLE * 255,
    "floats to 65535": SINGLE * 65535,
    "floats to 1000": SINGLE * 1000,
    "floats from -1": SINGLE * 2 - 1,
    "a stray NaN": stray(SINGLE, np.nan),
    "a stray infinity": stray(SINGLE, np.inf),
    "a stray highlight": stray(SINGLE, 1.02),
    "a stray huge value": stray(SINGLE, 1e30),
    "a stray minus infinity": stray(SINGLE, -np.inf),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "deflated"])
@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("kind", DEEP)
def test_deep_grey_has_the_shades_of_8_bits(read, kind, order, packed):
    data = tiff(DEEP[kind], order, packed=packed)
    if kind == "32 bits without sign" and order == ">":
        assert "TIFF" in refusal(read, data)
        return
    made = read(data)
    assert made.shape == (30, 50, 3)
    apart = np.abs(made[..., 0].astype(int) - GREY)
    apart[3, 3] = 0
    assert apart.max() <= 1


def test_12_bits_have_a_range_of_their_own(read):
    rows = b"".join(packed([16 * int(value) for value in row], 12) for row in GREY)
    data = tiff(GREY.astype(np.uint16), bits=12, strips=[rows])
    assert np.abs(read(data)[..., 0].astype(int) - GREY).max() <= 1


def test_a_dark_picture_of_16_bits_stays_dark_in_every_format(read):
    values = GREY.astype(np.uint16) * 60
    head = f"P5 {GREY.shape[1]} {GREY.shape[0]} 65535\n".encode()
    for data in (head + values.astype(">u2").tobytes(), saved(Image.fromarray(values), None), tiff(values)):
        assert np.abs(read(data)[..., 0] - values / 257).max() <= 1


def test_a_dark_float_picture_stays_dark(read):
    assert read(tiff(SINGLE / 20)).max() == 13


def test_nothing_but_nan_is_black(read):
    assert not read(tiff(np.full((5, 5), np.nan, np.float32))).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_white_may_be_zero(read, dtype):
    values = {np.uint8: 255 - GREY, np.uint16: (255 - GREY.astype(np.uint16)) * 257, np.float32: 1 - SINGLE}
    made = read(tiff(values[dtype], photometric=0))
    assert np.abs(made[..., 0].astype(int) - GREY).max() <= 1


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "deflated"])
@pytest.mark.parametrize("separate", [False, True], ids=["mixed", "planes"])
@pytest.mark.parametrize("depth", [8, 16])
def test_planes_are_never_scrambled(read, depth, separate, packed, order):
    values = COLOURS if depth == 8 else COLOURS.astype(np.uint16) * 257
    assert np.array_equal(read(tiff(values, order, separate=separate, packed=packed)), COLOURS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint32, np.int8])
def test_colours_of_other_depths_are_refused_by_name(read, dtype):
    assert "TIFF" in refusal(read, tiff(COLOURS.astype(dtype)))


def test_a_cameras_raw_picture_and_a_previews_are_refused(read):
    assert "camera" in refusal(read, tiff(COLOURS, extra=((50706, 1),)))
    assert "camera" in refusal(read, tiff(COLOURS, extra=((254, 1),)))


# Profiles.


def lit(values):
    """Return linear 8-bit values as sRGB (IEC 61966-2-1)."""
    share = np.asarray(values) / 255
    return 255 * np.where(share <= 0.0031308, 12.92 * share, 1.055 * share ** (1 / 2.4) - 0.055)


def saved(image, profile, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, icc_profile=profile, **options)
    return file.getvalue()


def with_alpha(image, mode):
    other = image.convert(mode)
    other.putalpha(200)
    return other


MODES = {
    "L": (lambda: Image.fromarray(GREY), "GRAY", GREY),
    "LA": (lambda: with_alpha(Image.fromarray(GREY), "LA"), "GRAY", GREY),
    "L by a profile for colours": (lambda: Image.fromarray(GREY), "RGB ", GREY),
    "I;16": (lambda: Image.fromarray(np.uint16(GREY) * 257), "GRAY", GREY),
    "RGB": (lambda: Image.fromarray(COLOURS), "RGB ", COLOURS),
    "RGBA": (lambda: with_alpha(Image.fromarray(COLOURS), "RGBA"), "RGB ", COLOURS),
    "P": (lambda: Image.fromarray(COLOURS[:, ::10]).quantize(256), "RGB ", COLOURS[:, ::10]),
}


@pytest.mark.parametrize("mode", MODES)
def test_the_profile_counts_in_every_mode(read, mode):
    make, space, values = MODES[mode]
    made = read(saved(make(), linear_profile(space)))
    expected = lit(values if values.ndim == 3 else np.dstack([values] * 3))
    assert np.abs(made[..., :3] - expected).max() <= (
        4 if values.ndim == 3 else 8
    )  # the darkest greys are rounded
    assert made.shape[2] == (4 if "A" in mode else 3)


def test_the_profile_of_a_cmyk_picture_counts(read):
    """A profile for RGB says nothing of inks: only one of their own space does, and there is none to make here."""
    image = Image.fromarray(COLOURS).convert("CMYK")
    plain = np.asarray(image.convert("RGB"))
    assert np.array_equal(read(saved(image, linear_profile("RGB "), "TIFF")), plain)


@pytest.mark.parametrize("profile", [b"", b"no profile", linear_profile("GRAY")[:200]])
def test_a_damaged_or_foreign_profile_is_passed_over(read, profile):
    assert np.array_equal(read(saved(Image.fromarray(COLOURS), profile)), COLOURS)
    assert np.array_equal(read(saved(Image.fromarray(COLOURS), linear_profile("GRAY"))), COLOURS)


def test_lab_becomes_colours(read):
    lab = ImageCms.profileToProfile(
        Image.fromarray(COLOURS),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    file = io.BytesIO()
    lab.save(file, "TIFF")
    assert np.abs(read(file.getvalue()).astype(int) - COLOURS).mean() < 4


# Transparency.


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_the_transparent_grey_is_compared_as_stored(read, depth):
    most = 2**depth - 1
    shades = [0, 1, most, 0]
    made = read(png(depth, 0, [packed(shades, depth)] * 2, 4, (b"tRNS", struct.pack(">H", 1))))
    assert made[0, :, 3].tolist() == [255, 0, 0 if most == 1 else 255, 255]


@pytest.mark.parametrize("depth", [8, 16])
def test_the_transparent_colour_is_compared_as_stored(read, depth):
    one, near = (1, 2, 3), (1, 2, 4)
    if depth == 16:
        one, near = (1000, 2000, 3000), (1000, 2000, 3001)
    row = packed([*one, *near, 9, 9, 9, *one], depth)
    made = read(png(depth, 2, [row] * 2, 4, (b"tRNS", struct.pack(">3H", *one))))
    assert made[0, :, 3].tolist() == [0, 255, 255, 0]


def test_transparent_colours_of_a_palette_and_a_profile_go_together(read):
    palette = (b"PLTE", bytes(range(0, 240, 20)))
    made = read(png(2, 3, [packed([0, 1, 2, 3], 2)] * 2, 4, palette, (b"tRNS", bytes([255, 0, 128]))))
    assert made[0, :, 3].tolist() == [255, 0, 128, 255]
    assert made[0, 2, :3].tolist() == [120, 140, 160]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_alpha_is_turned_with_its_picture(read, orientation):
    image = Image.fromarray(GREY.astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = read(saved(image, None, exif=exif, transparency=int(GREY[0, 3]) * 257))
    assert made.shape[:2] == (GREY.shape if orientation < 5 else GREY.shape[::-1])
    assert np.array_equal(made[..., 3] == 0, made[..., 0] == GREY[0, 3])


def test_a_gif_of_a_few_bytes_is_what_its_screen_says_or_refused_at_once(read):
    made = read(gif_with_a_large_screen(4_000, 1_000))
    assert made.shape == (1_000, 4_000, 4)
    assert made[0, 0, 3] == 0
    assert "holds next to none" in refusal(read, gif_with_a_large_screen(53_633, 2_288))


def test_a_large_picture_of_one_colour_is_read(read):
    for mode in ("1", "L"):
        assert read(saved(Image.new(mode, (6_000, 4_000)), None, optimize=True)).shape == (4_000, 6_000, 3)


# Masks.


def test_labels_of_0_and_1_are_a_mask(tmp_path):
    labels = (GREY > 100).astype(np.uint8)
    kinds = {
        "grey": Image.fromarray(labels),
        "deep": Image.fromarray(labels.astype(np.uint16)),
        "float": Image.fromarray(labels.astype(np.float32)),
        "bits": Image.fromarray(labels.astype(bool)),
        "colours": Image.fromarray(np.dstack([labels] * 3)),
    }
    palette = Image.fromarray(labels).convert("P")
    palette.putpalette([0, 0, 0, 128, 0, 0, *[0] * 762])
    kinds["palette"] = palette
    for name, image in kinds.items():
        path = tmp_path / f"{name}.tif"
        image.save(path)
        assert np.array_equal(read_mask(path, 50, 30).alpha, labels * 255), name


def test_a_soft_mask_and_its_profile_are_taken_as_they_are(tmp_path):
    path = tmp_path / "mask.png"
    path.write_bytes(saved(Image.fromarray(GREY), linear_profile("GRAY")))
    assert np.array_equal(read_mask(path, 50, 30).alpha, GREY)
    dim = GREY // 4
    path.write_bytes(saved(Image.fromarray(dim), None))
    assert np.array_equal(read_mask(path, 50, 30).alpha, dim)
    assert not read_mask(path, 50, 30).labels


# What cannot be read.

HEADS = {
    "HEIC": b"\0\0\0\x18ftypheic" + bytes(100),
    "XCF": b"gimp xcf v011\0" + bytes(100),
    "JPEG XL": b"\xff\x0a" + bytes(100),
    "OpenEXR": b"\x76\x2f\x31\x01" + bytes(100),
    "Krita": b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/x-krita",
    "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "PDF": b"%PDF-1.7\n" + bytes(100),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_format_that_is_not_read_is_named_and_says_what_to_do(read, name):
    sentence = refusal(read, HEADS[name])
    assert name in sentence
    assert "save it as PNG" in sentence


def test_the_limit_that_was_passed_is_named(read):
    assert f"{MAX_SIDE:,}" in refusal(read, png(8, 0, [bytes(MAX_SIDE + 1)], MAX_SIDE + 1))
    assert "150,000,000" in refusal(read, png(8, 0, [b""] * 20_000, 20_000))


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8])
def test_half_a_file_is_a_sentence(read, share):
    for data in (saved(Image.fromarray(COLOURS), None), tiff(SINGLE, packed=True), tiff(COLOURS, ">")):
        refusal(read, data[: int(share * len(data))])


def test_noise_in_any_place_is_pixels_or_a_sentence(read):
    random = np.random.default_rng(7)
    for data in (
        saved(Image.fromarray(COLOURS), None, "TIFF"),
        tiff(SINGLE, ">"),
        saved(Image.fromarray(GREY), None),
    ):
        for _ in range(60):
            noisy = bytearray(data)
            noisy[random.integers(8, min(300, len(data)))] = int(random.integers(256))
            try:
                read(bytes(noisy))
            except ImageError as error:
                assert error.message.endswith(".")  # noqa: PT017 - either may come


def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "nothing"):
        with pytest.raises(ImageError, match=path.name):
            read_image(path)


# Writing.


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "mask.png"
    path.write_bytes(b"what was there")

    def full(_, file, *__, **___):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(ImageError, match="no space left"):
        write_png(path, GREY)
    assert path.read_bytes() == b"what was there"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_written_through_and_keeps_its_targets_mode(tmp_path):
    target, link = tmp_path / "target.png", tmp_path / "link.png"
    target.write_bytes(b"")
    target.chmod(0o640)
    link.symlink_to(target)
    write_png(link, GREY)
    assert link.is_symlink()
    assert np.array_equal(np.asarray(Image.open(target)), GREY)
    assert target.stat().st_mode & 0o777 == 0o640
