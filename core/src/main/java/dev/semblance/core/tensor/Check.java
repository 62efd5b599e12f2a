package dev.semblance.core.tensor;

import org.bytedeco.pytorch.Tensor;

/** Argument checks that name the value, what was expected and what came. All of them refuse NaN. */
public final class Check {
  private Check() {}

  /** Refuses {@code value} unless {@code value > 0} and finite. */
  public static double positive(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(name + " must be > 0 and finite, got " + value);
    }
    return value;
  }

  /** Refuses {@code value} unless {@code value >= 0} and finite. */
  public static double notNegative(String name, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(name + " must be >= 0 and finite, got " + value);
    }
    return value;
  }

  /** Refuses {@code value} unless finite. */
  public static double finite(String name, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + " must be finite, got " + value);
    }
    return value;
  }

  /** Refuses {@code value} unless {@code low <= value <= high}. */
  public static double between(String name, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw new IllegalArgumentException(
          name + " must be in [" + low + ", " + high + "], got " + value);
    }
    return value;
  }

  /** Refuses {@code value} unless {@code value >= least}. */
  public static int atLeast(String name, int value, int least) {
    return (int) atLeast(name, (long) value, least);
  }

  /** Refuses {@code value} unless {@code value >= least}. */
  public static long atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be >= " + least + ", got " + value);
    }
    return value;
  }

  /** Refuses a tensor that is not two-dimensional floating point, [n, d]. */
  public static Tensor matrix(String name, Tensor tensor) {
    if (tensor.dim() != 2) {
      throw new IllegalArgumentException(
          name
              + " must be [n, d], got "
              + Shapes.of(tensor)
              + (tensor.dim() > 2 ? "; flatten first" : ""));
    }
    if (!tensor.is_floating_point()) {
      throw new IllegalArgumentException(
          name + " must be floating point, got " + tensor.scalar_type());
    }
    return tensor;
  }

  /** Refuses labels that are not int64 of shape [n]. */
  public static Tensor labels(String name, Tensor tensor, long n) {
    if (tensor.dim() != 1 || tensor.size(0) != n) {
      throw new IllegalArgumentException(name + " must be [" + n + "], got " + Shapes.of(tensor));
    }
    if (tensor.scalar_type().intern() != org.bytedeco.pytorch.global.torch.ScalarType.Long) {
      throw new IllegalArgumentException(name + " must be int64, got " + tensor.scalar_type());
    }
    return tensor;
  }
}
