# SPDX-License-Identifier: GPL-3.0-or-later
"""Small windows that ask or show one thing: restrictions, a removal, a whole card, the mirrors."""

from __future__ import annotations

import html
from typing import Any, Callable

from maskwright_plugin.models.acceptance import acceptance
from maskwright_plugin.models.actions import removal
from maskwright_plugin.models.details import details
from maskwright_plugin.models.facts import Row
from maskwright_plugin.models.kept import MIRRORS, Kept
from maskwright_plugin.models.summary import markup
from maskwright_plugin.models.words import Words

from ..qt import Qt, QtWidgets

READING = (560, 460)


def push(text: str, slot: Callable[[], Any]) -> Any:
    """Return a button; Enter presses the one that has the keyboard, and no other."""
    button = QtWidgets.QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(lambda *_: slot())
    return button


def accepts(parent: Any, row: Row, words: Words) -> bool:
    """Show what a model restricts; return whether the user accepts it."""
    text = acceptance(row, words)
    body = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in text.paragraphs)
    return _read(parent, text.title, body, text.button, words("Cancel"))


def show_details(parent: Any, row: Row, words: Words) -> None:
    """Show a model's whole card."""
    body = markup(details(row, words)).replace("\n", "<br>")
    _read(parent, row.name, body, "", words("Close"))


def removes(parent: Any, row: Row, words: Words) -> bool:
    """Return whether the user wants a model to be removed."""
    question, remove = removal(row, words)
    return _read(parent, row.name, f"<p>{html.escape(question)}</p>", remove, words("Cancel"), (420, 160))


def _read(
    parent: Any, title: str, body: str, accept: str, leave: str, size: tuple[int, int] = READING
) -> bool:
    dialog = QtWidgets.QDialog(parent)
    dialog.setObjectName("maskwright_reading")
    dialog.setWindowTitle(title)
    dialog.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
    dialog.resize(*size)
    text = QtWidgets.QTextBrowser()
    text.setHtml(body)
    text.setTabChangesFocus(True)
    text.setAccessibleName(title)
    row = QtWidgets.QHBoxLayout()
    row.addStretch(1)
    if accept:
        row.addWidget(push(accept, dialog.accept))
    row.addWidget(push(leave, dialog.reject))
    column = QtWidgets.QVBoxLayout(dialog)
    column.addWidget(text)
    column.addLayout(row)
    run = getattr(dialog, "exec", None) or dialog.exec_
    return bool(run())


def set_mirrors(parent: Any, kept: Kept, words: Words) -> None:
    """Let the user name mirrors of the sites that models come from; an empty field is the site itself."""
    dialog = QtWidgets.QDialog(parent)
    dialog.setObjectName("maskwright_mirrors")
    dialog.setWindowTitle(words("Mirrors"))
    form = QtWidgets.QFormLayout(dialog)
    told = QtWidgets.QLabel(
        words("Addresses from which models are fetched instead; empty means the site itself.")
    )
    told.setWordWrap(True)
    form.addRow(told)
    fields = {}
    for variable, site in MIRRORS.items():
        fields[variable] = QtWidgets.QLineEdit(kept.mirror(variable))
        fields[variable].setPlaceholderText(site)
        fields[variable].setMinimumWidth(320)
        form.addRow(site.partition("://")[2], fields[variable])
    wrong = QtWidgets.QLabel()
    form.addRow(wrong)

    def save() -> None:
        if all(kept.set_mirror(name, field.text()) for name, field in fields.items()):
            dialog.accept()
        else:
            wrong.setText(words("An address begins with http:// or https://."))

    row = QtWidgets.QHBoxLayout()
    row.addStretch(1)
    row.addWidget(push(words("Save"), save))
    row.addWidget(push(words("Cancel"), dialog.reject))
    form.addRow(row)
    run = getattr(dialog, "exec", None) or dialog.exec_
    run()
