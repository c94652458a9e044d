# SPDX-License-Identifier: GPL-3.0-or-later
"""From PyTorch models to pairs of ONNX graphs with the documented tensors.

Nothing here is imported by the daemon: it needs torch, and transformers or a clone of the model's own code.
"""
