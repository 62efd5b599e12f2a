package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code z = W x + b} on images of [1, 1, d], whose exact answers are known; counts the rows that
 * go through it, independently of the engine.
 */
final class LinearModel implements Classifier {
  final double[][] weights;
  final double[] bias;
  private final Box box;
  long rows;

  LinearModel(double[][] weights, double[] bias, Box box) {
    this.weights = weights;
    this.bias = bias;
    this.box = box;
  }

  static LinearModel random(int classes, int width, long seed, Box box) {
    double[][] weights = new double[classes][width];
    double[] bias = new double[classes];
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    for (int k = 0; k < classes; k++) {
      bias[k] = 0.1 * rng.gaussian();
      for (int i = 0; i < width; i++) {
        weights[k][i] = rng.gaussian();
      }
    }
    return new LinearModel(weights, bias, box);
  }

  @Override
  public Tensor logits(Tensor images) {
    rows += images.size(0);
    try (Scope scope = Scope.open()) {
      double[] flat = new double[weights.length * weights[0].length];
      for (int k = 0; k < weights.length; k++) {
        System.arraycopy(weights[k], 0, flat, k * weights[0].length, weights[0].length);
      }
      Tensor w = Ops.doubles(flat, weights.length, weights[0].length).to(images.scalar_type());
      Tensor b = Ops.doubles(bias, weights.length).to(images.scalar_type());
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

  int predicted(double[] x) {
    int best = 0;
    for (int k = 1; k < classes(); k++) {
      best = logit(k, x) > logit(best, x) ? k : best;
    }
    return best;
  }

  /** By how much class y leads. */
  double margin(double[] x, int y) {
    double best = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes(); k++) {
      best = k == y ? best : Math.max(best, logit(k, x));
    }
    return logit(y, x) - best;
  }

  /** The distance to the nearest boundary in the norm whose dual exponent is q. */
  double distance(double[] x, int y, double q) {
    double least = Double.POSITIVE_INFINITY;
    for (int k = 0; k < classes(); k++) {
      if (k != y) {
        double sum = 0;
        double most = 0;
        for (int i = 0; i < x.length; i++) {
          double v = Math.abs(weights[y][i] - weights[k][i]);
          sum += Math.pow(v, q);
          most = Math.max(most, v);
        }
        double dual = Double.isInfinite(q) ? most : Math.pow(sum, 1 / q);
        least = Math.min(least, (logit(y, x) - logit(k, x)) / dual);
      }
    }
    return least;
  }
}
