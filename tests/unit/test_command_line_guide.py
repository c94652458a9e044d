# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to the command line says what the command does: every command, option, exit code and setting."""

import argparse
import dataclasses
import re
from pathlib import Path

import pytest

from maskwright_backend.cli.main import ENDS, EXIT_CODES, parser
from maskwright_backend.settings import Settings

GUIDE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")


def commands(one=None, path=("maskwright",)):
    """(path, parser) of every command that can be called."""
    one = one or parser()
    below = [action for action in one._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield path, one
    for action in below:
        for name, inner in action.choices.items():
            yield from commands(inner, (*path, name))


ALL = dict(commands())


def cells(heading):
    """The first two columns of the tables under a heading, without the code's backticks."""
    part = GUIDE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [re.split(r" *\| *", line.strip("| ")) for line in part.splitlines() if line.startswith("| ")]
    return {row[0].replace("`", ""): row[1].replace("`", "") for row in rows}


@pytest.mark.parametrize("path", [path for path in ALL if path != ("maskwright", "models", "doctor")])
def test_every_command_is_in_the_guide(path):
    assert f"`{path[-1]}`" in GUIDE or f"`{' '.join(path)}`" in GUIDE or f"`{' '.join(path)} IMAGE`" in GUIDE


def test_every_option_of_segment_is_in_the_guide_and_says_what_it_does():
    for action in ALL["maskwright", "segment"]._actions:
        assert action.help, action.dest
        for option in action.option_strings:
            assert option in ("-h", "--help") or re.search(rf"`{option}[`, ]", GUIDE), option


def test_the_exit_codes_are_those_of_the_command():
    told = {code: meaning for code, meaning in cells("Exit codes").items() if code.isdigit()}
    assert {int(code) for code in told} == {0, 1, 130, *EXIT_CODES.values()}
    assert dict(line.split(maxsplit=1) for line in ENDS.splitlines()[1:]) == told


def test_the_settings_and_their_defaults_are_those_of_the_daemon():
    told = cells("Settings")
    for field in dataclasses.fields(Settings):
        assert float(told[f"MASKWRIGHT_{field.name.upper()}"]) == field.default, field.name
