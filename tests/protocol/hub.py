# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub on the loopback interface that has one model which really picks: the built-in model's graphs by another name.

The daemon under test knows that model by a card of its own, since nobody has the real ones' bytes here. `python` is
a program that starts the backend with these cards; give it to an installation as its interpreter.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import sys

from tests.unit.tricky_server import Trick, TrickyServer

from maskwright_backend.models.registry import BUILTIN_FOLDER
from maskwright_backend.store.catalogue import CARDS

MODEL = "mobile-sam"
FOLDER = "/Acly/MobileSAM/resolve/0d3b403339b4674a82493d5e97964dd78089ddc8"
ENCODER, DECODER = f"{FOLDER}/encoder.onnx", f"{FOLDER}/decoder.onnx"

START = """#!{python} -I
import pathlib, runpy, sys
from maskwright_backend.store import catalogue
catalogue.CARDS = pathlib.Path({cards!r})
arguments = sys.argv[sys.argv.index("-m") + 1:]
sys.argv = arguments
runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
"""


class Hub(TrickyServer):
    """Serves the model's two files; `slow` makes the encoder come in pieces."""

    def __init__(self, folder):
        super().__init__()
        for path in (ENCODER, DECODER):
            self.files[path] = (BUILTIN_FOLDER / path.rpartition("/")[2]).read_bytes()
        self._cards = folder / "cards"
        shutil.copytree(CARDS, self._cards)
        self._write_card()
        self.python = folder / "python"
        self.python.write_text(START.format(python=sys.executable, cards=str(self._cards)))
        self.python.chmod(self.python.stat().st_mode | stat.S_IXUSR)

    @property
    def environment(self):
        """What an editor's environment needs, so that this is the hub."""
        return {"HF_ENDPOINT": self.url}

    def slow(self, pieces=6):
        """Have the encoder come in so many pieces, one every quarter of a second."""
        self.tricks[ENCODER] = Trick(drip=-(-len(self.files[ENCODER]) // pieces))

    def _write_card(self):
        path = self._cards / f"{MODEL}.json"
        card = json.loads(path.read_bytes())
        card["family"] = "sam2"
        names = {"encoder.onnx": ENCODER, "decoder.onnx": DECODER}
        card["download"] = {"files": {name: f"https://huggingface.co{at}" for name, at in names.items()}}
        card["files"] = {
            name: {"sha256": hashlib.sha256(self.files[at]).hexdigest(), "size": len(self.files[at])}
            for name, at in names.items()
        }
        path.write_text(json.dumps(card), encoding="utf-8")
