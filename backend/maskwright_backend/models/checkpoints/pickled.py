# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of pickles that can make tensors and plain containers, and nothing else.

Python's own unpickler calls what a pickle names. This one walks the opcodes itself (`pickletools`) and knows a handful
of names; any other is refused, so there is nothing that a pickle could call.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .refusals import refused
from .stored import StoredTensor, view_of

MOST_BYTES = 16 << 20
"""Descriptions of the largest models take a few hundred kilobytes, those of whole trainings a few megabytes."""

_STORAGES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool",
}  # fmt: skip
_TYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
_KEYS = (str, int, float, bytes, type(None))


@dataclass(frozen=True)
class _Known:
    """A name that a pickle may use: how it is called, where it is a thing to be called."""

    make: Callable[..., Any] | None = None
    dtype: str = ""


def _tensor(storage: object, start: object, shape: object, strides: object, *_: object) -> StoredTensor:
    return view_of(storage, start, shape, strides)


def _first(value: object, *_: object) -> object:
    return value


def _dictionary(pairs: object = ()) -> dict[Any, Any]:
    if not isinstance(pairs, (tuple, list)) or not all(
        isinstance(p, (tuple, list)) and len(p) == 2 for p in pairs
    ):
        raise refused("its list of tensors is not one")
    return {_key(key): value for key, value in pairs}


_NAMES = {
    ("collections", "OrderedDict"): _Known(_dictionary),
    ("torch._utils", "_rebuild_tensor"): _Known(_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): _Known(_tensor),
    ("torch._utils", "_rebuild_parameter"): _Known(_first),
    ("torch._utils", "_rebuild_parameter_with_state"): _Known(_first),
    ("torch", "Size"): _Known(_first),
    ("torch", "device"): _Known(lambda *_: None),
    **{("torch", name): _Known(dtype=dtype) for name, dtype in _STORAGES.items()},
    **{("torch", name): _Known() for name in _TYPES},
}


def unpickled(data: bytes, storage_of: Callable[[str, str, int], object]) -> object:
    """Return what a pickle holds; `storage_of(dtype, key, count)` finds the data of a tensor.

    Raises:
        ModelError: `model.refused` for a name that is neither tensor nor plain container, or for what is no pickle.
    """
    if len(data) > MOST_BYTES:
        raise refused(f"its description takes {len(data) / 1e6:.0f} MB, and a model's takes less than one")
    machine = _Machine(storage_of)
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name == "STOP":
                return machine.top()
            machine.step(opcode.name, argument)
    except (
        ValueError,
        IndexError,
        KeyError,
        TypeError,
        OverflowError,
        UnicodeDecodeError,
        MemoryError,
    ) as error:
        raise refused("its description is damaged", f"{type(error).__name__}: {error}"[:300]) from error
    raise refused("its description has no end")


