"""Loads, stores and bit tricks on raw memory for the kernels: numba has none of its own.

Kernels work on integer addresses. Arrays that are handed to inlined helpers cost an atomic reference count a call,
which took eight times as long as the work itself (measured); an address costs nothing. Every access is `element index`
beyond a base address, so that LLVM sees plain loops over pointers and makes vector code of them.

Each intrinsic here is a handful of LLVM instructions, because malformed ones crash the compiler instead of raising.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from curate.jit import helper, stamp

BUILD = stamp(__file__)

_I1, _I8, _I32, _I64 = ir.IntType(1), ir.IntType(8), ir.IntType(32), ir.IntType(64)
_BLOCK = ir.VectorType(_I8, 64)


def packed(array: np.ndarray, kind: type[np.generic]) -> np.ndarray:
    """The array as a kernel reads it: of this type, without gaps; a copy only where it is not.

    Raises:
        TypeError: values of the array's type may not fit.
    """
    return np.ascontiguousarray(array.astype(kind, casting="safe", copy=False))


def pointer(array: np.ndarray) -> int:
    """The address of a packed array's memory; the caller holds the array as long as a kernel works on it."""
    if not array.flags.c_contiguous:
        raise ValueError("an array that a kernel works on is not contiguous: copy it first")
    return int(array.__array_interface__["data"][0])


@helper
def signed(value: Any) -> int:  # noqa: ANN401 - any integer
    """An integer as a signed one of 64 bits."""
    return np.int64(value)  # type: ignore[return-value]


def _intrinsic(typing: Callable[..., Any]) -> Any:  # noqa: ANN401 - numba's own type
    """What numba inlines into a kernel; of any type, because a call looks other than the function that builds it."""
    return intrinsic(typing)


def _pointer(builder: ir.IRBuilder, base: Any, index: Any, element: ir.Type) -> Any:  # noqa: ANN401 - LLVM values
    return builder.gep(builder.inttoptr(base, element.as_pointer()), [index], source_etype=element)


def _load(element: ir.Type, result: Any) -> Any:  # noqa: ANN401 - numba types
    def typing(context: Any, base: Any, index: Any) -> Any:  # noqa: ANN401, ARG001
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
            value = builder.load(_pointer(builder, arguments[0], arguments[1], element), typ=element)
            value.align = 1
            return value if result.bitwidth == element.width else builder.zext(value, _I64)

        return result(types.int64, types.int64), build

    return typing


def _store(element: ir.Type, given: Any) -> Any:  # noqa: ANN401 - numba types
    def typing(context: Any, base: Any, index: Any, value: Any) -> Any:  # noqa: ANN401, ARG001
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
            base, index, value = arguments
            builder.store(value, _pointer(builder, base, index, element), align=1)
            return context.get_dummy_value()

        return types.none(types.int64, types.int64, given), build

    return typing


load8: Any = intrinsic(_load(_I8, types.uint8))
load32: Any = intrinsic(_load(_I32, types.uint32))
load64: Any = intrinsic(_load(_I64, types.uint64))
# As signed integers of 64 bits, for counts and places: numba makes floats of signed and unsigned ones together.
integer8: Callable[[int, int], int] = intrinsic(_load(_I8, types.int64))
integer32: Callable[[int, int], int] = intrinsic(_load(_I32, types.int64))
integer64: Callable[[int, int], int] = intrinsic(_load(_I64, types.int64))
store8: Any = intrinsic(_store(_I8, types.uint8))
store32: Any = intrinsic(_store(_I32, types.uint32))
store64: Any = intrinsic(_store(_I64, types.uint64))


def _splat(builder: ir.IRBuilder, byte: Any) -> Any:  # noqa: ANN401 - LLVM values
    undefined = ir.Constant(_BLOCK, ir.Undefined)
    one = builder.insert_element(undefined, byte, ir.Constant(_I32, 0))
    return builder.shuffle_vector(one, undefined, ir.Constant(ir.VectorType(_I32, 64), [0] * 64))


def _all(byte: int) -> ir.Constant:
    return ir.Constant(_BLOCK, [byte] * 64)


