package dev.semblance.adversarial.certify;

import dev.semblance.core.nn.Conv2d;
import dev.semblance.core.nn.Flatten;
import dev.semblance.core.nn.Layer;
import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.MaxPool;
import dev.semblance.core.nn.Relu;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * An interval for each value: what is computed of it encloses what exact arithmetic would give.
 *
 * <p>Everything is float64. A sum of m products in any order is off by at most {@code m u / (1 - m
 * u)} of the sum of their sizes, u = 2^-53 (higham2002accuracy, Section 3.1); twice that and more
 * is added to each radius.
 *
 * @param low float64 [n, ...]
 * @param high of the same shape
 */
record Enclosure(Tensor low, Tensor high) {
  private static final double UNIT = 0x1.0p-53;
  private static final double TINY = 1e-290;

  /** The image of the interval under a layer. */
  Enclosure through(Layer layer) {
    return switch (layer) {
      case Relu relu -> new Enclosure(relu.apply(low), relu.apply(high));
      case MaxPool pool -> new Enclosure(pool.apply(low), pool.apply(high));
      case Flatten flat -> new Enclosure(flat.apply(low), flat.apply(high));
      case Linear linear -> {
        Tensor weight = linear.weight().to(ScalarType.Double);
        Tensor size = weight.abs();
        yield affine(
            new Linear(weight, doubles(linear.bias())),
            new Linear(size, null),
            new Linear(size, absolute(linear.bias())),
            weight.size(1));
      }
      case Conv2d conv -> {
        Tensor weight = conv.weight().to(ScalarType.Double);
        Tensor size = weight.abs();
        yield affine(
            new Conv2d(weight, doubles(conv.bias()), conv.stride(), conv.padding()),
            new Conv2d(size, null, conv.stride(), conv.padding()),
            new Conv2d(size, absolute(conv.bias()), conv.stride(), conv.padding()),
            weight.numel() / weight.size(0));
      }
    };
  }

  /**
   * Centre and radius through an affine map.
   *
   * @param map the map
   * @param radii its weights without sign, without constants
   * @param sizes the same with the constants' sizes: how large the terms are that are added up
   * @param terms in each sum
   */
  private Enclosure affine(Layer map, Layer radii, Layer sizes, long terms) {
    Tensor centre = centre();
    Tensor radius = radius(centre);
    Tensor moved = map.apply(centre);
    // |W| (|c| + r) bounds the terms of all three sums, and the results.
    Tensor error = sizes.apply(centre.abs().add(radius)).mul(Ops.scalar(slack(terms)));
    Tensor reach = radii.apply(radius).add(error).add(Ops.scalar(TINY));
    return new Enclosure(moved.sub(reach), moved.add(reach));
  }

  /** What the rounding of a few sums of so many terms can come to, relative to their sizes. */
  static double slack(long terms) {
    return 4 * (terms + 8) * UNIT;
  }

  /** Between the ends, in floating point: the radius makes up for where exactly. */
  Tensor centre() {
    return low.add(high).mul(Ops.scalar(0.5));
  }

  /** No smaller than the distance of either end from {@code centre}. */
  Tensor radius(Tensor centre) {
    return high.sub(centre).maximum(centre.sub(low)).mul(Ops.scalar(1 + 4 * UNIT));
  }

  private static @Nullable Tensor doubles(@Nullable Tensor bias) {
    return bias == null ? null : bias.to(ScalarType.Double);
  }

  private static @Nullable Tensor absolute(@Nullable Tensor bias) {
    return bias == null ? null : bias.to(ScalarType.Double).abs();
  }
}
