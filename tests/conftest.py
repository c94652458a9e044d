# SPDX-License-Identifier: GPL-3.0-or-later
"""For all tests: none of them reports to anybody, whichever of them imports ONNX Runtime first."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

os.environ.setdefault(
    "MASKWRIGHT_PREPARE", "0"
)  # each daemon here has a fresh home, and would cut the same decoders
os.environ.setdefault(
    "MASKWRIGHT_EMBEDDING_DISK", "0"
)  # a daemon's next start must not know what a test encoded
