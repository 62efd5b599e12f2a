package dev.semblance.similarity.loss;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/** The formulas as plain loops in float64, written without regard to the code under test. */
final class Naive {
  private Naive() {}

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  static double cosine(double[] a, double[] b) {
    double lengths = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
    return lengths == 0 ? 0 : dot(a, b) / lengths;
  }

  /** Central differences of {@code f} at {@code x}, flattened. */
  static double[] gradient(ToDoubleFunction<double[][]> f, double[][] x) {
    double h = 1e-6;
    int d = x[0].length;
    double[] gradient = new double[x.length * d];
    for (int i = 0; i < x.length; i++) {
      for (int k = 0; k < d; k++) {
        double[][] moved = Arrays.stream(x).map(double[]::clone).toArray(double[][]::new);
        moved[i][k] = x[i][k] + h;
        double up = f.applyAsDouble(moved);
        moved[i][k] = x[i][k] - h;
        gradient[i * d + k] = (up - f.applyAsDouble(moved)) / (2 * h);
      }
    }
    return gradient;
  }

  static boolean positive(ToyBatch batch, int i, int j) {
    return batch.labels()[i] == batch.labels()[j] && batch.samples()[i] != batch.samples()[j];
  }

  static boolean negative(ToyBatch batch, int i, int j) {
    return batch.labels()[i] != batch.labels()[j] && batch.samples()[i] != batch.samples()[j];
  }

  static boolean valid(ToyBatch batch, int i) {
    boolean near = false;
    boolean far = false;
    for (int j = 0; j < batch.x().length; j++) {
      near |= positive(batch, i, j);
      far |= negative(batch, i, j);
    }
    return near && far;
  }

  static double supCon(ToyBatch batch, double temperature) {
    double sum = 0;
    int valid = 0;
    for (int i = 0; i < batch.x().length; i++) {
      if (!valid(batch, i)) {
        continue;
      }
      double all = 0;
      for (int k = 0; k < batch.x().length; k++) {
        if (positive(batch, i, k) || negative(batch, i, k)) {
          all += Math.exp(cosine(batch.x()[i], batch.x()[k]) / temperature);
        }
      }
      double mean = 0;
      int positives = 0;
      for (int p = 0; p < batch.x().length; p++) {
        if (positive(batch, i, p)) {
          mean += cosine(batch.x()[i], batch.x()[p]) / temperature - Math.log(all);
          positives++;
        }
      }
      sum -= mean / positives;
      valid++;
    }
    return valid == 0 ? 0 : sum / valid;
  }

