"""Trains the small network of `detectors.fall_network` with jax; nothing in production does.

Labels are weak: of a recorded fall nobody says which peak was the impact, so its highest one
counts as the fall and its others as nothing; the peaks of other recordings all count as none.
Windows are bent while training in the ways in which devices and people differ: how the device
is turned on the body, how fast and how hard somebody falls, how coarsely a device samples, and
how closely a recording was cut around its moment (the rest of a window is then a mirror image,
as it is of a short recording).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.fall_network import (
    PEAK,
    SAMPLES,
    SEGMENTS,
    STRIDES,
    FallNetwork,
    Member,
    Singles,
    View,
    channels,
    shapes,
)
from telecare.errors import InvalidInput

_BATCH = 128
_WARM_UP = 0.05
_LEAST_BEFORE, _LEAST_AFTER = 16, 24
"""Samples beside the peak that a cut leaves."""
_STEEPEST = 2.0
_BETAS = (0.9, 0.99)
_HEAD_WIDTH = 0.02

Arrays = list[Any]
"""A member's, of numpy or of jax."""
Random = np.random.Generator


class Recipe(msgspec.Struct, frozen=True):
    """How a network is trained. The defaults are for people as those trained on; `abroad`
    is for other devices and other people.
    """

    views: tuple[View, ...] = ("axes", "gravity")
    """One member each; name one twice to average two seeds."""
    epochs: int = 40
    rate: float = 2e-3
    decay: float = 1e-2
    dropout: float = 0.3
    smoothing: float = 0.02
    balanced: bool = False
    """Whether the falls together weigh as much as everything else together."""
    turn_degrees: float = 40.0
    """At most; 180 is any turn at all."""
    warp: float = 0.1
    shift_samples: float = 4.0
    scale: float = 0.1
    noise_g: float = 0.03
    cut: float = 0.0
    """Share of windows cut closer around their peak."""
    coarse: float = 0.0
    """Share of windows smoothed as a slower device would."""
    force: float = 0.0
    """By how much, as a logarithm, the moving part is made harder or softer."""


AT_HOME = Recipe()
ABROAD = Recipe(turn_degrees=180.0, cut=0.7, coarse=0.5, force=0.3)


def train(
    windows: Singles,
    labels: NDArray[Any],
    groups: NDArray[Any],
    seed: int,
    weights: NDArray[Any] | None = None,
    progress: Callable[[float], None] | None = None,
    *,
    recipe: Recipe = AT_HOME,
) -> FallNetwork:
    """A network of windows (n, `SAMPLES`, 3) in g; the same seed gives the same network.

    `labels` says whether a window's recording is of a fall, `groups` which recording it is
    of, `weights` how much it counts; `progress` hears the share done, 0 to 1.
    """
    used = _trusted(windows, labels, groups)
    if len(used) < 2 or len(np.unique(labels[used])) < 2:
        raise InvalidInput("a fall network needs recordings of falls and of other things")
    windows = windows[used].astype(np.float32)
    falls = labels[used].astype(np.float32)
    counts = np.ones(len(used)) if weights is None else np.asarray(weights)[used]
    if recipe.balanced:
        counts = counts / np.where(falls > 0, counts[falls > 0].sum(), counts[falls == 0].sum())
    counts = (counts / counts.mean()).astype(np.float32)
    members = []
    for number, view in enumerate(recipe.views):

        def heard(share: float, before: int = number) -> None:
            if progress is not None:
                progress((before + share) / len(recipe.views))

        random = np.random.default_rng((seed, number))
        members.append(_member(windows, falls, counts, view, recipe, random, heard))
    return FallNetwork(members)


def margins(member: Member, seen: Singles) -> Singles:
    """As `Member.margins`, by jax: what training sees is what production computes."""
    return np.asarray(_forward(member.arrays, seen))


