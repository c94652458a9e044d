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
    text = settings.read_text("utf-8") if settings.is_file() else ""
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
    """Take back what `enable` wrote, if it is still there."""
    if not settings.is_file():
        return
    text = settings.read_text("utf-8")
    without = re.sub(rf"^enable_{plugin}=true\n", "", text, flags=re.MULTILINE)
    without = re.sub(rf"\n?^{re.escape(_SECTION)}\n\Z", "", without, flags=re.MULTILINE)
    if without != text:
        _write(settings, without)


def _write(settings: Path, text: str) -> None:
    settings = Path(os.path.realpath(settings))  # it may be a link into a collection of settings
    settings.parent.mkdir(parents=True, exist_ok=True)
    temporary = settings.with_name(f"{settings.name}.maskwright-{os.getpid()}")
    temporary.write_text(text, "utf-8")
    if settings.is_file():
        temporary.chmod(settings.stat().st_mode & 0o777)
    temporary.replace(settings)
