# SPDX-License-Identifier: GPL-3.0-or-later
"""From low-res logits to the 8-bit alpha mask; `finish.finish` is the one entry."""