  static double multiSimilarity(ToyBatch batch, double a, double b, double l, double eps) {
    double sum = 0;
    int valid = 0;
    int n = batch.x().length;
    for (int i = 0; i < n; i++) {
      if (!valid(batch, i)) {
        continue;
      }
      valid++;
      double least = Double.POSITIVE_INFINITY;
      double most = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < n; j++) {
        double s = cosine(batch.x()[i], batch.x()[j]);
        least = positive(batch, i, j) ? Math.min(least, s) : least;
        most = negative(batch, i, j) ? Math.max(most, s) : most;
      }
      double pull = 0;
      double push = 0;
      for (int j = 0; j < n; j++) {
        double s = cosine(batch.x()[i], batch.x()[j]);
        if (positive(batch, i, j) && s - eps < most) {
          pull += Math.exp(-a * (s - l));
        }
        if (negative(batch, i, j) && s + eps > least) {
          push += Math.exp(b * (s - l));
        }
      }
      sum += Math.log(1 + pull) / a + Math.log(1 + push) / b;
    }
    return valid == 0 ? 0 : sum / valid;
  }

  /** Circle loss with the pair weights of {@code weights} (the batch at which they are frozen). */
  static double circle(ToyBatch batch, double[][] weights, double m, double g) {
    double sum = 0;
    int valid = 0;
    for (int i = 0; i < batch.x().length; i++) {
      if (!valid(batch, i)) {
        continue;
      }
      valid++;
      double pull = 0;
      double push = 0;
      for (int j = 0; j < batch.x().length; j++) {
        double s = cosine(batch.x()[i], batch.x()[j]);
        double frozen = cosine(weights[i], weights[j]);
        if (positive(batch, i, j)) {
          pull += Math.exp(-g * Math.max(0, 1 + m - frozen) * (s - (1 - m)));
        }
        if (negative(batch, i, j)) {
          push += Math.exp(g * Math.max(0, frozen + m) * (s - m));
        }
      }
      sum += Math.log(1 + pull * push);
    }
    return valid == 0 ? 0 : sum / valid;
  }

  static double proxyAnchor(ToyBatch batch, double[][] proxies, double a, double margin) {
    double pull = 0;
    double push = 0;
    int present = 0;
    for (int c = 0; c < proxies.length; c++) {
      double own = 0;
      double others = 0;
      boolean here = false;
      for (int i = 0; i < batch.x().length; i++) {
        double s = cosine(batch.x()[i], proxies[c]);
        if (batch.labels()[i] == c) {
          own += Math.exp(-a * (s - margin));
          here = true;
        } else {
          others += Math.exp(a * (s + margin));
        }
      }
      pull += Math.log(1 + own);
      push += Math.log(1 + others);
      present += here ? 1 : 0;
    }
    return pull / present + push / proxies.length;
  }

  static double proxyNca(ToyBatch batch, double[][] proxies, double scale) {
    double sum = 0;
    for (int i = 0; i < batch.x().length; i++) {
      double own = 0;
      double others = 0;
      for (int c = 0; c < proxies.length; c++) {
        double length = Math.sqrt(dot(batch.x()[i], batch.x()[i]));
        double squared = 0;
        for (int k = 0; k < proxies[c].length; k++) {
          double difference =
              batch.x()[i][k] / length - proxies[c][k] / Math.sqrt(dot(proxies[c], proxies[c]));
          squared += difference * difference;
        }
        if (batch.labels()[i] == c) {
          own = Math.exp(-scale * squared);
        } else {
          others += Math.exp(-scale * squared);
        }
      }
      sum -= Math.log(own / others);
    }
    return sum / batch.x().length;
  }

  /** Mean cross-entropy of rows of logits. */
  static double crossEntropy(double[][] logits, long[] labels) {
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      double most = Arrays.stream(logits[i]).max().orElseThrow();
      double all = 0;
      for (double logit : logits[i]) {
        all += Math.exp(logit - most);
      }
      sum += Math.log(all) + most - logits[i][(int) labels[i]];
    }
    return sum / logits.length;
  }

  static double softmax(ToyBatch batch, double[][] w, double[] b) {
    double[][] logits = new double[batch.x().length][w.length];
    for (int i = 0; i < logits.length; i++) {
      for (int j = 0; j < w.length; j++) {
        logits[i][j] = dot(batch.x()[i], w[j]) + b[j];
      }
    }
    return crossEntropy(logits, batch.labels());
  }

  static double normalizedSoftmax(ToyBatch batch, double[][] w) {
    double[][] logits = new double[batch.x().length][w.length];
    for (int i = 0; i < logits.length; i++) {
      for (int j = 0; j < w.length; j++) {
        logits[i][j] = dot(batch.x()[i], w[j]) / Math.sqrt(dot(w[j], w[j]));
      }
    }
    return crossEntropy(logits, batch.labels());
  }

  static double cosFace(ToyBatch batch, double[][] w, double s, double m) {
    double[][] logits = new double[batch.x().length][w.length];
    for (int i = 0; i < logits.length; i++) {
      for (int j = 0; j < w.length; j++) {
        double margin = j == batch.labels()[i] ? m : 0;
        logits[i][j] = s * (cosine(batch.x()[i], w[j]) - margin);
      }
    }
    return crossEntropy(logits, batch.labels());
  }

  static double arcFace(ToyBatch batch, double[][] w, double s, double m) {
    double[][] logits = new double[batch.x().length][w.length];
    for (int i = 0; i < logits.length; i++) {
      for (int j = 0; j < w.length; j++) {
        double theta = Math.acos(Math.max(-1, Math.min(1, cosine(batch.x()[i], w[j]))));
        if (j != batch.labels()[i]) {
          logits[i][j] = s * Math.cos(theta);
        } else {
          logits[i][j] =
              s * (theta <= Math.PI - m ? Math.cos(theta + m) : -2 - Math.cos(theta + m));
        }
      }
    }
    return crossEntropy(logits, batch.labels());
  }
}
