# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a click enters: the mouse over the preview, the cross that the arrow keys move, and every other key."""
