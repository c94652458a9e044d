# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the built-in model's two graphs and their hashes in its card, or check that they are up to date.

    python -m maskwright_backend.models.builtin.build [--check]

Needs the package `onnx`, which nothing needs at run time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from . import decoder, encoder

FOLDER = Path(__file__).parent


def graphs() -> dict[str, bytes]:
    """Build both graphs; the same bytes every time."""
    return {"encoder.onnx": encoder.build(), "decoder.onnx": decoder.build()}


def package() -> dict[str, bytes]:
    """Build every file of the model: the graphs, and the card with their sizes and hashes."""
    files = graphs()
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    card["files"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in files.items()
    }
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    return {**files, "card.json": text.encode()}


def stale() -> list[str]:
    """Name the shipped files that differ from a fresh build."""
    return [
        name
        for name, data in package().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_bytes() != data
    ]


def main() -> int:
    """Run the command; 0 when all is written or up to date, 1 when --check finds a difference."""
    parser = argparse.ArgumentParser(description="Build the model that ships with Maskwright.")
    parser.add_argument(
        "--check", action="store_true", help="compare with the shipped files and write nothing"
    )
    if not parser.parse_args().check:
        for name, data in package().items():
            (FOLDER / name).write_bytes(data)
        return 0
    differing = stale()
    if differing:
        sys.stderr.write(f"Not up to date: {', '.join(differing)}. Run this command without --check.\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
