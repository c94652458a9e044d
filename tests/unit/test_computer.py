# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor tells of the computer, and which package would bring a provider there."""

import pytest

from maskwright_backend.store import computer


def test_the_facts_of_this_computer():
    found = computer.facts()
    assert found["processors"] >= 1
    assert found["memory_mb"] > 100
    assert found["onnxruntime"][0].isdigit()


def test_the_names_of_cards_are_the_drivers(tmp_path):
    for number, name in enumerate(("NVIDIA GeForce RTX 4070", "NVIDIA T400")):
        folder = tmp_path / f"0000:0{number}:00.0"
        folder.mkdir()
        (folder / "information").write_text(f"Model: \t\t {name}\nIRQ:   \t\t 52\n")
    assert computer._graphics(tmp_path) == ["NVIDIA GeForce RTX 4070", "NVIDIA T400"]
    assert computer._graphics(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("provider", "system", "machine", "package"),
    [
        ("cuda", "linux", "x86_64", "onnxruntime-gpu"),
        ("cuda", "win32", "AMD64", "onnxruntime-gpu"),
        ("cuda", "darwin", "arm64", ""),
        ("cuda", "linux", "aarch64", ""),
        ("directml", "linux", "x86_64", ""),
        ("directml", "win32", "AMD64", "onnxruntime-directml"),
        ("coreml", "darwin", "arm64", ""),
    ],
)
def test_a_package_is_named_only_where_its_wheels_are(provider, system, machine, package):
    assert computer.package_for(provider, system, machine) == package
