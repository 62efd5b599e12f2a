package dev.semblance.similarity.loss;

import dev.semblance.core.tensor.Ops;
import java.util.Objects;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A small batch as plain arrays, for oracles, and as tensors, for losses. */
record ToyBatch(double[][] x, long[] labels, long[] samples) {
  /** Normal embeddings, labels in turn shuffled by the seed, every row its own sample. */
  static ToyBatch of(long seed, int n, int d, int classes) {
    Random random = new Random(seed);
    long[] labels = new long[n];
    long[] samples = new long[n];
    for (int i = 0; i < n; i++) {
      labels[i] = random.nextInt(classes);
      samples[i] = i;
    }
    return new ToyBatch(matrix(seed + 1, n, d), labels, samples);
  }

  static double[][] matrix(long seed, int n, int d) {
    Random random = new Random(seed);
    double[][] x = new double[n][d];
    for (double[] row : x) {
      for (int k = 0; k < d; k++) {
        row[k] = random.nextGaussian();
      }
    }
    return x;
  }

  ToyBatch withLabels(long... values) {
    return new ToyBatch(x, values, samples);
  }

  ToyBatch withSamples(long... values) {
    return new ToyBatch(x, labels, values);
  }

  ToyBatch with(double[][] values) {
    return new ToyBatch(values, labels, samples);
  }

  /** float64 [n, d]. */
  Tensor embeddings() {
    return tensor(x);
  }

  static Tensor tensor(double[][] rows) {
    double[] flat = new double[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
    }
    return Ops.doubles(flat, rows.length, rows[0].length);
  }

  LossResult apply(EmbeddingLoss loss) {
    return loss.of(embeddings(), Ops.longs(labels), Ops.longs(samples));
  }

  LossResult applyInFloat(EmbeddingLoss loss) {
    return loss.of(embeddings().to(ScalarType.Float), Ops.longs(labels), Ops.longs(samples));
  }

  /** The rows of a tensor [n, d]. */
  static double[][] rows(Tensor tensor) {
    double[] flat = Ops.toDoubles(tensor);
    int d = (int) tensor.size(1);
    double[][] rows = new double[flat.length / d][d];
    for (int i = 0; i < flat.length; i++) {
      rows[i / d][i % d] = flat[i];
    }
    return rows;
  }

  /** A loss's own tensor. */
  static Tensor parameter(HasParameters loss, String name) {
    return Objects.requireNonNull(loss.weights().parameters().get(name));
  }

  /** Writes a loss's own tensor. */
  static void set(HasParameters loss, String name, float... values) {
    Tensor tensor = parameter(loss, name);
    Ops.withoutGradient(() -> tensor.copy_(Ops.floats(values, tensor.shape())));
  }

  /** The rows of a loss's own tensor. */
  static double[][] rows(HasParameters loss, String name) {
    return rows(parameter(loss, name));
  }

  /** The gradient a loss has added up in its own tensor. */
  static double[] gradient(HasParameters loss, String name) {
    return Ops.toDoubles(parameter(loss, name).grad());
  }
}
