# SPDX-License-Identifier: GPL-3.0-or-later
"""The GIMP plug-in's translations: complete, placeholders kept, .mo files up to date."""

import gettext
import re

import pytest
from tests.hosts.gimp import catalogues


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_text_is_translated(language):
    translated = catalogues.entries(language)
    assert sorted(text for text in translated if text) == catalogues.messages()
    for text, translation in translated.items():
        assert translation
        assert re.findall(r"{[^}]*}", text) == re.findall(r"{[^}]*}", translation)
        if text:
            assert text.count("_") == translation.count("_"), "a mnemonic was lost"


@pytest.mark.parametrize("language", ["en", *catalogues.LANGUAGES])
def test_every_mnemonic_of_the_dialog_is_its_own(language):
    own = set(catalogues.messages()) - set(catalogues.SENTENCES)
    texts = [text for text in own if "_" in text and text != "Ob_ject..."]
    shown = texts if language == "en" else [catalogues.entries(language)[text] for text in texts]
    letters = [text.partition("_")[2][0].lower() for text in shown]
    assert sorted(letters) == sorted(set(letters))


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_gettext_reads_what_was_compiled(language):
    assert catalogues.mo(language).read_bytes() == catalogues.compiled(language)
    found = gettext.translation(catalogues.DOMAIN, str(catalogues.LOCALE), [language])
    wanted = catalogues.entries(language)
    assert {text: found.gettext(text) for text in wanted if text} == {k: v for k, v in wanted.items() if k}
