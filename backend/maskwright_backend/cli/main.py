# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands and what they share: arguments, exit codes, and errors in one sentence."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from maskwright_shared.errors import (
    ConnectionFailed,
    ImageError,
    MaskwrightError,
    ModelError,
    ProtocolError,
    RequestError,
)
from maskwright_shared.plain_text import plain
from maskwright_shared.version import VERSION

from . import daemon, models, segment
from .terminal import flush_outputs, joined, log_fault, prepare_outputs, settle_outputs

ENDS = """exit codes:
  0    done
  1    it failed for another reason; the sentence says which
  2    wrong arguments or prompts
  3    an image cannot be read or written
  4    a model is unknown, damaged, refused, or cannot be had
  5    the daemon cannot be reached or started
  130  interrupted"""

EXIT_CODES: dict[type[MaskwrightError], int] = {
    RequestError: 2,
    ImageError: 3,
    ModelError: 4,
    ConnectionFailed: 5,
    ProtocolError: 5,
}


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence, not a page."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is, and end with 2."""
        self.exit(2, f"{self.prog}: {message}. Try '{self.prog} --help'.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    prepare_outputs()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except BrokenPipeError:
        settle_outputs()
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the last place where a fault can become a sentence
        print(f"maskwright: {plain(_sentence(error))}", file=sys.stderr)
        settle_outputs()
        return exit_code(error)


def _run(arguments: Sequence[str]) -> int:
    try:
        chosen = parser().parse_args(joined(arguments))
        code = int(chosen.run(chosen) or 0)
    except SystemExit:  # argparse has printed a page, or its complaint
        flush_outputs()
        raise
    flush_outputs()
    return code


def exit_code(error: Exception) -> int:
    """Return the code that tells a script what kind of error it was."""
    if isinstance(error, ProtocolError) and error.code == "protocol.field":
        return 2  # an argument that the protocol has no room for
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


def _sentence(error: Exception) -> str:
    if isinstance(error, MaskwrightError):
        return error.message
    if isinstance(error, MemoryError):
        return "There is not enough memory: close other programs, or scale the image down."
    if isinstance(error, OSError):
        return f"{error.filename or 'The output'} cannot be used: {error.strerror or error}."
    kept = log_fault(error)
    return f"This is a fault of Maskwright's ({type(error).__name__}){f', see {kept}' if kept else ''}."


def parser() -> Parser:
    """Return the parser of all commands; what it parses has `run`, a function of the parsed arguments."""
    described = "Select objects in images by clicks, on your own machine."
    layout = argparse.RawDescriptionHelpFormatter
    whole = Parser(prog="maskwright", description=described, epilog=ENDS, formatter_class=layout)
    whole.add_argument("--version", action="version", version=f"maskwright {VERSION}")
    commands = whole.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for command in (segment, models, daemon):
        command.add_to(commands)
    models.add_doctor_to(commands)
    return whole
