# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects labelled by hand on openly licensed photographs: the prompts, what makes masks of them, and a loader."""