class _Machine:
    """The stack and the memo of a pickle; a mark sets the stack aside."""

    def __init__(self, storage_of: Callable[[str, str, int], object]) -> None:
        self._storage_of = storage_of
        self._stack: list[Any] = []
        self._aside: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def top(self) -> object:
        return self._stack.pop()

    def step(self, name: str, argument: Any) -> None:
        """Carry out one opcode."""
        stack = self._stack
        if name in _VALUES:
            stack.append(argument if _VALUES[name] is None else _VALUES[name]())  # type: ignore[misc]
        elif name in ("PROTO", "FRAME"):
            pass
        elif name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self._memo[len(self._memo) if name == "MEMOIZE" else argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(self._memo[argument])
        elif name == "MARK":
            self._aside.append(stack)
            self._stack = []
        elif name in _AFTER_MARK:
            items, self._stack = stack, self._aside.pop()
            _AFTER_MARK[name](self._stack, items)
        elif name in _ON_STACK:
            _ON_STACK[name](stack)
        elif name == "GLOBAL":
            stack.append(_named(*argument.split(" ", 1)))
        elif name == "BINPERSID":
            stack.append(self._storage(stack.pop()))
        else:
            raise refused(f"it holds something other than tensors and plain containers ({name})")

    def _storage(self, told: object) -> object:
        if not isinstance(told, tuple) or len(told) != 5 or told[0] != "storage":
            raise refused("it refers to data in a way that is not known here")
        _, kind, key, _, count = told
        if (
            not isinstance(kind, _Known)
            or not kind.dtype
            or not isinstance(key, str)
            or not isinstance(count, int)
        ):
            raise refused("it refers to data of a type that is not known here")
        return self._storage_of(kind.dtype, key, count)


def _named(module: object, name: object) -> _Known:
    found = _NAMES.get((module, name)) if isinstance(module, str) and isinstance(name, str) else None
    if found is None:
        told = f"{module}.{name}"[:80]
        raise refused(
            f"it asks for {told}, which is neither a tensor nor a plain container; a checkpoint of weights alone, as "
            "torch.save(model.state_dict()) writes it, asks for none"
        )
    return found


def _key(value: object) -> object:
    """Return a key as it is; a container as a key could be of any depth."""
    if not isinstance(value, _KEYS):
        raise refused("it names a tensor by something that is no name")
    return value


def _reduce(stack: list[Any]) -> None:
    arguments, known = stack.pop(), stack.pop()
    if not isinstance(known, _Known) or known.make is None or not isinstance(arguments, tuple):
        raise refused("it calls something that is neither a tensor nor a plain container")
    stack.append(known.make(*arguments))


def _stack_global(stack: list[Any]) -> None:
    name, module = stack.pop(), stack.pop()
    stack.append(_named(module, name))


def _set_item(stack: list[Any]) -> None:
    value, key = stack.pop(), stack.pop()
    stack[-1].__setitem__(_key(key), value) if type(stack[-1]) is dict else _no_container()


def _append(stack: list[Any]) -> None:
    value = stack.pop()
    stack[-1].append(value) if type(stack[-1]) is list else _no_container()


def _set_items(stack: list[Any], items: list[Any]) -> None:
    if type(stack[-1]) is not dict or len(items) % 2:
        _no_container()
    stack[-1].update({_key(key): value for key, value in zip(items[::2], items[1::2], strict=True)})


def _appends(stack: list[Any], items: list[Any]) -> None:
    stack[-1].extend(items) if type(stack[-1]) is list else _no_container()


def _no_container() -> None:
    raise refused("its description is damaged")


def _tuple(count: int) -> Callable[[list[Any]], None]:
    def make(stack: list[Any]) -> None:
        items = tuple(stack[-count:])
        if len(items) != count:
            _no_container()
        stack[-count:] = [items]

    return make


_VALUES: dict[str, Callable[[], object] | None] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False, "EMPTY_DICT": dict, "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple, "BININT": None, "BININT1": None, "BININT2": None, "LONG1": None, "BINFLOAT": None,
    "BINUNICODE": None, "SHORT_BINUNICODE": None, "BINUNICODE8": None, "SHORT_BINBYTES": None, "BINBYTES": None,
    "BINBYTES8": None,
}  # fmt: skip
"""Opcodes that put a value on the stack: their argument, or what is made anew."""

_AFTER_MARK: dict[str, Callable[[list[Any], list[Any]], None]] = {
    "TUPLE": lambda stack, items: stack.append(tuple(items)),
    "SETITEMS": _set_items,
    "APPENDS": _appends,
}
_ON_STACK: dict[str, Callable[[list[Any]], None]] = {
    "REDUCE": _reduce,
    "STACK_GLOBAL": _stack_global,
    "SETITEM": _set_item,
    "APPEND": _append,
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "BUILD": lambda stack: (stack.pop(), None)[
        1
    ],  # attributes of a container: its metadata, which nobody reads here
}
