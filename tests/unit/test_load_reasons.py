# SPDX-License-Identifier: GPL-3.0-or-later
"""What ONNX Runtime says, as a user can use it."""

import pytest

from maskwright_backend.models.load_reasons import reason_of

SAID = {
    "Opset 99 is under development and more. Current official support for domain ai.onnx is till opset 23.":
        "it is written in opset 99, and the installed ONNX Runtime 1.2 takes up to 23: ",
    "Unsupported model IR version: 12, max supported IR version: 11":
        "its IR version is 12, and the installed ONNX Runtime 1.2 takes up to 11: ",
    "Error No Op registered for Gelu with domain_version of 17": "its operator Gelu is none that the installed",
    "Fatal error: com.x:Odd(-1) is not a registered function/op": "its operator com.x:Odd(-1) is none that",
    "NOT_IMPLEMENTED : Could not find an implementation for Resize(19) node": "its operator Resize is none that",
    "External initializer: w offset: 0 size to read: 4000 given file_length: 100 are out of bounds":
        "its data file has 100 bytes where 4000 more are wanted",
    "Load model from x failed:Protobuf parsing failed.": "it is damaged or cut short",
    "BFCArena::AllocateRawInternal Failed to allocate memory": "it needs more memory than there is",
    "std::bad_alloc": "it needs more memory than there is",
}  # fmt: skip


@pytest.mark.parametrize("said", SAID)
def test_a_reason_is_put_into_words(said):
    assert reason_of(f"[ONNXRuntimeError] : 1 : FAIL : {said}", "1.2").startswith(SAID[said])


def test_what_is_not_understood_is_left_out():
    assert reason_of("something else", "1.2") == ""
