package dev.semblance.generative.latent;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Shapes;
import org.bytedeco.pytorch.Tensor;

/** A way from one code to another. */
@Source(key = "white2016sampling", where = "section 2.1")
public enum Interpolation {
  /** {@code (1 - t) a + t b}. */
  LINEAR,
  /**
   * {@code (sin((1 - t) w) a + sin(t w) b) / sin w}, w the angle between the two. The codes of a
   * Gaussian in many dimensions lie near a sphere, whose inside the straight way would cross.
   */
  GREAT_CIRCLE;

  private static final double PARALLEL = 1e-6;

  /**
   * Codes at equal steps, both ends among them.
   *
   * @param from [d]
   * @param to [d]
   * @param steps at least 2
   * @return float32 [steps, d], in the current scope
   * @throws IllegalArgumentException for opposite codes or one of length 0, between which no great
   *     circle is the shortest
   */
  public Tensor between(Tensor from, Tensor to, int steps) {
    Check.atLeast("steps", steps, 2);
    if (from.dim() != 1 || to.dim() != 1 || from.size(0) != to.size(0)) {
      throw new IllegalArgumentException(
          "codes must be [d] and of one length, got " + Shapes.of(from, to));
    }
    double[] a = Ops.toDoubles(from);
    double[] b = Ops.toDoubles(to);
    int d = a.length;
    double angle = this == GREAT_CIRCLE ? angle(a, b) : 0;
    float[] codes = new float[Math.multiplyExact(steps, d)];
    for (int i = 0; i < steps; i++) {
      double t = (double) i / (steps - 1);
      double left = angle < PARALLEL ? 1 - t : Math.sin((1 - t) * angle) / Math.sin(angle);
      double right = angle < PARALLEL ? t : Math.sin(t * angle) / Math.sin(angle);
      for (int j = 0; j < d; j++) {
        codes[i * d + j] = (float) (left * a[j] + right * b[j]);
      }
    }
    return Ops.floats(codes, steps, d);
  }

  private static double angle(double[] a, double[] b) {
    double product = 0;
    double first = 0;
    double second = 0;
    for (int j = 0; j < a.length; j++) {
      product += a[j] * b[j];
      first += a[j] * a[j];
      second += b[j] * b[j];
    }
    double cosine = product / Math.sqrt(first * second);
    double angle = Math.acos(Math.clamp(cosine, -1.0, 1.0));
    if (!(Math.PI - angle > PARALLEL)) {
      throw new IllegalArgumentException(
          "codes must not be 0 or opposite on a great circle; take the linear way");
    }
    return angle;
  }
}
