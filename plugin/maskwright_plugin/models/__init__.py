# SPDX-License-Identifier: GPL-3.0-or-later
"""The model manager without any editor in it: what there is, what it costs, and what a user does with it.

Each editor puts a window over a `Manager`; every word of that window comes from here, so both say the same.
"""
