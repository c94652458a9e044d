# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m maskwright_backend` is the command `maskwright`."""

import sys

try:
    from .cli import main

    sys.exit(main())
except KeyboardInterrupt:  # while it is still being loaded
    sys.exit(130)
