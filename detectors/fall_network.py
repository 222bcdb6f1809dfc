"""A small convolutional network over the nine seconds around a peak.

One of several unlike models of a fall: it is given no features, only the acceleration and
what gravity makes of it. It runs in plain numpy; its numbers come from
`detectors.evaluation.fall_network_training`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import msgspec
import numpy as np

from detectors.acceleration import GRID_HZ
from detectors.fall_moments import PEAK, SAMPLES, Singles
from telecare.errors import InvalidInput

View = Literal["axes", "gravity"]
"""What a member sees besides |a|, its jerk and its unrest: the device's own axes, or the parts
along and across gravity as it was before and after the peak, which no turn of the device on
the body changes.
"""

CHANNELS: dict[View, int] = {"axes": 6, "gravity": 9}
SHAPES = ((7, 24), (5, 40), (5, 56), (3, 64))
"""Taps and outputs of the four convolutions: 28,000 numbers a member."""
STRIDES = (2, 2, 2, 1)
SEGMENTS = (slice(0, 16), slice(16, 26), slice(26, 36))
"""Quarter seconds before, of (from 1 s before the peak to 1.5 s after) and after the impact."""
MOST_BYTES = 300_000
_BATCH = 128
_EARLIER = slice(int(0.5 * GRID_HZ), int(3.5 * GRID_HZ))
_LATER = slice(PEAK + int(1.25 * GRID_HZ), SAMPLES - int(0.25 * GRID_HZ))
_SMOOTH = 17
_LEAST_G = 0.03
"""Unrest below this is noise of the sensor."""


class Member(msgspec.Struct, frozen=True):
    """One trained network.

    `arrays`: kernel (taps, inputs, outputs) and bias (outputs) of each convolution, then
    weights (6 x outputs of the last) and bias (1) of the verdict.
    """

    view: View
    arrays: tuple[Singles, ...]

    def margins(self, seen: Singles) -> Singles:
        """Log odds of windows as `channels` shows them."""
        for layer, stride in enumerate(STRIDES):
            seen = _convolve(seen, self.arrays[2 * layer], stride)
            seen += self.arrays[2 * layer + 1]
            np.maximum(seen, 0.0, out=seen)
        parts = [seen[:, segment] for segment in SEGMENTS]
        pooled = np.concatenate([f(part, axis=1) for part in parts for f in (np.mean, np.max)], 1)
        odds: Singles = pooled @ self.arrays[-2] + self.arrays[-1]
        return odds


class _Stored(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    view: View
    arrays: list[bytes]


class _File(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    format: Literal[1]
    members: list[_Stored]


class FallNetwork:
    """The average of a few members' log odds; their numbers have the precision of float16, so
    that the network that was measured is the one that is shipped.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        if not members:
            raise InvalidInput("a fall network needs at least one member")
        self.members = tuple(
            Member(m.view, tuple(a.astype(np.float16).astype(np.float32) for a in m.arrays))
            for m in members
        )

    def margins(self, windows: Singles) -> Singles:
        """Log odds of a fall in each window of shape (n, `SAMPLES`, 3) in g, on `GRID_HZ`, the
        peak at `PEAK`; above 0 is more likely a fall, as far as the training balanced them.
        """
        if windows.ndim != 3 or windows.shape[1:] != (SAMPLES, 3):
            raise InvalidInput(f"windows must be (n, {SAMPLES}, 3), not {windows.shape}")
        odds = np.zeros(len(windows), np.float32)
        views = sorted({m.view for m in self.members})
        for begin in range(0, len(windows), _BATCH):
            part = slice(begin, begin + _BATCH)
            seen = {view: channels(windows[part], view) for view in views}
            odds[part] = sum(m.margins(seen[m.view]) for m in self.members)
        return odds / np.float32(len(self.members))

    def dump(self) -> bytes:
        """The network as at most `MOST_BYTES` bytes that `load` reads; the same network gives
        the same bytes.
        """
        stored = [
            _Stored(m.view, [a.astype("<f2").tobytes() for a in m.arrays]) for m in self.members
        ]
        data = msgspec.msgpack.encode(_File(1, stored))
        if len(data) > MOST_BYTES:
            raise InvalidInput(f"a fall network of {len(data)} bytes; train fewer members")
        return data

    @classmethod
    def load(cls, data: bytes) -> Self:
        """The network `dump` wrote; raises `InvalidInput` for anything else."""
        try:
            stored = msgspec.msgpack.decode(data, type=_File).members
            members = [
                Member(
                    s.view,
                    tuple(
                        np.frombuffer(raw, "<f2").reshape(shape).astype(np.float32)
                        for raw, shape in zip(s.arrays, shapes(s.view), strict=True)
                    ),
                )
                for s in stored
            ]
        except (msgspec.DecodeError, ValueError) as wrong:
            raise InvalidInput("this is no fall network; train it again") from wrong
        if not all(np.isfinite(a).all() for m in members for a in m.arrays):
            raise InvalidInput("this fall network has numbers that are none; train it again")
        return cls(members)


