# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/protocol.md against the code, both ways: tables, examples, limits, error codes."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from pathlib import Path

import pytest

from maskwright_backend.server import picture_requests, requests
from maskwright_shared import connection, messages, wire
from maskwright_shared.errors import MaskwrightError
from maskwright_shared.fields import has_default, rules_of
from maskwright_shared.places import find_places
from maskwright_shared.version import PROTOCOL

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
RECORDS = (messages.MaskPrompt, messages.MaskOptions, messages.MaskInfo)
SECTIONS = {"request": "Requests", "oneway": "Requests", "reply": "Replies", "event": "Events"}
KINDS = "protocol|request|image|model|connection|daemon"


def sections(level, text=TEXT):
    """Return the parts of the page under headings of one level, by heading without backticks."""
    parts = re.split(rf"^{'#' * level} (.+)$", text, flags=re.MULTILINE)
    return {title.strip("`"): body for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def rows(text):
    """Return the cells of a part's table, without its head; cells hold no escaped bars."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def default_in_words(field):
    rule = field.metadata["rule"]
    if rule.frames:
        return {"one": "frame", "rest": "frames"}[rule.frames]
    if not has_default(field):
        return "required"
    value = rule.encode(field.default)
    whole = isinstance(value, dict) and value == rule.encode(type(field.default)())
    return "`{}`" if whole else f"`{json.dumps(value)}`"


def expected_rows(kind):
    return [[f"`{f.name}`", f.metadata["rule"].words, default_in_words(f)] for f in dataclasses.fields(kind)]


@pytest.mark.parametrize("kind", [*messages.ALL, *RECORDS], ids=lambda kind: kind.__name__)
def test_the_table_of_a_message_is_its_fields(kind):
    title, section = (kind.__name__, "Records") if kind in RECORDS else (kind.TYPE, SECTIONS[kind.ROLE])
    part = sections(3, sections(2)[section])[title]
    assert [row[:3] for row in rows(part)] == expected_rows(kind)
    assert all(len(row) == 4 and row[3] for row in rows(part))


def test_the_page_describes_every_message_and_no_other():
    titles = [title for name in dict.fromkeys(SECTIONS.values()) for title in sections(3, sections(2)[name])]
    assert sorted(titles) == sorted(messages.BY_TYPE)
    assert list(sections(3, sections(2)["Records"])) == [kind.__name__ for kind in RECORDS]


def frames_for(kind, header):
    """Return as many binary frames as an example's header calls for."""
    if kind is messages.Masks:
        return [bytes(mask["bounds"][2] * mask["bounds"][3]) for mask in header["masks"]]
    if kind is messages.ObjectMap:
        return [bytes(2 * header["width"] * header["height"])]
    points_or_pixels = b"" if "points" in rules_of(kind) else b"pixels"
    return [points_or_pixels for rule in rules_of(kind).values() if rule.frames == "one"]


@pytest.mark.parametrize("kind", messages.ALL, ids=lambda kind: kind.__name__)
def test_the_example_of_a_message_is_understood(kind):
    part = sections(3, sections(2)[SECTIONS[kind.ROLE]])[kind.TYPE]
    [example] = re.findall(r"```json\n(.+?)\n```", part, flags=re.DOTALL)
    header = json.loads(example)
    envelope = wire.decode([example.encode(), *frames_for(kind, header)])
    assert type(envelope.message) is kind
    assert envelope.id == header["id"]


def test_the_connection_file_and_the_proof_are_as_described():
    section = sections(2)["Finding the daemon"]
    assert [row[0].strip("`") for row in rows(section)] == list(connection.Connection._fields)
    [example] = re.findall(r"```json\n(.+?)\n```", section, flags=re.DOTALL)
    nonce, proof = re.search(r"the nonce `([0-9a-f]{64})` the proof is `([0-9a-f]{64})`", TEXT).groups()
    assert connection.Connection(**json.loads(example)).proof(nonce) == proof
    assert f"user name `{connection.USERNAME}`" in TEXT
    assert find_places({}).connection_file.name == "connection.json"


def test_the_protocol_number_and_the_limits_are_those_of_the_code():
    assert f"protocol number **{PROTOCOL}**" in TEXT
    limits = {name: int(value.split()[0]) for name, value in rows(sections(2)["Limits"])}
    assert limits["a header"] == wire.MAX_HEADER
    assert limits["a side of an image"] == messages.MAX_SIDE
    assert limits["an image"] == messages.MAX_PIXELS
    assert limits["a stripe"] == 2 * messages.STRIPE_BYTES
    assert limits["points of a prompt"] == messages.MOST_POINTS
    assert limits["pixels of a preview"] == messages.MAX_VIEW_PIXELS
    assert limits["frames of a reply"] == messages.MAX_FRAMES
    assert limits["a frame from a client"] == 4 * messages.STRIPE_BYTES
    assert limits["images on their way in a connection"] == picture_requests.MOST_UPLOADS
    assert limits["requests under way in a connection"] == requests.MOST_PENDING
    assert len(limits) == 10


def codes_in_the_code():
    """Return every text of the sources that looks like a code, but for message types and file names."""
    pattern = re.compile(rf"(?:{KINDS})\.(?!json$|lock$|log$|py$|onnx$)[a-z_]+")
    texts = set()
    for folder in ("shared", "backend", "plugin"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            texts |= {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    types = set(messages.BY_TYPE) - {"image.stripe"}  # that one is a type and a code
    return {text for text in texts if pattern.fullmatch(text)} - types


def test_every_error_code_is_explained_and_no_other():
    listed = [row[0].strip("`") for row in rows(sections(2)["Error codes"]) if row[0].startswith("`")]
    explained, used = set(listed), codes_in_the_code()
    assert len(listed) == len(explained)
    assert used - explained == set(), "docs/protocol.md does not explain these codes"
    assert explained - used == set(), "docs/protocol.md explains codes that no longer exist"
    kinds = {type(MaskwrightError.from_fields(code, "x")) for code in explained}
    assert MaskwrightError not in kinds


def test_links_within_the_page_lead_somewhere():
    headings = re.findall(r"^#+ (.+)$", TEXT, flags=re.MULTILINE)
    anchors = {
        re.sub(r"[^a-z0-9 _.-]", "", heading.lower()).replace(".", "").replace(" ", "-")
        for heading in headings
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors
