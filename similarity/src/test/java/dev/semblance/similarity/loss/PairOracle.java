package dev.semblance.similarity.loss;

import dev.semblance.similarity.measure.Angular;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.EmbeddedDistance;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.Mahalanobis;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.similarity.measure.Weighted;

/**
 * Distances and their gradients, each by its own formula, with no code in common with the library.
 */
final class PairOracle {
  private PairOracle() {}

  static double[][] distances(EmbeddedDistance measure, double[][] x) {
    double[][] distances = new double[x.length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        distances[i][j] = i == j ? 0 : distance(measure, x[i], x[j]);
      }
    }
    return distances;
  }

  private static double[][] form(EmbeddedDistance measure, int d) {
    double[][] m = new double[d][d];
    for (int k = 0; k < d; k++) {
      m[k][k] = measure instanceof Weighted weighted ? weighted.weights()[k] : 1;
    }
    return measure instanceof Mahalanobis mahalanobis ? mahalanobis.m() : m;
  }

  private static double quadratic(double[][] m, double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      for (int k = 0; k < x.length; k++) {
        sum += (x[i] - y[i]) * m[i][k] * (x[k] - y[k]);
      }
    }
    return Math.max(0, sum);
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int k = 0; k < x.length; k++) {
      sum += x[k] * y[k];
    }
    return sum;
  }

  private static boolean parallel(double[] x, double[] y) {
    double a = Math.sqrt(dot(x, x));
    double b = Math.sqrt(dot(y, y));
    double square = 0;
    for (int k = 0; k < x.length; k++) {
      square += Math.pow(x[k] / a - y[k] / b, 2);
    }
    return square < 1e-20;
  }

  static double distance(EmbeddedDistance measure, double[] x, double[] y) {
    if (measure instanceof CosineDistance || measure instanceof Angular) {
      double norms = Math.sqrt(dot(x, x) * dot(y, y));
      if (norms > 0 && parallel(x, y)) {
        return 0;
      }
      double cosine = norms == 0 ? 0 : Math.max(-1, Math.min(1, dot(x, y) / norms));
      return measure instanceof Angular ? Math.acos(cosine) : 1 - cosine;
    }
    double square = quadratic(form(measure, x.length), x, y);
    return measure instanceof SquaredEuclidean ? square : Math.sqrt(square);
  }

  /** dD(x, y)/dx; 0 where not defined. */
  static double[] gradient(EmbeddedDistance measure, double[] x, double[] y) {
    int d = x.length;
    double[] gradient = new double[d];
    double distance = distance(measure, x, y);
    if (measure instanceof CosineDistance || measure instanceof Angular) {
      double a = Math.sqrt(dot(x, x));
      double b = Math.sqrt(dot(y, y));
      if (a == 0 || b == 0) {
        return gradient;
      }
      double cosine = dot(x, y) / (a * b);
      double outer = -1;
      if (measure instanceof Angular) {
        double sine = Math.sqrt(Math.max(0, 1 - cosine * cosine));
        outer = distance == 0 || sine < 1e-9 ? 0 : -1 / sine;
      }
      for (int k = 0; k < d; k++) {
        gradient[k] = outer * (y[k] / (a * b) - cosine * x[k] / (a * a));
      }
      return gradient;
    }
    double[][] m = form(measure, d);
    boolean root = !(measure instanceof SquaredEuclidean);
    if (root && distance == 0) {
      return gradient;
    }
    if (!(measure instanceof SquaredEuclidean
        || measure instanceof Euclidean
        || measure instanceof Weighted
        || measure instanceof Mahalanobis)) {
      throw new IllegalArgumentException("no oracle for " + measure);
    }
    for (int i = 0; i < d; i++) {
      for (int k = 0; k < d; k++) {
        gradient[i] += 2 * m[i][k] * (x[k] - y[k]) * (root ? 0.5 / distance : 1);
      }
    }
    return gradient;
  }

  /** Adds {@code weight} times the gradient of D(x_i, x_j) to both rows. */
  static void pull(
      EmbeddedDistance measure, double[][] x, int i, int j, double weight, double[] gradient) {
    int d = x[i].length;
    double[] byI = gradient(measure, x[i], x[j]);
    double[] byJ = gradient(measure, x[j], x[i]);
    for (int k = 0; k < d; k++) {
      gradient[i * d + k] += weight * byI[k];
      gradient[j * d + k] += weight * byJ[k];
    }
  }
}
