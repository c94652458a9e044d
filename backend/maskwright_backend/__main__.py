# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m maskwright_backend` is the command `maskwright`."""

import sys

from .cli import main

sys.exit(main())
