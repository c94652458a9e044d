# SPDX-License-Identifier: GPL-3.0-or-later
"""`maskwright segment IMAGE`: prompts in, a mask out, through the daemon."""

from .command import add_to

__all__ = ["add_to"]
