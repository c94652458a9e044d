# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon and the command line."""

import os

# The matrices multiplied here are small: OpenBLAS's helper threads would only spin (ten times the processor time).
# It reads this when numpy is first imported, so it has to be said before.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
