# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of errors and its way over the wire."""

from __future__ import annotations

import pytest

from maskwright_shared import errors
from maskwright_shared.errors import Cancelled, MaskwrightError, RequestError

EXAMPLES = {
    "protocol.field": errors.ProtocolError,
    "request.prompt": errors.RequestError,
    "request.cancelled": errors.Cancelled,
    "request.stale": errors.Cancelled,
    "image.unknown": errors.ImageError,
    "model.broken": errors.ModelError,
    "connection.lost": errors.ConnectionFailed,
    "daemon.internal": errors.DaemonError,
    "unheard.of": MaskwrightError,
    "": MaskwrightError,
}


@pytest.mark.parametrize(("code", "kind"), EXAMPLES.items())
def test_a_code_gives_the_class_that_owns_it(code, kind):
    error = MaskwrightError.from_fields(code, "A sentence.", "detail")
    assert type(error) is kind
    assert error.to_fields() == {"code": code, "message": "A sentence.", "detail": "detail"}
    again = MaskwrightError.from_fields(**error.to_fields())
    assert (type(again), again.to_fields()) == (kind, error.to_fields())


def test_the_sentence_is_what_is_shown():
    error = Cancelled("request.stale", "A newer request overtook this one.")
    assert str(error) == "A newer request overtook this one."
    assert repr(error) == "Cancelled('request.stale', 'A newer request overtook this one.')"
    assert isinstance(error, RequestError)
