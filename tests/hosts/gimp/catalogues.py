# SPDX-License-Identifier: GPL-3.0-or-later
"""The translations of the GIMP plug-in: what is to be translated, and .po files made into .mo files.

`python -m tests.hosts.gimp.catalogues` writes the .mo files anew; the tests see to it that they are up to date.
"""

import ast
import re
import struct
import sys
from pathlib import Path

PLUGIN = Path(__file__).resolve().parents[3] / "plugin" / "gimp"
LOCALE = PLUGIN / "locale"
sys.path.insert(0, str(PLUGIN))

from maskwright_gimp.elsewhere import SENTENCES  # noqa: E402

DOMAIN = "maskwright-select"
LANGUAGES = ("de", "ja")
_PAIR = re.compile(r'msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)msgstr ((?:"(?:[^"\\]|\\.)*"\s*)+)')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def messages():
    """Return every text that the plug-in passes to `_`, and those it gets from elsewhere."""
    found = set(SENTENCES)
    for path in [*PLUGIN.glob("*.py"), *sorted((PLUGIN / "maskwright_gimp").rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text())):
            is_call = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_"
            if is_call and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return sorted(found)


def po(language):
    """Return the path of a language's source."""
    return LOCALE / f"{language}.po"


def mo(language):
    """Return the path of what gettext reads."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo"


def entries(language):
    """Return {text: translation}; the header is that of the empty text."""
    text = po(language).read_text(encoding="utf-8")
    return {_unquoted(source): _unquoted(translation) for source, translation in _PAIR.findall(text)}


def compiled(language):
    """Return the .mo file's bytes (the format of GNU gettext's manual, little-endian, without a hash table)."""
    items = sorted((source.encode(), text.encode()) for source, text in entries(language).items())
    count = len(items)
    start = 28 + 16 * count
    tables, data = ([], []), b""
    for column in (0, 1):
        for item in items:
            tables[column].append(struct.pack("<II", len(item[column]), start + len(data)))
            data += item[column] + b"\0"
    header = struct.pack("<IIIIIII", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 28 + 16 * count)
    return header + b"".join(tables[0]) + b"".join(tables[1]) + data


def _unquoted(text):
    joined = "".join(_QUOTED.findall(text))
    return joined.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")


def write():
    """Write every .mo file."""
    for language in LANGUAGES:
        mo(language).parent.mkdir(parents=True, exist_ok=True)
        mo(language).write_bytes(compiled(language))


if __name__ == "__main__":
    write()
