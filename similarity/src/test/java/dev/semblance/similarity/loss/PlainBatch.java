package dev.semblance.similarity.loss;

import dev.semblance.core.tensor.Ops;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/** A batch in Java arrays, for oracles. */
record PlainBatch(double[][] x, long[] labels, long[] samples) {
  int count() {
    return x.length;
  }

  boolean positive(int i, int j) {
    return labels[i] == labels[j] && samples[i] != samples[j];
  }

  boolean negative(int i, int j) {
    return labels[i] != labels[j] && samples[i] != samples[j];
  }

  private double[] flat() {
    return Arrays.stream(x).flatMapToDouble(Arrays::stream).toArray();
  }

  Tensor embeddings() {
    return Ops.doubles(flat(), x.length, x[0].length);
  }

  /** In float64. */
  LossResult wide(EmbeddingLoss loss) {
    return loss.of(embeddings(), Ops.longs(labels), Ops.longs(samples));
  }

  /** In float32. */
  LossResult single(EmbeddingLoss loss) {
    double[] flat = flat();
    float[] floats = new float[flat.length];
    for (int i = 0; i < flat.length; i++) {
      floats[i] = (float) flat[i];
    }
    return loss.of(
        Ops.floats(floats, x.length, x[0].length), Ops.longs(labels), Ops.longs(samples));
  }
}
