# SPDX-License-Identifier: GPL-3.0-or-later
"""From PyTorch's checkpoints to ONNX without PyTorch: readers, graph templates, and what fills them in."""
