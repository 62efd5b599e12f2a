package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.access.LabelOracle;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import java.util.Arrays;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code z = W x + b} by plain loops in float64, so that a row's bits do not depend on its company.
 * Counts the rows it answers, independently of oracle and engine; says NaN or throws on request.
 */
final class Plane {
  final double[][] weights;
  final double[] bias;
  final Box box;
  Predicate<double[]> silent = image -> false;
  Predicate<double[]> broken = image -> false;
  long rows;
  int largestCall;

  Plane(double[][] weights, double[] bias, Box box) {
    this.weights = weights;
    this.bias = bias;
    this.box = box;
  }

  static Plane random(int classes, int width, long seed, Box box) {
    double[][] weights = new double[classes][width];
    double[] bias = new double[classes];
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    for (int k = 0; k < classes; k++) {
      for (int i = 0; i < width; i++) {
        weights[k][i] = rng.gaussian();
      }
    }
    return new Plane(weights, bias, box);
  }

  ScoreOracle scores() {
    return ScoreOracle.of(this::answer, bias.length, box);
  }

  LabelOracle labels() {
    return LabelOracle.of(scores());
  }

  private Tensor answer(Tensor images) {
    int n = (int) images.size(0);
    double[] flat = Ops.toDoubles(images);
    int width = weights[0].length;
    double[] scores = new double[n * bias.length];
    for (int r = 0; r < n; r++) {
      double[] image = Arrays.copyOfRange(flat, r * width, (r + 1) * width);
      if (broken.test(image)) {
        throw new IllegalStateException("this image breaks the model");
      }
      for (int k = 0; k < bias.length; k++) {
        scores[r * bias.length + k] = silent.test(image) ? Double.NaN : logit(k, image);
      }
    }
    rows += n;
    largestCall = Math.max(largestCall, n);
    return Ops.doubles(scores, n, bias.length);
  }

  double logit(int k, double... x) {
    double z = bias[k];
    for (int i = 0; i < x.length; i++) {
      z += weights[k][i] * x[i];
    }
    return z;
  }

  int predicted(double... x) {
    int best = 0;
    for (int k = 1; k < bias.length; k++) {
      best = logit(k, x) > logit(best, x) ? k : best;
    }
    return best;
  }

  /** The distance to the nearest boundary in the norm whose dual exponent is q. */
  double distance(double[] x, int y, double q) {
    double least = Double.POSITIVE_INFINITY;
    for (int k = 0; k < bias.length; k++) {
      if (k != y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
          sum += Math.pow(Math.abs(weights[y][i] - weights[k][i]), q);
        }
        least = Math.min(least, (logit(y, x) - logit(k, x)) / Math.pow(sum, 1 / q));
      }
    }
    return least;
  }

  /** Samples that the model gets right, as it labels them; ids from 0. */
  Samples samples(ScalarType type, double[][] points, long... shape) {
    double[] flat = new double[points.length * points[0].length];
    long[] labels = new long[points.length];
    for (int i = 0; i < points.length; i++) {
      System.arraycopy(points[i], 0, flat, i * points[i].length, points[i].length);
    }
    long[] whole = new long[shape.length + 1];
    whole[0] = points.length;
    System.arraycopy(shape, 0, whole, 1, shape.length);
    Tensor images = Ops.doubles(flat, whole).to(type);
    double[] stored = Ops.toDoubles(images);
    for (int i = 0; i < points.length; i++) {
      labels[i] =
          predicted(Arrays.copyOfRange(stored, i * points[i].length, (i + 1) * points[i].length));
    }
    return Samples.of(images, Ops.longs(labels, labels.length));
  }

  /** Uniform points. */
  static double[][] points(int n, int width, double low, double high, long seed) {
    double[][] points = new double[n][width];
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER, 1, 1);
    for (double[] point : points) {
      for (int i = 0; i < width; i++) {
        point[i] = rng.uniform(low, high);
      }
    }
    return points;
  }
}
