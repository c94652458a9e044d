# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels: how they are read, resized and prepared for a model."""