def _within(builder: ir.IRBuilder, block: Any, first: int, last: int) -> Any:  # noqa: ANN401 - LLVM values
    return builder.icmp_unsigned("<=", builder.sub(block, _all(first)), _all(last - first))


def _block(builder: ir.IRBuilder, address: Any) -> Any:  # noqa: ANN401 - LLVM values
    value = builder.load(builder.inttoptr(address, _BLOCK.as_pointer()), typ=_BLOCK)
    value.align = 1
    return value


@_intrinsic
def high64(context: Any, address: Any) -> Any:  # noqa: ANN401, ARG001
    """One bit for each of the 64 bytes at an address: set where the byte is not ASCII."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
        negative = builder.icmp_signed("<", _block(builder, arguments[0]), _all(0))
        return builder.bitcast(negative, _I64)

    return types.uint64(types.int64), build


@_intrinsic
def equal64(context: Any, one: Any, other: Any) -> Any:  # noqa: ANN401, ARG001
    """One bit for each of the 64 bytes at two addresses: set where they are equal."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
        one, other = (_block(builder, address) for address in arguments)
        return builder.bitcast(builder.icmp_unsigned("==", one, other), _I64)

    return types.uint64(types.int64, types.int64), build


@_intrinsic
def fold64(context: Any, source: Any, target: Any, case: Any, digits: Any, signs: Any) -> Any:  # noqa: ANN401, ARG001
    """Copy 64 bytes in normal form and say which of them end a word.

    Args:
        context: numba's.
        source: address of the bytes.
        target: address of the copy.
        case: 0x20 to make A-Z small, 0 to leave them.
        digits: 0xFF to make each of 0-9 a 0, 0 to leave them.
        signs: 0xFF if ASCII punctuation ends a word as blanks do, 0 if not.

    Returns:
        One bit a byte, set where it ends a word.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
        source, target, case, digits, signs = arguments
        block = _block(builder, source)
        zeros = _all(0)
        capital, digit = _within(builder, block, 65, 90), _within(builder, block, 48, 57)
        folded = builder.or_(block, builder.select(capital, _splat(builder, case), zeros))
        hidden = builder.and_(digit, builder.icmp_unsigned("!=", _splat(builder, digits), zeros))
        folded = builder.select(hidden, _all(48), folded)
        builder.store(folded, builder.inttoptr(target, _BLOCK.as_pointer()), align=1)
        blank = builder.or_(_within(builder, block, 9, 13), builder.icmp_unsigned("==", block, _all(32)))
        ranges = [_within(builder, block, *range_) for range_ in ((33, 47), (58, 64), (91, 96), (123, 126))]
        sign = builder.or_(builder.or_(ranges[0], ranges[1]), builder.or_(ranges[2], ranges[3]))
        sign = builder.and_(sign, builder.icmp_unsigned("!=", _splat(builder, signs), zeros))
        return builder.bitcast(builder.or_(blank, sign), _I64)

    given = (types.int64, types.int64, types.uint8, types.uint8, types.uint8)
    return types.uint64(*given), build


@_intrinsic
def affine_least(context: Any, least: Any, factor: Any, summand: Any, value: Any) -> Any:  # noqa: ANN401, ARG001
    """The lesser of `least` and `factor * value + summand` mod 2^32 (numba would compute in 64 bits)."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
        least, factor, summand, value = arguments
        moved = builder.add(builder.mul(factor, value), summand)
        return builder.select(builder.icmp_unsigned("<", moved, least), moved, least)

    return types.uint32(types.uint32, types.uint32, types.uint32, types.uint32), build


def _bits(name: str, *flags: ir.Constant) -> Any:  # noqa: ANN401 - an intrinsic's typing function
    def typing(context: Any, word: Any) -> Any:  # noqa: ANN401, ARG001
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
            kind = ir.FunctionType(_I64, [_I64, *(flag.type for flag in flags)])
            function = builder.module.declare_intrinsic(name, [_I64], kind)
            return builder.call(function, [arguments[0], *flags])

        return types.int64(types.uint64), build

    return typing


ones64: Any = intrinsic(_bits("llvm.ctpop"))
# The number of zero bits below the lowest set bit; 64 if none is set.
lowest64: Any = intrinsic(_bits("llvm.cttz", ir.Constant(_I1, 0)))
