# SPDX-License-Identifier: GPL-3.0-or-later
"""What both sides must agree on: messages, wire, addresses, errors. Standard library only, Python 3.8 and later."""
