# SPDX-License-Identifier: GPL-3.0-or-later
"""Getting models onto the user's disk and knowing them: cards, downloads, imports, checks, figures, providers."""
