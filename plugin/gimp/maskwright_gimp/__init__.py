# SPDX-License-Identifier: GPL-3.0-or-later
"""Maskwright inside GIMP 3: the host wrapper, the procedure for scripts, the dialog."""
