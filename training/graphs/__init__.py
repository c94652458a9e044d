# SPDX-License-Identifier: GPL-3.0-or-later
"""The learned model as it stands, with the program that writes its graphs; it does not ship yet (`docs/quality.md`)."""
