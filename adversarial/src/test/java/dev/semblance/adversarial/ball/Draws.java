package dev.semblance.adversarial.ball;

import dev.semblance.core.tensor.Ops;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Small batches of images and changes for the tests of balls. */
final class Draws {
  private Draws() {}

  /** Levels k / 255 as float32. */
  static Tensor levels(long seed, long... shape) {
    Random random = new Random(seed);
    float[] values = new float[count(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(256) / 255f;
    }
    return Ops.floats(values, shape);
  }

  /** Uniform in [low, high), float64. */
  static Tensor uniform(long seed, double low, double high, long... shape) {
    Random random = new Random(seed);
    double[] values = new double[count(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = low + (high - low) * random.nextDouble();
    }
    return Ops.doubles(values, shape);
  }

  /** Normal, float64. */
  static Tensor normal(long seed, double deviation, long... shape) {
    Random random = new Random(seed);
    double[] values = new double[count(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = deviation * random.nextGaussian();
    }
    return Ops.doubles(values, shape);
  }

  static Tensor floats(Tensor tensor) {
    return tensor.to(ScalarType.Float);
  }

  /** The rows of {@code tensor} in another order. */
  static Tensor rows(Tensor tensor, long... order) {
    return tensor.index_select(0, Ops.longs(order));
  }

  /** The largest distance of the empirical distribution to the uniform one, times sqrt(n). */
  static double kolmogorovSmirnov(double[] sample) {
    double[] sorted = sample.clone();
    java.util.Arrays.sort(sorted);
    double largest = 0;
    int n = sorted.length;
    for (int i = 0; i < n; i++) {
      largest = Math.max(largest, Math.max(sorted[i] - (double) i / n, (i + 1.0) / n - sorted[i]));
    }
    return largest * Math.sqrt(n);
  }

  private static int count(long... shape) {
    long product = 1;
    for (long length : shape) {
      product *= length;
    }
    return Math.toIntExact(product);
  }
}
