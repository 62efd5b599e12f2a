package dev.semblance.similarity.eval;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * Ranks without sorting the gallery: the R relevant items of a query are sorted, every other item
 * is counted into the gap between two of them where it falls.
 *
 * <p>A table with several cells a relevant item, over the range of their distances, gives for any
 * distance the first relevant item that it must be compared with; nearly always one comparison is
 * enough. Crowded cells are searched by halves, so that the time is O((R + m) log R) for any data,
 * and the counts are exact for any data.
 */
final class GapCounter {
  /** The distance of an item that is not to be counted; beyond every other. */
  static final double IGNORED = Double.MAX_VALUE;

  /** Longer stretches of equal or near keys are searched by halves. */
  private static final int LINEAR = 8;

  /** Cells for each relevant item, or up to half as many, where few items lie among them. */
  private static final int FEW_CELLS = 4;

  /** The same where many do: making the table costs less than a wrong guess for each of them. */
  private static final int MANY_CELLS = 8;

  /** A table beyond the second-level cache would cost more than it saves. */
  private static final int MOST_CELLS = 1 << 17;

  /** Up to this share of items among the relevant ones, most are passed over by one comparison. */
  private static final double FEW = 0.1;

  /** From this share on, all items are looked up in the table. */
  private static final double MANY = 0.6;

  /** Items looked at to choose the way of counting. */
  private static final int SAMPLE = 64;

  private double[] keys = new double[0];
  private int[] rows = new int[0];
  private double[] spareKeys = new double[0];
  private int[] spareRows = new int[0];

  /** Where the keys of a cell start; one cell more than "parts", for what lies beyond all keys. */
  private int[] start = new int[0];

  private float[] narrow = new float[0];
  private int[] cellOf = new int[0];
  private int[] listed = new int[0];
  private int[] gaps = new int[0];
  private int[] ties = new int[0];
  private int size;
  private int parts;
  private double low;
  private double high;
  private double within;
  private float from;
  private float scale;

