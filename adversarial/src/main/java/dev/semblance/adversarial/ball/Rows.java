package dev.semblance.adversarial.ball;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Shapes;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Rows of a batch, each on its own: no result of a row depends on how many others there are. */
final class Rows {
  private Rows() {}

  /** Refuses what is not floating point [n, ...] with at least one value a row. */
  static Tensor floating(String name, Tensor tensor) {
    if (tensor.dim() < 2 || (tensor.size(0) > 0 && tensor.numel() == 0)) {
      throw new IllegalArgumentException(
          name + " must be [n, ...], one row per image, got " + Shapes.of(tensor));
    }
    if (!tensor.is_floating_point()) {
      throw new IllegalArgumentException(
          name + " must be floating point, got " + tensor.scalar_type());
    }
    return tensor;
  }

  /** Refuses origins that are neither float32 nor float64, and another shape than theirs. */
  static void pair(String name, Tensor tensor, Tensor origin) {
    origin(origin);
    floating(name, tensor);
    same(name, tensor, "origin", origin);
  }

  /** Refuses a tensor of another shape than {@code model}. */
  static void same(String name, Tensor tensor, String modelName, Tensor model) {
    if (!Arrays.equals(tensor.shape(), model.shape())) {
      throw new IllegalArgumentException(
          name
              + " must have the shape of "
              + modelName
              + ", "
              + Shapes.of(model)
              + ", got "
              + Shapes.of(tensor));
    }
  }

  /** Refuses origins that are neither float32 nor float64. */
  static void origin(Tensor origin) {
    floating("origin", origin);
    ScalarType type = origin.scalar_type().intern();
    if (type != ScalarType.Float && type != ScalarType.Double) {
      throw new IllegalArgumentException("origin must be float32 or float64, got " + type);
    }
  }

  /** Refuses values that are not float64 [n] in [0, most], and returns them. */
  static double[] each(String name, Tensor values, long n, double most) {
    if (values.dim() != 1 || values.size(0) != n) {
      throw new IllegalArgumentException(
          name + " must be [" + n + "], one per row, got " + Shapes.of(values));
    }
    if (values.scalar_type().intern() != ScalarType.Double) {
      throw new IllegalArgumentException(name + " must be float64, got " + values.scalar_type());
    }
    double[] each = Ops.toDoubles(values);
    for (int row = 0; row < each.length; row++) {
      if (!(each[row] >= 0 && each[row] <= most)) {
        String range =
            most == Double.POSITIVE_INFINITY
                ? ">= 0"
                : most == Double.MAX_VALUE ? "finite and >= 0" : "in [0, " + most + "]";
        throw new IllegalArgumentException(
            name + "[" + row + "] must be " + range + ", got " + each[row]);
      }
    }
    return each;
  }

  /** float64 [n, d], perhaps the caller's own memory: not to be changed in place. */
  static Tensor flat(Tensor tensor) {
    return tensor.detach().to(ScalarType.Double).reshape(flatShape(tensor));
  }

  /** [n, d]; a batch of no images has rows of one value. */
  static long[] flatShape(Tensor tensor) {
    long n = tensor.size(0);
    return new long[] {n, n == 0 ? 1 : tensor.numel() / n};
  }

  /** [n, 1], to stand beside [n, d]. */
  static Tensor column(Tensor perRow) {
    return perRow.view(perRow.size(0), 1);
  }

  /** The sum of each row of [n, d], as [n]. */
  static Tensor sum(Tensor rows) {
    if (rows.size(0) != 1) {
      return rows.sum(1);
    }
    // libtorch adds up a single long row in pieces, one per thread, and rows of a batch whole: with
    // a companion a lone row is added up as any other.
    return rows.repeat(2, 1).sum(1).narrow(0, 0, 1);
  }

  /**
   * {@code origin + change} in the type of {@code origin}, never farther from it than {@code
   * change} says: what rounding moves outwards goes one value back.
   *
   * @param origin float32 or float64 [n, d]
   * @param change float64 [n, d]
   */
  static Tensor moved(Tensor origin, Tensor change) {
    Tensor exact = origin.to(ScalarType.Double);
    Tensor moved = exact.add(change).to(origin.scalar_type().intern());
    Tensor beyond = moved.to(ScalarType.Double).sub(exact).abs_().gt(change.abs());
    return moved.nextafter(origin).where(beyond, moved);
  }
}