def bent(windows: Singles, recipe: Recipe, random: Random) -> Singles:
    """The same moments as another body with another device might have recorded them."""
    w = _resampled(windows, _times(len(windows), recipe, random))
    count = (len(w), 1, 1)
    rough = np.where(random.random(count) < recipe.coarse, random.uniform(0, 1 / 3, count), 0)
    w[:, 1:-1] += rough.astype(np.float32) * (w[:, :-2] + w[:, 2:] - 2 * w[:, 1:-1])
    gravity = w.mean(axis=1, keepdims=True)
    force = np.exp(random.uniform(-recipe.force, recipe.force, count))
    w = gravity + (w - gravity) * force.astype(np.float32)
    turn = turns(len(w), recipe.turn_degrees, random)
    w = w @ (turn * random.uniform(1 - recipe.scale, 1 + recipe.scale, count)).astype(np.float32)
    loud = random.uniform(0, recipe.noise_g, count).astype(np.float32)
    noisy: Singles = w + loud * random.standard_normal(w.shape, dtype=np.float32)
    return noisy


def turns(count: int, degrees: float, random: Random) -> NDArray[np.float64]:
    """Rotation matrices (count, 3, 3): any at all from 180 degrees on, else about any axis by
    up to so much.
    """
    four = random.normal(size=(count, 4))
    if degrees < 180:
        axis = four[:, 1:] / np.linalg.norm(four[:, 1:], axis=1, keepdims=True)
        half = np.radians(random.uniform(0, degrees, (count, 1))) / 2
        four = np.concatenate([np.cos(half), axis * np.sin(half)], axis=1)
    a, b, c, d = (four / np.linalg.norm(four, axis=1, keepdims=True)).T
    rows = (
        (1 - 2 * (c * c + d * d), 2 * (b * c - a * d), 2 * (b * d + a * c)),
        (2 * (b * c + a * d), 1 - 2 * (b * b + d * d), 2 * (c * d - a * b)),
        (2 * (b * d - a * c), 2 * (c * d + a * b), 1 - 2 * (b * b + c * c)),
    )
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1)


def _trusted(windows: Singles, labels: NDArray[Any], groups: NDArray[Any]) -> NDArray[np.intp]:
    """The windows that train: of a fall's recording only the highest peak."""
    height = np.linalg.norm(windows[:, PEAK], axis=1)
    order = np.lexsort((-height, groups))
    highest = np.zeros(len(windows), bool)
    highest[order[np.unique(groups[order], return_index=True)[1]]] = True
    return np.flatnonzero(highest | (labels == 0))


def _times(count: int, recipe: Recipe, random: Random) -> Singles:
    """Where in its window each sample of a bent one is read: at an uneven pace, shifted, and
    mirrored where the recording is cut.
    """

    def any_of(low: float, high: float) -> Singles:
        return random.uniform(low, high, (count, 1)).astype(np.float32)

    steps = (np.arange(SAMPLES, dtype=np.float32) - PEAK)[None]
    wave = np.sin(2 * np.pi * (steps / SAMPLES * any_of(0.5, 2) + any_of(0, 1)))
    pace, shift = any_of(-recipe.warp, recipe.warp), recipe.shift_samples
    at = PEAK + steps * (1 + pace) + 8 * recipe.warp * wave + any_of(-shift, shift)
    cut = random.random((count, 1)) < recipe.cut
    begin = np.where(cut, any_of(0, PEAK - _LEAST_BEFORE), 0)
    end = np.where(cut, any_of(PEAK + _LEAST_AFTER, SAMPLES - 1), SAMPLES - 1)
    around = np.mod(at - begin, 2 * (end - begin))
    times: Singles = (begin + np.minimum(around, 2 * (end - begin) - around)).astype(np.float32)
    return times


def _resampled(windows: Singles, times: Singles) -> Singles:
    before = np.minimum(times.astype(np.int32), SAMPLES - 2)
    flat = windows.reshape(-1, 3)
    at = before + SAMPLES * np.arange(len(windows), dtype=np.int32)[:, None]
    beyond = (times - before).astype(np.float32)[..., None]
    even: Singles = flat[at] + (flat[at + 1] - flat[at]) * beyond
    return even


