# SPDX-License-Identifier: GPL-3.0-or-later
"""x"""
def register():
    pass
