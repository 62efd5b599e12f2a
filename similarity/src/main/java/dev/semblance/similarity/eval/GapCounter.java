package dev.semblance.similarity.eval;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * Ranks without sorting the gallery: the R relevant items of a query are sorted, every other item
 * is counted into the gap between two of them where it falls.
 *
 * <p>A table over the range of the relevant distances tells, for any distance, the few relevant
 * items it must still be compared with: about three nanoseconds an item where a binary search takes
 * ten times that. Crowded places of the table fall back to binary search, so that the time is O((R
 * + m) log R) for any data, and the counts are exact for any data.
 */
final class GapCounter {
  /** The distance of an item that is not to be counted; beyond every other. */
  static final double IGNORED = Double.MAX_VALUE;

  /** Longer stretches of one table entry are searched by halves. */
  private static final int LINEAR = 8;

  /** Table entries for each relevant item: few entries hold more than two. */
  private static final int PER_KEY = 8;

  /** Items looked at to choose the way of counting. */
  private static final int SAMPLE = 64;

  private double[] keys = new double[0];
  private int[] rows = new int[0];
  private double[] spareKeys = new double[0];
  private int[] spareRows = new int[0];
  private int[] start = new int[2];
  private int[] gaps = new int[0];
  private int[] ties = new int[0];
  private int buckets;
  private int size;
  private double low;
  private double high;
  private double scale;

  /** Room for {@code capacity} relevant items. */
  void reserve(int capacity) {
    if (rows.length < capacity) {
      // One place more: the last key is followed by infinity, which stops every comparison.
      keys = new double[capacity + 1];
      rows = new int[capacity];
      spareKeys = new double[capacity + 1];
      spareRows = new int[capacity];
      gaps = new int[capacity + 1];
      ties = new int[capacity + 1];
    }
  }

  /** The keys of the next {@link #sort}, to be filled from 0, rows ascending. */
  double[] keys() {
    return keys;
  }

  /** The gallery rows of the next {@link #sort}. */
  int[] rows() {
    return rows;
  }

  /** The number of items before the p-th relevant one and after the one before it. */
  int[] gaps() {
    return gaps;
  }

  /** After {@link #countTied}: the other items at exactly the distance of the p-th relevant one. */
  int[] ties() {
    return ties;
  }

