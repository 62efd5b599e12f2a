package dev.semblance.similarity.mine;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Which rows of a batch are alike: same label and another sample is positive, another label and
 * another sample is negative, the same sample is neither.
 *
 * <p>Self-pairs and two views of one picture are so excluded by identity, never by a distance of 0.
 */
public final class Relation {
  private final long[] labels;
  private final long[] samples;
  private final int[] labelIndex;
  private final int[] sampleIndex;

  private Relation(long[] labels, long[] samples) {
    this.labels = labels;
    this.samples = samples;
    this.labelIndex = index(labels);
    this.sampleIndex = index(samples);
  }

  /**
   * The relation of a batch.
   *
   * @param labels int64 [n]
   * @param samples int64 [n]
   */
  public static Relation of(Tensor labels, Tensor samples, int n) {
    Check.labels("labels", labels, n);
    Check.labels("samples", samples, n);
    return new Relation(Ops.toLongs(labels), Ops.toLongs(samples));
  }

  /** Small numbers for equal values: compared n^2 times. */
  private static int[] index(long[] values) {
    Map<Long, Integer> seen = new HashMap<>();
    int[] index = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      Integer known = seen.putIfAbsent(values[i], seen.size());
      index[i] = known == null ? seen.size() - 1 : known;
    }
    return index;
  }

  /** Rows of the batch. */
  public int count() {
    return labels.length;
  }

  /** The label of a row. */
  public long label(int row) {
    return labels[row];
  }

  /** The sample of a row. */
  public long sample(int row) {
    return samples[row];
  }

  /** True for two samples of one class. */
  public boolean isPositive(int i, int j) {
    return labelIndex[i] == labelIndex[j] && sampleIndex[i] != sampleIndex[j];
  }

  /** True for two samples of two classes. */
  public boolean isNegative(int i, int j) {
    return labelIndex[i] != labelIndex[j] && sampleIndex[i] != sampleIndex[j];
  }

  /**
   * The positives of a row, ascending.
   *
   * @param into at least {@link #count} long
   * @return how many
   */
  public int positives(int row, int[] into) {
    int found = 0;
    for (int j = 0; j < labels.length; j++) {
      if (labelIndex[j] == labelIndex[row] && sampleIndex[j] != sampleIndex[row]) {
        into[found++] = j;
      }
    }
    return found;
  }

  /** The negatives of a row, ascending; see {@link #positives}. */
  public int negatives(int row, int[] into) {
    int found = 0;
    for (int j = 0; j < labels.length; j++) {
      if (labelIndex[j] != labelIndex[row] && sampleIndex[j] != sampleIndex[row]) {
        into[found++] = j;
      }
    }
    return found;
  }

  /** All rows, those of one label together, each group in row order. */
  public int[] byLabel() {
    int n = labels.length;
    int[] starts = new int[n + 1];
    for (int label : labelIndex) {
      starts[label + 1]++;
    }
    for (int label = 0; label < n; label++) {
      starts[label + 1] += starts[label];
    }
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[starts[labelIndex[i]]++] = i;
    }
    return order;
  }
}