def shapes(view: View) -> list[tuple[int, ...]]:
    """Of a member's arrays, in their order."""
    found: list[tuple[int, ...]] = []
    inputs = CHANNELS[view]
    for taps, outputs in SHAPES:
        found += [(taps, inputs, outputs), (outputs,)]
        inputs = outputs
    return [*found, (2 * len(SEGMENTS) * inputs,), (1,)]


def channels(windows: Singles, view: View) -> Singles:
    """What a member sees of windows: (n, `SAMPLES`, `CHANNELS[view]`), each about 0 to 1 wide,
    great values by their logarithm.
    """
    w = windows.astype(np.float32, copy=False)
    size = _length(w)
    jerk = _length(np.diff(w, axis=1, prepend=w[:, :1]))
    unrest = np.abs(size - 1)
    seen = [_squash(size - 1), np.log(jerk + _LEAST_G) / 2, np.log(unrest + _LEAST_G) / 2]
    if view == "axes":
        seen += [_squash(w[..., axis]) for axis in range(3)]
    else:
        slow = _direction(_running_mean(w))
        for span in (_EARLIER, _LATER):
            gravity = _direction(w[:, span].mean(axis=1))[:, :, None]
            along = (w @ gravity)[..., 0]
            across = np.sqrt(np.maximum(size**2 - along**2, 0.0))
            seen += [_squash(along), _squash(across), (slow @ gravity)[..., 0] - 0.5]
    return np.stack(seen, axis=2)


def _convolve(seen: Singles, kernel: Singles, stride: int) -> Singles:
    """As `padding="SAME"` does it: of an odd padding the greater half stands at the end."""
    taps, inputs, outputs = kernel.shape
    batch, steps, _ = seen.shape
    padding = taps - stride
    padded = np.zeros((batch, steps + padding, inputs), np.float32)
    padded[:, padding // 2 : padding // 2 + steps] = seen
    whole, step, number = padded.strides
    under = np.lib.stride_tricks.as_strided(
        padded,
        (batch, steps // stride, taps * inputs),
        (whole, stride * step, number),
        writeable=False,
    )
    flat = np.ascontiguousarray(under).reshape(-1, taps * inputs)
    result: Singles = flat @ kernel.reshape(taps * inputs, outputs)
    return result.reshape(batch, steps // stride, outputs)


def _length(vectors: Singles) -> Singles:
    length: Singles = np.sqrt(np.einsum("nlk,nlk->nl", vectors, vectors))
    return length


def _direction(vectors: Singles) -> Singles:
    length = np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    direction: Singles = vectors / (length + np.float32(1e-3))
    return direction


def _running_mean(w: Singles) -> Singles:
    """Over half a second around each sample; the ends are taken to go on as they are."""
    half = _SMOOTH // 2
    ends = (w[:, :1].repeat(half + 1, 1), w, w[:, -1:].repeat(half, 1))
    total = np.concatenate(ends, axis=1).cumsum(axis=1)
    mean: Singles = (total[:, _SMOOTH:] - total[:, :-_SMOOTH]) / np.float32(_SMOOTH)
    return mean


def _squash(values: Singles) -> Singles:
    squashed: Singles = np.sign(values) * np.log1p(np.abs(values))
    return squashed
