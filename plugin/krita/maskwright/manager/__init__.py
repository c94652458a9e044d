# SPDX-License-Identifier: GPL-3.0-or-later
"""The window in which models are chosen, got and looked after: Qt over `maskwright_plugin.models`."""
