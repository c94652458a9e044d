# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents name files and pages that are there."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("training/**/*.md")])
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:backend|shared|plugin|tests|docs|examples|training|tools)/[\w./-]*\w/?)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_what_a_document_names_is_there(document):
    text = document.read_text()
    missing = [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    named = [
        path for path in PATH.findall(text) if not re.search(r"[A-Z]{2}", Path(path).stem)
    ]  # ID.json: any
    missing += [path for path in named if not (PROJECT / path).exists()]
    assert not missing


def test_the_way_of_a_click_names_a_file_for_each_step():
    text = (PROJECT / "docs" / "architecture.md").read_text()
    steps = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| step")]
    assert len(steps) > 10
    assert all(PATH.search(step) for step in steps)