def _member(
    windows: Singles,
    falls: Singles,
    counts: Singles,
    view: View,
    recipe: Recipe,
    random: Random,
    heard: Callable[[float], None],
) -> Member:
    arrays = _first(view, random)
    means = squares = [np.zeros(a.shape, np.float32) for a in arrays]
    key = jax.random.key(int(random.integers(2**31)))
    batch = min(_BATCH, len(windows))
    steps = recipe.epochs * (len(windows) // batch)
    done = 0
    for epoch in range(recipe.epochs):
        order = random.permutation(len(windows))
        seen = channels(bent(windows[order], recipe, random), view)
        for begin in range(0, len(windows) - batch + 1, batch):
            done += 1
            part, of = slice(begin, begin + batch), order[begin : begin + batch]
            rate = recipe.rate * min(
                done / (_WARM_UP * steps), np.cos(np.pi / 2 * done / steps) ** 2
            )
            arrays, means, squares = _step(
                arrays,
                means,
                squares,
                (seen[part], falls[of], counts[of]),
                (float(done), float(rate), jax.random.fold_in(key, done)),
                (recipe.decay, recipe.dropout, recipe.smoothing),
            )
        heard((epoch + 1) / recipe.epochs)
    return Member(view, tuple(np.asarray(a) for a in arrays))


def _first(view: View, random: Random) -> Arrays:
    """Kernels as wide as rectified layers need (He et al. 2015); a verdict near "no idea"."""
    *layers, head, bias = shapes(view)
    arrays = [
        random.normal(size=s) * np.sqrt(2 / (s[0] * s[1])) if len(s) == 3 else np.zeros(s)
        for s in layers
    ]
    arrays += [random.normal(size=head) * _HEAD_WIDTH, np.zeros(bias)]
    return [a.astype(np.float32) for a in arrays]


def _forward(
    arrays: Sequence[Any], seen: Any, key: jax.Array | None = None, dropout: float = 0.0
) -> jax.Array:
    for layer, stride in enumerate(STRIDES):
        seen = jax.lax.conv_general_dilated(
            seen, arrays[2 * layer], (stride,), "SAME", dimension_numbers=("NWC", "WIO", "NWC")
        )
        seen = jax.nn.relu(seen + arrays[2 * layer + 1])
    parts = [seen[:, segment] for segment in SEGMENTS]
    pooled = jnp.concatenate([x for p in parts for x in (p.mean(axis=1), p.max(axis=1))], axis=1)
    if key is not None:
        pooled *= jax.random.bernoulli(key, 1 - dropout, pooled.shape) / (1 - dropout)
    odds: jax.Array = pooled @ arrays[-2] + arrays[-1]
    return odds


def _loss(
    arrays: Arrays, batch: tuple[Any, Any, Any], key: jax.Array, dropout: Any, smoothing: Any
) -> jax.Array:
    """Weighted cross entropy; smoothed, since a recording may well be labelled wrongly."""
    seen, falls, counts = batch
    odds = _forward(arrays, seen, key, dropout)
    truth = falls * (1 - smoothing) + smoothing / 2
    loss: jax.Array = (counts * (jnp.logaddexp(0.0, odds) - truth * odds)).sum() / counts.sum()
    return loss


@jax.jit
def _step(
    arrays: Arrays,
    means: Arrays,
    squares: Arrays,
    batch: tuple[Any, Any, Any],
    moment: tuple[Any, Any, jax.Array],
    kept_in: tuple[Any, Any, Any],
) -> tuple[Arrays, Arrays, Arrays]:
    """One step of AdamW (Loshchilov and Hutter 2019), no steeper than `_STEEPEST`."""
    (done, rate, key), (decay, dropout, smoothing) = moment, kept_in
    slopes = jax.grad(_loss)(arrays, batch, key, dropout, smoothing)
    steep = jnp.sqrt(sum((s**2).sum() for s in slopes))
    slopes = [s * jnp.minimum(1.0, _STEEPEST / (steep + 1e-6)) for s in slopes]
    a, b = _BETAS
    means = [a * m + (1 - a) * s for m, s in zip(means, slopes, strict=True)]
    squares = [b * v + (1 - b) * s**2 for v, s in zip(squares, slopes, strict=True)]
    moved = [
        p - rate * (m / (1 - a**done) / (jnp.sqrt(v / (1 - b**done)) + 1e-7) + decay * p)
        for p, m, v in zip(arrays, means, squares, strict=True)
    ]
    return moved, means, squares