  /** Sorts the first {@code count} >= 1 keys by (key, row) and builds the table. */
  void sort(int count) {
    size = count;
    low = Double.POSITIVE_INFINITY;
    high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      low = Math.min(low, keys[i]);
      high = Math.max(high, keys[i]);
    }
    buckets = Math.max(16, Integer.highestOneBit(count) * PER_KEY);
    if (start.length < buckets + 2) {
      start = new int[buckets + 2];
    }
    Arrays.fill(start, 0, buckets + 2, 0);
    // The half keeps the last key below entry "buckets", which is for what lies beyond it.
    scale = (buckets - 0.5) / (high - low);
    if (high > low && Double.isInfinite(scale)) {
      scale = 0; // keys closer than any table could tell apart: one entry, searched by halves
    }
    for (int i = 0; i < count; i++) {
      start[bucket(keys[i]) + 1]++;
    }
    for (int b = 0; b < buckets; b++) {
      start[b + 1] += start[b];
    }
    // Stable: rows arrive ascending, and stay so among equal keys.
    for (int i = 0; i < count; i++) {
      int b = bucket(keys[i]);
      int place = start[b]++;
      spareKeys[place] = keys[i];
      spareRows[place] = rows[i];
    }
    for (int b = buckets; b > 0; b--) {
      start[b] = start[b - 1];
    }
    start[0] = 0;
    double[] sortedKeys = spareKeys;
    int[] sortedRows = spareRows;
    spareKeys = keys;
    spareRows = rows;
    keys = sortedKeys;
    rows = sortedRows;
    for (int b = 0; b < buckets; b++) {
      int length = start[b + 1] - start[b];
      if (length > 4 * LINEAR) {
        merge(start[b], start[b + 1]);
      } else if (length > 1) {
        insert(start[b], start[b + 1]);
      }
    }
    keys[count] = Double.POSITIVE_INFINITY;
    Arrays.fill(gaps, 0, count + 1, 0);
  }

  /** Monotone in the key. */
  private int bucket(double key) {
    // With one distinct key the scale is infinite and the product NaN, which converts to 0; what
    // lies beyond goes to the entry after the last, what lies before to the first.
    return Math.min((int) ((key - low) * scale), buckets - 1);
  }

  /**
   * Counts items into gaps, ties by row. Those to be ignored have distance {@link #IGNORED}, and
   * those up to {@code small} are first replaced by what {@code refined} gives for them.
   *
   * <p>Unpredictable branches would cost more than all else here, so two comparisons are made
   * without branch; only an item that is still not in place, or ties, goes the slow way.
   */
  void count(double[] distances, double small, IntToDoubleFunction refined) {
    if (mostlyBeyond(distances)) {
      countNear(distances, small, refined);
      return;
    }
    double[] keys = this.keys;
    int[] start = this.start;
    int[] gaps = this.gaps;
    double low = this.low;
    double scale = this.scale;
    int beyond = buckets;
    for (int j = 0; j < distances.length; j++) {
      double d = distances[j];
      if (d <= small) {
        d = refined.applyAsDouble(j);
        distances[j] = d;
      }
      int p = start[Math.max(0, Math.min((int) ((d - low) * scale), beyond))];
      p += below(keys[p], d);
      p += below(keys[p], d);
      if (keys[p] <= d) {
        p = search(p, d, j);
      }
      gaps[p]++;
    }
  }

  /** True if of a sample of items nine in ten lie beyond the last relevant one. */
  private boolean mostlyBeyond(double[] distances) {
    int step = Math.max(1, distances.length / SAMPLE);
    int sampled = 0;
    int beyond = 0;
    for (int j = 0; j < distances.length; j += step) {
      sampled++;
      beyond += distances[j] > high ? 1 : 0;
    }
    return beyond > 0.9 * sampled;
  }

  /** As {@link #count}, faster where one predictable comparison does for nearly every item. */
  private void countNear(double[] distances, double small, IntToDoubleFunction refined) {
    for (int j = 0; j < distances.length; j++) {
      double d = distances[j];
      if (d <= high || d <= small) {
        if (d <= small) {
          d = refined.applyAsDouble(j);
          distances[j] = d;
        }
        gaps[search(start[entry(d)], d, j)]++;
      }
    }
  }

  /** As {@link #count}, but items equal to a relevant one are counted as {@link #ties} of it. */
  void countTied(double[] distances, double small, IntToDoubleFunction refined) {
    Arrays.fill(ties, 0, size + 1, 0);
    for (int j = 0; j < distances.length; j++) {
      double d = distances[j];
      if (d <= small) {
        d = refined.applyAsDouble(j);
        distances[j] = d;
      }
      int p = search(start[entry(d)], d, -1);
      if (keys[p] == d && p < size) {
        ties[p]++;
      } else {
        gaps[p]++;
      }
    }
  }

  private int entry(double d) {
    return Math.max(0, Math.min((int) ((d - low) * scale), buckets));
  }

  /** 1 if the key is below d, else 0: the sign of the difference. */
  private static int below(double key, double d) {
    return (int) (Double.doubleToRawLongBits(key - d) >>> 63);
  }

  /** The first place from p on whose (key, row) is not below (d, row): a few steps, then halves. */
  private int search(int p, double d, int row) {
    int from = p;
    int to = Math.min(p + LINEAR, size);
    while (from < to && before(from, d, row)) {
      from++;
    }
    if (from < to || to == size) {
      return from;
    }
    to = size;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (before(middle, d, row)) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  private boolean before(int p, double d, int row) {
    return keys[p] < d || (keys[p] == d && rows[p] < row);
  }

  private void insert(int from, int end) {
    for (int i = from + 1; i < end; i++) {
      double key = keys[i];
      int row = rows[i];
      int j = i - 1;
      while (j >= from && keys[j] > key) {
        keys[j + 1] = keys[j];
        rows[j + 1] = rows[j];
        j--;
      }
      keys[j + 1] = key;
      rows[j + 1] = row;
    }
  }

  /** Merge sort, stable, with the spare arrays. */
  private void merge(int from, int end) {
    if (end - from <= LINEAR) {
      insert(from, end);
      return;
    }
    int middle = (from + end) >>> 1;
    merge(from, middle);
    merge(middle, end);
    int left = from;
    int right = middle;
    for (int i = from; i < end; i++) {
      boolean takeLeft = right >= end || (left < middle && keys[left] <= keys[right]);
      int taken = takeLeft ? left++ : right++;
      spareKeys[i] = keys[taken];
      spareRows[i] = rows[taken];
    }
    System.arraycopy(spareKeys, from, keys, from, end - from);
    System.arraycopy(spareRows, from, rows, from, end - from);
  }
}
