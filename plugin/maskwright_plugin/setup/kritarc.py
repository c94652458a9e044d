# SPDX-License-Identifier: GPL-3.0-or-later
"""Switching Krita's plugin on in `kritarc`, and off again, without touching anything else in that file.

Krita leaves a new plugin switched off until its user finds the list of plugins, and then says nothing about it:
"installed, but no tool appears". A plugin that the user has switched off stays off.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_SECTION = "[python]"


def enable(settings: Path, plugin: str) -> bool:
    """Switch the plugin on unless the file already says whether it is; return whether the file was changed."""
    text = _read(settings)
    if re.search(rf"^enable_{plugin}=", text, re.MULTILINE):
        return False
    line = f"enable_{plugin}=true\n"
    section = re.search(rf"^{re.escape(_SECTION)}[ \t]*\n", text, re.MULTILINE)
    if section:
        text = text[: section.end()] + line + text[section.end() :]
    else:
        text += "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        text += f"{_SECTION}\n{line}"
    _write(settings, text)
    return True


def disable(settings: Path, plugin: str) -> None:
    """Take back what `enable` wrote, if it is still there; a file that holds nothing else goes."""
    text = _read(settings)
    without = _without_switch(text, plugin)
    if without != text:
        _write(settings, without)


def forget(settings: Path, plugin: str) -> bool:
    """Take out all that is the plugin's: its switch, unless the user turned it off, and what it remembers.

    Returns whether there was anything.
    """
    text = _read(settings)
    group = rf"^\[{plugin}\][ \t]*\r?\n(?:(?!\[).*(?:\n|\Z))*?(?=\[|\Z)"
    without = _without_switch(re.sub(group, "", text, flags=re.MULTILINE), plugin)
    if without == text:
        return False
    _write(settings, without)
    return True


def _without_switch(text: str, plugin: str) -> str:
    without = re.sub(rf"^enable_{plugin}=true\r?\n", "", text, flags=re.MULTILINE)
    if without == text:
        return text
    return re.sub(rf"\n?^{re.escape(_SECTION)}\r?\n\Z", "", without, flags=re.MULTILINE)


def _read(settings: Path) -> str:
    """Return the text as it is, line ends and bytes that are no UTF-8 included."""
    if not settings.is_file():
        return ""
    return settings.read_bytes().decode("utf-8", "surrogateescape")


def _write(settings: Path, text: str) -> None:
    is_link = settings.is_symlink()
    settings = Path(os.path.realpath(settings))  # it may be a link into a collection of settings
    if not text.strip() and not is_link:
        settings.unlink()
        return
    settings.parent.mkdir(parents=True, exist_ok=True)
    temporary = settings.with_name(f"{settings.name}.maskwright-{os.getpid()}")
    temporary.write_bytes(text.encode("utf-8", "surrogateescape"))
    if settings.is_file():
        temporary.chmod(settings.stat().st_mode & 0o777)
    temporary.replace(settings)
