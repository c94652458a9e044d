# SPDX-License-Identifier: GPL-3.0-or-later
"""Model families, contracts and the store of models."""
