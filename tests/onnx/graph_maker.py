# SPDX-License-Identifier: GPL-3.0-or-later
"""A thin layer over onnx.helper, so that the small graphs read as formulas."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DTYPES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64}


class GraphMaker:
    """Collects nodes; every method returns the name of the value it makes."""

    def __init__(self, name):
        self.name, self.nodes, self.constants, self.inputs, self.outputs = name, [], [], [], []

    def input(self, name, shape, dtype="float32"):
        self.inputs.append(helper.make_tensor_value_info(name, DTYPES[dtype], shape))
        return name

    def output(self, name, value, shape, dtype="float32"):
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, DTYPES[dtype], shape))

    def const(self, value, dtype=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def op(self, kind, *inputs, **attributes):
        names = [value if isinstance(value, str) else self.const(value) for value in inputs]
        result = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, names, [result], **attributes))
        return result

    def reshape(self, value, shape):
        return self.op("Reshape", value, self.const(shape, np.int64))

    def sum(self, value, axes, keep=True):
        return self.op("ReduceSum", value, self.const(axes, np.int64), keepdims=int(keep))

    def channel(self, value, index, axis=1):
        return self.op("Gather", value, self.const([index], np.int64), axis=axis)

    def enlarge(self, value, factor):
        """Repeat every value factor x factor times."""
        scales = np.array([1, 1, factor, factor], np.float32)
        return self.op("Resize", value, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric",
                       nearest_mode="floor")  # fmt: skip

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.constants)
        made = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
        onnx.checker.check_model(made)
        return made

    def save(self, path, external=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        options = {"save_as_external_data": True, "location": f"{path.name}_data", "size_threshold": 256}
        onnx.save(self.model(), str(path), **(options if external else {}))
