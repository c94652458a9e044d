# SPDX-License-Identifier: GPL-3.0-or-later
"""How the built-in model is made: pictures, scenes, network, score, evaluation, export and card."""
