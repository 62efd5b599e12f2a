package dev.semblance.generative.autoencoder;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Learner;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Family.Course;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Small data and short courses. */
public final class Toys {
  private Toys() {}

  /** Adam down to nothing. */
  public static Course course(double rate, long steps, double emaDecay) {
    return course(Optimizer.Adam.of(rate), new Schedule.Cosine(0), steps, emaDecay);
  }

  /** One step of length 1 against the gradient: the change of a weight is its negative gradient. */
  public static Course gradient() {
    return course(new Optimizer.Sgd(1, 0, false, 0), new Schedule.Constant(), 1, 0);
  }

  private static Course course(
      Optimizer optimizer, Schedule schedule, long steps, double emaDecay) {
    return new Course(
        new Update.Config(optimizer, schedule, Double.POSITIVE_INFINITY),
        emaDecay,
        Augmentation.none(),
        3,
        steps);
  }

  /** Pixels as they are. */
  public static Preprocessing plain(ImageShape shape) {
    return new Preprocessing(shape, new double[shape.channels()], ones(shape.channels()));
  }

  private static double[] ones(int n) {
    double[] ones = new double[n];
    java.util.Arrays.fill(ones, 1);
    return ones;
  }

  /** Rows of a Gaussian with some deviations along the axes, turned: centred, float32 [n, d]. */
  public static double[][] gaussian(int n, double... deviations) {
    int d = deviations.length;
    double[][] points = new double[n][d];
    double[] mean = new double[d];
    for (int i = 0; i < n; i++) {
      Rng rng = Rng.of(5, Rng.Purpose.SYNTHETIC, i, 1);
      double[] p = points[i];
      for (int j = 0; j < d; j++) {
        p[j] = deviations[j] * rng.gaussian();
      }
      for (int j = 0; j + 1 < d; j++) {
        double c = Math.cos(0.7 + j);
        double s = Math.sin(0.7 + j);
        double a = c * p[j] - s * p[j + 1];
        p[j + 1] = s * p[j] + c * p[j + 1];
        p[j] = a;
      }
      for (int j = 0; j < d; j++) {
        mean[j] += p[j] / n;
      }
    }
    for (double[] p : points) {
      for (int j = 0; j < d; j++) {
        p[j] -= mean[j];
      }
    }
    return points;
  }

  /** {@code 1/n sum x x^T}, float64 [d, d]. */
  public static Tensor moments(double[][] points) {
    int d = points[0].length;
    double[] s = new double[d * d];
    for (double[] p : points) {
      for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
          s[i * d + j] += p[i] * p[j] / points.length;
        }
      }
    }
    return Ops.doubles(s, d, d);
  }

  /** Points as images of one row; the rows' numbers differ from step to step. */
  public static Batch batch(long step, double[][] points) {
    int n = points.length;
    int d = points[0].length;
    float[] values = new float[n * d];
    long[] rows = new long[n];
    for (int i = 0; i < n; i++) {
      rows[i] = i;
      for (int j = 0; j < d; j++) {
        values[i * d + j] = (float) points[i][j];
      }
    }
    long[] labels = new long[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 2;
    }
    return new Batch(step, rows, Ops.floats(values, n, 1, 1, d), Ops.longs(labels));
  }

  /** Grey images of 4x4 pixels: a bright left or right half, drawn anew at each step. */
  public static Batch halves(long step, int n) {
    byte[] pixels = new byte[n * 16];
    long[] rows = new long[n];
    long[] labels = new long[n];
    for (int i = 0; i < n; i++) {
      rows[i] = step * n + i;
      int side = Rng.of(11, Rng.Purpose.SYNTHETIC, rows[i], 0).below(2);
      labels[i] = side;
      for (int p = 0; p < 16; p++) {
        boolean bright = (p % 4 < 2) == (side == 0);
        pixels[16 * i + p] = (byte) (bright ? 230 : 25);
      }
    }
    return new Batch(step, rows, Ops.bytes(pixels, n, 1, 4, 4), Ops.longs(labels));
  }

  /** Steps {@code from} to {@code to - 1} on {@link #halves}. */
  public static void run(Learner learner, long from, long to) {
    for (long step = from; step < to; step++) {
      try (Scope scope = Scope.open()) {
        learner.step(halves(step, 8));
      }
    }
  }

  /** Copies of a learner's tensors, to be read after it moved on. */
  public static Map<String, float[]> copy(Map<String, Tensor> state) {
    Map<String, float[]> copies = new LinkedHashMap<>();
    state.forEach((name, tensor) -> copies.put(name, Ops.toFloats(tensor)));
    return copies;
  }

  /** Writes {@link #copy} back. */
  public static void restore(Map<String, Tensor> state, Map<String, float[]> copies) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      state.forEach(
          (name, tensor) ->
              tensor.copy_(Ops.floats(Objects.requireNonNull(copies.get(name)), tensor.shape())));
    }
  }
}
