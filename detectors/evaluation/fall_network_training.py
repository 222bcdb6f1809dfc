"""Trains the small network of `detectors.fall_network` with jax; nothing in production does.

Labels are weak: of a recorded fall nobody says which peak was the impact, so its highest one
counts as the fall and its others as nothing; the peaks of other recordings all count as none.
Windows are bent anew in each epoch (`detectors.evaluation.fall_bending`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.evaluation.fall_bending import Bending, Random, bent
from detectors.fall_moments import PEAK, Singles
from detectors.fall_network import SEGMENTS, STRIDES, FallNetwork, Member, View, channels, shapes
from telecare.errors import InvalidInput

_BATCH = 128
_WARM_UP = 0.05
_STEEPEST = 2.0
_BETAS = (0.9, 0.99)
_HEAD_WIDTH = 0.02
_NARROWEST = 1e-4

Arrays = list[Any]
"""A member's, of numpy or of jax."""


class Recipe(msgspec.Struct, frozen=True):
    """How a network is trained: `AT_HOME` for the device it was recorded with, `ABROAD` for
    other devices, worn and cut otherwise.
    """

    views: tuple[View, ...] = ("axes", "gravity")
    """One member each; name one twice to average two seeds."""
    epochs: int = 40
    rate: float = 3e-3
    decay: float = 1e-2
    dropout: float = 0.3
    smoothing: float = 0.02
    balanced: bool = False
    """Whether the falls together weigh as much as everything else together."""
    bending: Bending = Bending()


AT_HOME = Recipe()
ABROAD = Recipe(balanced=True, bending=Bending(turn_degrees=180.0, cut=0.3, coarse=0.5, force=0.2))


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
    return np.asarray(_forward(member.arrays, seen)[0])


def _trusted(windows: Singles, labels: NDArray[Any], groups: NDArray[Any]) -> NDArray[np.intp]:
    """The windows that train: of a fall's recording only the highest peak."""
    height = np.linalg.norm(windows[:, PEAK], axis=1)
    order = np.lexsort((-height, groups))
    highest = np.zeros(len(windows), bool)
    highest[order[np.unique(groups[order], return_index=True)[1]]] = True
    return np.flatnonzero(highest | (labels == 0))


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
        seen = channels(bent(windows[order], recipe.bending, random), view)
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
    last = [seen[i : i + batch] for i in range(0, len(seen) - batch + 1, batch)]
    return Member(view, _settled(arrays, last))


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
    arrays: Sequence[Any], seen: Any, key: jax.Array | None = None, dropout: Any = 0.0
) -> tuple[jax.Array, list[tuple[jax.Array, jax.Array]]]:
    """Log odds and, with a `key`, the mean and width of each layer's outputs, which are then
    normalised by them (Ioffe and Szegedy 2015).
    """
    spreads = []
    for layer, stride in enumerate(STRIDES):
        seen = jax.lax.conv_general_dilated(
            seen, arrays[2 * layer], (stride,), "SAME", dimension_numbers=("NWC", "WIO", "NWC")
        )
        if key is not None:
            spreads.append((seen.mean(axis=(0, 1)), jnp.sqrt(seen.var(axis=(0, 1)) + _NARROWEST)))
            seen = (seen - spreads[-1][0]) / spreads[-1][1]
        seen = jax.nn.relu(seen + arrays[2 * layer + 1])
    parts = [seen[:, segment] for segment in SEGMENTS]
    pooled = jnp.concatenate([x for p in parts for x in (p.mean(axis=1), p.max(axis=1))], axis=1)
    if key is not None:
        pooled *= jax.random.bernoulli(key, 1 - dropout, pooled.shape) / (1 - dropout)
    return pooled @ arrays[-2] + arrays[-1], spreads


@jax.jit
def _spreads(arrays: Arrays, seen: Any) -> list[tuple[jax.Array, jax.Array]]:
    return _forward(arrays, seen, jax.random.key(0))[1]


def _settled(arrays: Arrays, batches: Sequence[Singles]) -> tuple[Singles, ...]:
    """The arrays that need no normalising: each layer's mean and width over `batches` go into
    its kernel and bias.
    """
    settled = [np.asarray(a) for a in arrays]
    found = [_spreads(arrays, batch) for batch in batches]
    for layer in range(len(STRIDES)):
        mean, width = (np.mean([f[layer][i] for f in found], axis=0) for i in (0, 1))
        settled[2 * layer] = settled[2 * layer] / width
        settled[2 * layer + 1] = settled[2 * layer + 1] - mean / width
    return tuple(settled)


def _loss(
    arrays: Arrays, batch: tuple[Any, Any, Any], key: jax.Array, dropout: Any, smoothing: Any
) -> jax.Array:
    """Weighted cross entropy; smoothed, since a recording may well be labelled wrongly."""
    seen, falls, counts = batch
    odds, _ = _forward(arrays, seen, key, dropout)
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
