# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon and the command line."""

import os

# The matrices multiplied here are small: OpenBLAS's helper threads would only spin (ten times the processor time).
# It reads this when numpy is first imported, so it has to be said before.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# ONNX Runtime's official builds tell their maker of every model that is loaded, under a lasting identifier, unless
# this is said before they are loaded (their Privacy.md). Nothing leaves the user's machine: no setting brings it back.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
