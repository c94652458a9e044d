# SPDX-License-Identifier: GPL-3.0-or-later
"""A small language for ONNX graphs: tensors with Python's operators, turned into nodes as they are used.

    g = Graph("double")
    x = g.input("x", [1, 2])
    g.output("y", x * 2.0, [1, 2])
    data = g.to_bytes()

Every value is float32 unless an operator of ONNX wants int64 (shapes, axes). Names are counted and equal
constants are stored once, so the same program always gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

IR_VERSION = 8
OPSET = 17
ALL = 2**31 - 1

Array: TypeAlias = npt.NDArray[Any]
Operand: TypeAlias = "Tensor | float | Array"


class Tensor:
    """One value of a graph; operators and methods append nodes and return the new value."""

    __array_ufunc__ = None  # numpy leaves `array * tensor` to the tensor

    def __init__(self, graph: Graph, name: str) -> None:
        """Name a value that `graph` already holds."""
        self.graph, self.name = graph, name

    def _binary(self, kind: str, other: Operand) -> Tensor:
        return self.graph.op(kind, self, other)

    def _swapped(self, kind: str, other: Operand) -> Tensor:
        return self.graph.op(kind, other, self)

    def __add__(self, other: Operand) -> Tensor:
        return self._binary("Add", other)

    def __radd__(self, other: Operand) -> Tensor:
        return self._swapped("Add", other)

    def __sub__(self, other: Operand) -> Tensor:
        return self._binary("Sub", other)

    def __rsub__(self, other: Operand) -> Tensor:
        return self._swapped("Sub", other)

    def __mul__(self, other: Operand) -> Tensor:
        return self._binary("Mul", other)

    def __rmul__(self, other: Operand) -> Tensor:
        return self._swapped("Mul", other)

    def __truediv__(self, other: Operand) -> Tensor:
        return self._binary("Div", other)

    def __rtruediv__(self, other: Operand) -> Tensor:
        return self._swapped("Div", other)

    def __matmul__(self, other: Operand) -> Tensor:
        return self._binary("MatMul", other)

    def __neg__(self) -> Tensor:
        return self.graph.op("Neg", self)

    def maximum(self, other: Operand) -> Tensor:
        """Give the larger of the two, elementwise."""
        return self._binary("Max", other)

    def minimum(self, other: Operand) -> Tensor:
        """Give the smaller of the two, elementwise."""
        return self._binary("Min", other)

    def clip(self, low: float, high: float) -> Tensor:
        """Limit to low..high."""
        return self.graph.op("Clip", self, low, high)

    def exp(self) -> Tensor:
        """Give e to this power."""
        return self.graph.op("Exp", self)

    def log(self) -> Tensor:
        """Give the natural logarithm."""
        return self.graph.op("Log", self)

    def sqrt(self) -> Tensor:
        """Give the square root."""
        return self.graph.op("Sqrt", self)

    def abs(self) -> Tensor:
        """Give the magnitude."""
        return self.graph.op("Abs", self)

    def sigmoid(self) -> Tensor:
        """Give 1 / (1 + exp(-x))."""
        return self.graph.op("Sigmoid", self)

    def power(self, exponent: float) -> Tensor:
        """Raise to a fixed power."""
        return self.graph.op("Pow", self, exponent)

    def softmax(self, axis: int) -> Tensor:
        """Normalise exp(x) to sum 1 along `axis`."""
        return self.graph.op("Softmax", self, axis=axis)

    def above(self, level: Operand) -> Tensor:
        """Give 1.0 where x > level, else 0.0."""
        return self.graph.op("Cast", self._binary("Greater", level), to=TensorProto.FLOAT)

    def equals(self, value: float) -> Tensor:
        """Give 1.0 where x is `value` (to within a half), else 0.0."""
        return 1.0 - (self - value).abs().above(0.5)

    def sum(self, *axes: int) -> Tensor:
        """Sum over `axes`, which stay with length 1."""
        return self.graph.op("ReduceSum", self, np.array(axes, np.int64), keepdims=1)

    def mean(self, *axes: int) -> Tensor:
        """Average over `axes`, which stay with length 1."""
        return self.graph.op("ReduceMean", self, axes=list(axes), keepdims=1)

    def min(self, *axes: int) -> Tensor:
        """Take the least over `axes`, which stay with length 1."""
        return self.graph.op("ReduceMin", self, axes=list(axes), keepdims=1)

    def max(self, *axes: int) -> Tensor:
        """Take the greatest over `axes`, which stay with length 1."""
        return self.graph.op("ReduceMax", self, axes=list(axes), keepdims=1)

    def argmax(self, axis: int) -> Tensor:
        """Give the int64 index of the greatest, with `axis` removed."""
        return self.graph.op("ArgMax", self, axis=axis, keepdims=0)

    def take(self, index: Tensor, axis: int) -> Tensor:
        """Gather along `axis` by an int64 tensor."""
        return self.graph.op("Gather", self, index, axis=axis)

    def reshape(self, *shape: int) -> Tensor:
        """View with another shape; -1 as in numpy, 0 keeps a length."""
        return self.graph.op("Reshape", self, np.array(shape, np.int64))

    def transpose(self, *order: int) -> Tensor:
        """Permute the axes."""
        return self.graph.op("Transpose", self, perm=list(order))

    def cut(self, axis: int, start: int, stop: int = ALL) -> Tensor:
        """Slice start:stop of one axis."""
        bounds = [np.array([value], np.int64) for value in (start, stop, axis)]
        return self.graph.op("Slice", self, *bounds)

    def conv(self, kernel: Array, *, groups: int = 1) -> Tensor:
        """Convolve [N,C,H,W] with a constant kernel [M,C/groups,k,k], same size, zeros outside."""
        pad = kernel.shape[-1] // 2
        return self.graph.op("Conv", self, kernel.astype(np.float32), pads=[pad] * 4, group=groups)

    def layer(self, kernel: Tensor, bias: Tensor, *, stride: int = 1, size: int = 1) -> Tensor:
        """Convolve with learned weights [M,C,size,size] and [M]; the picture shrinks by `stride`."""
        return self.graph.op("Conv", self, kernel, bias, pads=[size // 2] * 4, strides=[stride] * 2)

    def running_sum(self, axis: int) -> Tensor:
        """Add up along one axis, each with all before it."""
        return self.graph.op("CumSum", self, np.array(axis, np.int64))

    def scaled(self, height: int, width: int) -> Tensor:
        """Resample [1,C,H,W] bilinearly to height x width, pixel centres at +0.5."""
        mode = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        size = self.graph.op("Concat", self.graph.op("Shape", self, end=2), np.array([height, width]), axis=0)
        return self.graph.op("Resize", self, None, None, size, **mode)

    def whole(self) -> Tensor:
        """Round down to int64, to index with."""
        return self.graph.op("Cast", self, to=TensorProto.INT64)

    def mean_pool(self, size: int) -> Tensor:
        """Average blocks of size x size pixels: the picture shrinks by `size`."""
        return self.graph.op("AveragePool", self, kernel_shape=[size] * 2, strides=[size] * 2)

    def blur(self, size: int) -> Tensor:
        """Average over a window of size x size (odd), same size, pixels outside not counted."""
        pad = [size // 2] * 4
        return self.graph.op("AveragePool", self, kernel_shape=[size] * 2, strides=[1, 1], pads=pad)

    def max_pool(self, size: int, stride: int = 1) -> Tensor:
        """Take the maximum of a window; stride 1 keeps the size, stride == size shrinks."""
        pad = [size // 2 if stride == 1 else 0] * 4
        return self.graph.op("MaxPool", self, kernel_shape=[size] * 2, strides=[stride] * 2, pads=pad)

    def enlarge(self, factor: int) -> Tensor:
        """Enlarge [N,C,H,W] bilinearly with pixel centres at +0.5."""
        scales = np.array([1, 1, factor, factor], np.float32)
        mode = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        return self.graph.op("Resize", self, None, scales, **mode)


class Graph:
    """A graph in the making; ends with `to_bytes`."""

    def __init__(self, name: str) -> None:
        """Start an empty graph."""
        self.name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._initializers: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, shape: Sequence[int | str]) -> Tensor:
        """Declare a float32 input; a string in `shape` is a free length."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return Tensor(self, name)

    def output(self, name: str, value: Tensor, shape: Sequence[int]) -> None:
        """Declare `value` as a float32 output."""
        self._nodes.append(helper.make_node("Identity", [value.name], [name], name=name))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def constant(self, value: float | Array) -> Tensor:
        """Store a constant, once for each distinct value; floats become float32."""
        array = np.asarray(value)
        if array.dtype != np.int64 or (array.ndim == 0 and not isinstance(value, np.ndarray)):
            array = array.astype(np.float32)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            name = self._constants[key] = f"c{len(self._constants)}"
            kind = TensorProto.INT64 if array.dtype == np.int64 else TensorProto.FLOAT
            little = array.astype(array.dtype.newbyteorder("<")).tobytes()
            self._initializers.append(helper.make_tensor(name, kind, array.shape, little, raw=True))
        return Tensor(self, self._constants[key])

    def weight(self, name: str, value: Array) -> Tensor:
        """Store learned numbers under their name as float16, to be used as float32."""
        self._initializers.append(
            helper.make_tensor(
                name, TensorProto.FLOAT16, value.shape, value.astype("<f2").tobytes(), raw=True
            )
        )
        return self.op("Cast", Tensor(self, name), to=TensorProto.FLOAT)

    def op(self, kind: str, *operands: Operand | None, **attributes: Any) -> Tensor:
        """Append one node; plain numbers and arrays become constants, None an absent input."""
        name = f"t{len(self._nodes)}"
        names = [self._named(operand) for operand in operands]
        self._nodes.append(helper.make_node(kind, names, [name], name=name, **attributes))
        return Tensor(self, name)

    def _named(self, operand: Operand | None) -> str:
        if operand is None:
            return ""
        return operand.name if isinstance(operand, Tensor) else self.constant(operand).name

    def concat(self, parts: Sequence[Operand], axis: int) -> Tensor:
        """Join along `axis`."""
        return self.op("Concat", *parts, axis=axis)

    def to_bytes(self) -> bytes:
        """Check the graph and serialise it; the same program gives the same bytes."""
        graph = helper.make_graph(self._nodes, self.name, self._inputs, self._outputs, self._initializers)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(
            graph, ir_version=IR_VERSION, opset_imports=opsets, producer_name="maskwright"
        )
        onnx.checker.check_model(model)
        data: bytes = model.SerializeToString(deterministic=True)
        return data
