# SPDX-License-Identifier: GPL-3.0-or-later
"""The model that ships with Maskwright: two ONNX graphs and the program that writes them."""