  /** Room for {@code capacity} relevant items. */
  void reserve(int capacity) {
    if (rows.length < capacity) {
      // One place more: the last key is followed by infinity, which ends every comparison.
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

  /**
   * Sorts the first {@code count} >= 1 keys by (key, row), makes the table, clears the counts.
   *
   * @param distances of the items to be counted, for a first look at where they lie
   */
  void sort(int count, double[] distances) {
    size = count;
    low = Double.POSITIVE_INFINITY;
    high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      low = Math.min(low, keys[i]);
      high = Math.max(high, keys[i]);
    }
    within = shareWithin(distances);
    layOut();
    int[] start = this.start;
    int most = 0;
    for (int i = 0; i < count; i++) {
      most = Math.max(most, ++start[cell(keys[i])]);
    }
    int before = 0;
    for (int c = 0; c <= parts; c++) {
      before += start[c];
      start[c] = before;
    }
    // From the end, so that rows stay ascending among equal keys, and starts are left behind.
    for (int i = count - 1; i >= 0; i--) {
      int place = --start[cell(keys[i])];
      spareKeys[place] = keys[i];
      spareRows[place] = rows[i];
    }
    double[] sortedKeys = spareKeys;
    int[] sortedRows = spareRows;
    spareKeys = keys;
    spareRows = rows;
    keys = sortedKeys;
    rows = sortedRows;
    if (most > 4 * LINEAR) {
      merge(0, count);
    } else {
      insert(0, count); // nothing moves farther than within its cell
    }
    keys[count] = Double.POSITIVE_INFINITY;
    Arrays.fill(gaps, 0, count + 1, 0);
    Arrays.fill(ties, 0, count + 1, 0);
  }

  /** Chooses the cells: as many as help, over the range of the keys, all empty. */
  private void layOut() {
    int cells = within < MANY ? FEW_CELLS : MANY_CELLS;
    parts = Math.min(MOST_CELLS, Math.max(64, Integer.highestOneBit(size) * cells));
    if (start.length < parts + 1) {
      start = new int[parts + 1];
    }
    Arrays.fill(start, 0, parts + 1, 0);
    from = (float) low;
    double range = (float) high - (double) from;
    // The half keeps the largest key below cell "parts". With one distinct key the scale is
    // infinite
    // and its product NaN, which converts to cell 0; keys closer than any table could tell apart
    // share one cell too.
    scale = (float) ((parts - 0.5) / range);
    if (Float.isInfinite(scale) && range > 0) {
      scale = 0;
    }
  }

  /** Monotone in the distance; below "parts" for keys. */
  private int cell(double d) {
    return Math.max(0, Math.min((int) (((float) d - from) * scale), parts));
  }

  /**
   * Counts items into gaps, ties by row. Those to be ignored have distance {@link #IGNORED}, and
   * those up to {@code small} are first replaced by what {@code refined} gives for them.
   */
  void count(double[] distances, double small, IntToDoubleFunction refined) {
    refine(distances, small, refined);
    if (within < FEW) {
      countFew(distances);
    } else if (within < MANY) {
      countSome(distances);
    } else {
      place(distances);
      countPlaced(distances);
    }
  }

  private static void refine(double[] distances, double small, IntToDoubleFunction refined) {
    for (int j = 0; j < distances.length; j++) {
      if (distances[j] <= small) {
        distances[j] = refined.applyAsDouble(j);
      }
    }
  }

  /** Of a sample of items, the share that does not lie beyond the last relevant one. */
  private double shareWithin(double[] distances) {
    int step = Math.max(1, distances.length / SAMPLE);
    int sampled = 0;
    int within = 0;
    for (int j = 0; j < distances.length; j += step) {
      sampled++;
      within += distances[j] <= high ? 1 : 0;
    }
    return (double) within / sampled;
  }

  /** Where one predictable comparison does for nearly every item. */
  private void countFew(double[] distances) {
    for (int j = 0; j < distances.length; j++) {
      double d = distances[j];
      if (d <= high) {
        gaps[search(start[cell(d)], d, j)]++;
      }
    }
  }

  /** Lists the items within first, without branch: which they are cannot be predicted. */
  private void countSome(double[] distances) {
    if (listed.length < distances.length) {
      listed = new int[distances.length];
    }
    int[] listed = this.listed;
    double high = this.high;
    int count = 0;
    for (int j = 0; j < distances.length; j++) {
      listed[count] = j;
      count += 1 - below(high, distances[j]);
    }
    for (int u = 0; u < count; u++) {
      int j = listed[u];
      double d = distances[j];
      int p = start[cell(d)];
      p += below(keys[p], d);
      if (keys[p] <= d) {
        p = search(p, d, j);
      }
      gaps[p]++;
    }
  }

  /** The cell of every item; plain loops, which the compiler turns into vector instructions. */
  private void place(double[] distances) {
    int m = distances.length;
    if (narrow.length < m) {
      narrow = new float[m];
      cellOf = new int[m];
    }
    float[] narrow = this.narrow;
    int[] cellOf = this.cellOf;
    float from = this.from;
    float scale = this.scale;
    int parts = this.parts;
    for (int j = 0; j < m; j++) {
      narrow[j] = (float) distances[j];
    }
    for (int j = 0; j < m; j++) {
      cellOf[j] = (int) ((narrow[j] - from) * scale);
    }
    for (int j = 0; j < m; j++) {
      cellOf[j] = Math.max(0, Math.min(cellOf[j], parts));
    }
  }

  /**
   * An unpredictable branch would cost more than all else here: the one comparison that decides
   * nearly every item is made without, only the rest and ties go the slow way.
   */
  private void countPlaced(double[] distances) {
    double[] keys = this.keys;
    int[] start = this.start;
    int[] cellOf = this.cellOf;
    int[] gaps = this.gaps;
    for (int j = 0; j < distances.length; j++) {
      double d = distances[j];
      int p = start[cellOf[j]];
      p += below(keys[p], d);
      if (keys[p] <= d) {
        p = search(p, d, j);
      }
      gaps[p]++;
    }
  }

  /** 1 if the key is below d, else 0; without branch, by the sign of the difference. */
  private static int below(double key, double d) {
    return (int) (Double.doubleToRawLongBits(key - d) >>> 63);
  }

  /** As {@link #count}, but items equal to a relevant one are counted as {@link #ties} of it. */
  void countTied(double[] distances, double small, IntToDoubleFunction refined) {
    refine(distances, small, refined);
    for (double d : distances) {
      int p = search(start[cell(d)], d, -1);
      if (p < size && keys[p] == d) {
        ties[p]++;
      } else {
        gaps[p]++;
      }
    }
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
