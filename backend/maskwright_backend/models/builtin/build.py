# SPDX-License-Identifier: GPL-3.0-or-later
"""Write both graphs next to this file."""
from pathlib import Path
from maskwright_backend.models.builtin import encoder, decoder
for n,m in (("encoder",encoder),("decoder",decoder)):
    Path(__file__).with_name(n+".onnx").write_bytes(m.build())
