package dev.semblance.adversarial.universal;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/** {@code z = W x + b} on images [n, 1, 1, d]; counts the rows that go through it. */
final class Affine implements Classifier {
  final double[][] weights;
  final double[] bias;
  private final Box box;
  long rows;

  Affine(double[][] weights, double[] bias, Box box) {
    this.weights = weights;
    this.bias = bias;
    this.box = box;
  }

  static Affine random(int classes, int width, long seed, Box box) {
    double[] bias = new double[classes];
    return new Affine(normal(classes, width, seed), bias, box);
  }

  static double[][] normal(int rows, int width, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[][] values = new double[rows][width];
    for (double[] row : values) {
      for (int i = 0; i < width; i++) {
        row[i] = rng.gaussian();
      }
    }
    return values;
  }

  static Tensor matrix(double[][] rows) {
    double[] flat = new double[rows.length * rows[0].length];
    for (int r = 0; r < rows.length; r++) {
      System.arraycopy(rows[r], 0, flat, r * rows[0].length, rows[0].length);
    }
    return Ops.doubles(flat, rows.length, rows[0].length);
  }

  static Tensor images(double[][] points) {
    return matrix(points).view(points.length, 1, 1, points[0].length);
  }

  @Override
  public Tensor logits(Tensor images) {
    rows += images.size(0);
    try (Scope scope = Scope.open()) {
      Tensor w = matrix(weights).to(images.scalar_type());
      Tensor b = Ops.doubles(bias, bias.length).to(images.scalar_type());
      return scope.keep(images.flatten(1, -1).matmul(w.t()).add(b));
    }
  }

  @Override
  public int classes() {
    return weights.length;
  }

  @Override
  public Box box() {
    return box;
  }

  double logit(int k, double[] x) {
    double z = bias[k];
    for (int i = 0; i < x.length; i++) {
      z += weights[k][i] * x[i];
    }
    return z;
  }

  int answer(double[] x) {
    int best = 0;
    for (int k = 1; k < weights.length; k++) {
      best = logit(k, x) > logit(best, x) ? k : best;
    }
    return best;
  }
}
