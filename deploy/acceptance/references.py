"""What scipy and scikit-learn say of random data: cases for our statistics.

    python references.py OUT [CASES]

Writes a line of JSON for each case: its kind, what goes in, and what the reference says. CASES of each kind; seeded: the
same on every machine. Tests/StatisticsTests/ReferenceTests.swift compares them with ours.
"""
import json
import sys

import numpy
import scipy
import sklearn
from scipy import stats
from sklearn import metrics

dice = numpy.random.default_rng(6)


def share():
    return float(dice.choice([dice.random(), dice.random() * 0.1, 1 - dice.random() * 0.1]))


def trials():
    return int(dice.choice([dice.integers(1, 40), dice.integers(40, 1000), dice.integers(1000, 200_000)]))


def binomial():
    n = trials()
    p = share()
    k = int(dice.binomial(n, p)) if dice.random() < 0.8 else int(dice.choice([0, n]))
    confidence = float(dice.choice([0.9, 0.95, 0.975, 1 - 0.05 / 6, 0.999]))
    bounds = [stats.binomtest(k, n, alternative=side).proportion_ci(confidence, "exact") for side in ("greater", "less")]
    q = min(1.0, max(0.0, p + float(dice.normal()) * 0.3 / n**0.5))
    return {"n": n, "k": k, "p": q, "confidence": confidence, "at_most": float(stats.binom.cdf(k, n, q)),
            "at_least": float(stats.binom.sf(k - 1, n, q)), "lower": float(bounds[0].low), "upper": float(bounds[1].high)}


def paired():
    n = int(dice.integers(1, 2000))
    first, second = dice.random(n) < share(), dice.random(n) < share()
    b, c = int(numpy.sum(first & ~second)), int(numpy.sum(~first & second))
    test = stats.binomtest(b, b + c, 0.5, alternative="greater").pvalue if b + c else 1.0
    high = stats.binomtest(b, n, alternative="less").proportion_ci(0.975, "exact").high
    low = stats.binomtest(c, n, alternative="greater").proportion_ci(0.975, "exact").low
    return {"n": n, "first_only": b, "second_only": c, "first_is_higher": float(test), "upper": float(high - low)}


def labels():
    n, kinds = int(dice.integers(1, 300)), int(dice.integers(2, 8))
    weights = dice.dirichlet(numpy.ones(kinds))
    truth = dice.choice(kinds, n, p=weights)
    said = numpy.where(dice.random(n) < share(), truth, dice.choice(kinds, n))
    if len(set(truth) | set(said)) < 2:
        said[0], truth[0] = 0, 1
    known = sorted(set(truth.tolist()) | set(said.tolist()))
    rows = metrics.precision_recall_fscore_support(truth, said, labels=known, zero_division=0)
    return {"labels": [f"l{x}" for x in said], "references": [f"l{x}" for x in truth],
            "kappa": float(metrics.cohen_kappa_score(truth, said)),
            "macro_f1": float(metrics.f1_score(truth, said, average="macro", zero_division=0)),
            "by_label": {f"l{x}": [float(rows[i][at]) for i in range(4)] for at, x in enumerate(known)}}


def sets():
    first, second = dice.random(12) < share(), dice.random(12) < share()
    return {"first": [int(x) for x in numpy.flatnonzero(first)], "second": [int(x) for x in numpy.flatnonzero(second)],
            "jaccard": float(metrics.jaccard_score(first, second, zero_division=1))}


def deferral():
    n = int(dice.integers(1, 200))
    scores = numpy.round(dice.normal(size=n), int(dice.choice([0, 1, 6])))
    small = (dice.random(n) < 1 / (1 + numpy.exp(-scores))).astype(float)
    large = (dice.random(n) < 0.9).astype(float)
    # Those with one score count alike, as a draw among them would on average.
    shares, quality = [0.0], [small.mean()]
    for value in numpy.unique(scores):
        shares.append(float(numpy.mean(scores <= value)))
        quality.append(float(numpy.where(scores <= value, large, small).mean()))
    return {"scores": scores.tolist(), "small": small.tolist(), "large": large.tolist(),
            "area": float(numpy.trapezoid(quality, shares)) if hasattr(numpy, "trapezoid") else float(numpy.trapz(quality, shares))}


def quantile():
    values = numpy.round(dice.lognormal(size=int(dice.integers(1, 400))), 3)
    q = float(dice.choice([0.5, 0.9, 0.95]))
    test = lambda side: stats.quantile_test(values, p=q, alternative=side).confidence_interval(0.95)
    # scipy's names for the hypothesis: the interval of "greater" ends above without end, that of "less" below.
    low, high = float(test("greater").low), float(test("less").high)
    known = lambda x: x if numpy.isfinite(x) else None
    return {"values": values.tolist(), "q": q, "estimate": float(numpy.quantile(values, q)),
            "lower": known(low), "upper": known(high)}


def main():
    out = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with open(out, "w", encoding="utf-8") as file:
        for kind in (binomial, paired, labels, sets, deferral, quantile):
            for _ in range(count):
                file.write(json.dumps({"kind": kind.__name__, **kind()}) + "\n")
    print(f"numpy {numpy.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}: {6 * count} cases")


if __name__ == "__main__":
    main()
