package dev.semblance.similarity.mine;

import java.util.Arrays;

/**
 * Distances from one anchor to its negatives, ascending by (value, row), with sums over any
 * interval. One object serves many anchors, on one thread.
 */
public final class SortedDistances {
  private final long[] keys;
  private final double[] values;
  private final int[] columns;
  private final double[] prefix;
  private int count;

  /** Room for {@code capacity} negatives. */
  public SortedDistances(int capacity) {
    keys = new long[capacity];
    values = new double[capacity];
    columns = new int[capacity];
    prefix = new double[capacity + 1];
  }

  /**
   * Sorts.
   *
   * @param distances by row, {@code >= 0}
   * @param rows the rows to take, ascending
   */
  public void sort(double[] distances, int[] rows, int length) {
    count = length;
    for (int r = 0; r < length; r++) {
      // Rounding to float keeps the order; the bits of a float >= 0 sort as the float does.
      keys[r] = (long) Float.floatToRawIntBits((float) distances[rows[r]]) << 32 | rows[r];
    }
    Arrays.sort(keys, 0, length);
    for (int r = 0; r < length; r++) {
      int column = (int) keys[r];
      double value = distances[column];
      int at = r;
      while (at > 0 && values[at - 1] > value) { // only values that are equal as floats
        values[at] = values[at - 1];
        columns[at] = columns[at - 1];
        at--;
      }
      values[at] = value;
      columns[at] = column;
    }
    for (int r = 0; r < length; r++) {
      prefix[r + 1] = prefix[r] + values[r];
    }
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** The {@code r}-th smallest distance. */
  public double value(int r) {
    return values[r];
  }

  /** The row of the {@code r}-th smallest distance. */
  public int row(int r) {
    return columns[r];
  }

  /** The sum of distances {@code from .. to - 1}. */
  public double sum(int from, int to) {
    return prefix[to] - prefix[from];
  }

  /** The first index whose distance is {@code >= bound}. */
  public int lower(double bound) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (values[middle] < bound) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The first index whose distance is {@code > bound}. */
  public int upper(double bound) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (values[middle] <= bound) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
