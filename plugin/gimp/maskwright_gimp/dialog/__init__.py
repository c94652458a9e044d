# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP's dialog: the preview that is clicked, the panel beside it, and what is said below."""
