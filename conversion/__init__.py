# SPDX-License-Identifier: GPL-3.0-or-later
"""From reference code to graph templates; needs PyTorch, and is no part of what is installed."""
