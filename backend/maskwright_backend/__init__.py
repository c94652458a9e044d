# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon and the command line."""
