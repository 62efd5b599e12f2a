package dev.semblance.similarity.eval;

import java.util.Arrays;

/**
 * Ranks without sorting the gallery: the R relevant items of a query are sorted, every other item
 * is counted into the gap between two of them where it falls.
 *
 * <p>A table with many cells a relevant item, over the range of their distances, gives for any
 * distance the number of relevant items in the cells before. That is the gap of an item whose cell
 * holds no relevant one; only the others are compared, and crowded cells are searched by halves, so
 * that the time is O((R + m) log R) for any data, and the counts are exact for any data.
 */
final class GapCounter {
  /** Longer stretches of equal or near keys are searched by halves. */
  private static final int LINEAR = 8;

  /** Cells for each relevant item, or up to half as many, where few items lie among them. */
  private static final int FEW_CELLS = 4;

  /** The same where many do: making the table costs less than comparing them. */
  private static final int MANY_CELLS = 16;

  /** Items beyond all keys are counted in so many places in turn: one would wait for itself. */
  private static final int BEYOND = 64;

  /** A table beyond the second-level cache would cost more than it saves. */
  private static final int MOST_CELLS = 1 << 17;

  /** Up to this share of items among the relevant ones, most are passed over by one comparison. */
  private static final double FEW = 0.1;

  /** From this share of items in cells that hold a relevant one, no branch can tell which do. */
  private static final double CROWDED = 0.12;

  /** Items looked at to choose the way of counting. */
  private static final int SAMPLE = 64;

  private double[] keys = new double[0];
  private int[] rows = new int[0];
  private double[] spareKeys = new double[0];
  private int[] spareRows = new int[0];

  /**
   * For each cell twice the number of keys in the cells before, plus 1 if it holds a key; then
   * {@link #BEYOND} cells for what lies beyond all keys.
   */
  private int[] start = new int[0];

  private int[] cellOf = new int[0];

  /** 0, 1, ..., BEYOND - 1, 0, 1, ... */
  private int[] turn = new int[0];

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
      // The last key is followed by infinities, which end every comparison.
      keys = new double[capacity + BEYOND];
      rows = new int[capacity];
      spareKeys = new double[capacity + BEYOND];
      spareRows = new int[capacity];
      gaps = new int[capacity + BEYOND];
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
   * @param items to be counted, for a first look at where they lie
   */
  void sort(int count, ScoreRow items) {
    size = count;
    reserveItems(items.size());
    findRange();
    within = shareWithin(items.narrow());
    layOut();
    int most = scatter();
    if (most > 4 * LINEAR) {
      StableSort.merge(keys, rows, spareKeys, spareRows, 0, count);
    } else {
      StableSort.insert(keys, rows, 0, count); // nothing moves farther than within its cell
    }
    Arrays.fill(keys, count, count + BEYOND, Double.POSITIVE_INFINITY);
    Arrays.fill(gaps, 0, count + BEYOND, 0);
    Arrays.fill(ties, 0, count + 1, 0);
  }

  private void reserveItems(int m) {
    if (turn.length < m) {
      cellOf = new int[m];
      listed = new int[m];
      turn = new int[m];
      Arrays.setAll(turn, j -> j % BEYOND);
    }
  }

  private void findRange() {
    low = Double.POSITIVE_INFINITY;
    high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      double key = keys[i];
      // Predictable branches: Math.min would wait for the one before.
      if (key < low) {
        low = key;
      }
      if (key > high) {
        high = key;
      }
    }
  }

  /** Of a sample of items, the share that does not lie beyond the last relevant one. */
  private double shareWithin(float[] narrow) {
    int step = Math.max(1, narrow.length / SAMPLE);
    int within = 0;
    for (int j = 0; j < narrow.length; j += step) {
      within += narrow[j] <= high ? 1 : 0;
    }
    return (double) within * step / narrow.length;
  }

  /** Chooses the cells: as many as help, over the range of the keys, all empty. */
  private void layOut() {
    int cells = within < FEW ? FEW_CELLS : MANY_CELLS;
    parts = Math.min(MOST_CELLS, Math.max(64, Integer.highestOneBit(size) * cells));
    if (start.length < parts + BEYOND) {
      start = new int[parts + BEYOND];
    }
    Arrays.fill(start, 0, parts, 0);
    for (int c = 0; c < BEYOND; c++) {
      start[parts + c] = 2 * (size + c);
    }
    from = (float) low;
    double range = (float) high - (double) from;
    // The half keeps the largest key below cell "parts". With one distinct key the scale is
    // infinite and its product NaN, which converts to cell 0; keys closer than any table could
    // tell apart share one cell too.
    scale = (float) ((parts - 0.5) / range);
    if (Float.isInfinite(scale) && range > 0) {
      scale = 0;
    }
  }

  /** Monotone in the distance; below "parts" for keys. */
  private int cell(double d) {
    return cell((float) d, from, scale, parts);
  }

  private static int cell(float d, float from, float scale, int last) {
    return Math.max(0, Math.min((int) ((d - from) * scale), last));
  }

  /**
   * Fills the table and moves the keys into the order of their cells.
   *
   * @return the most keys in one cell
   */
  private int scatter() {
    placeKeys();
    int[] start = this.start;
    int[] cellOf = this.cellOf;
    int most = 0;
    for (int i = 0; i < size; i++) {
      most = Math.max(most, start[cellOf[i]] += 2);
    }
    int before = 0;
    for (int c = 0; c < parts; c++) {
      before += start[c];
      start[c] = before;
    }
    arrange();
    return most / 2;
  }

  /** The cell of every key; like {@link #place} a loop without anything else in it. */
  private void placeKeys() {
    double[] keys = this.keys;
    int[] cellOf = this.cellOf;
    float from = this.from;
    float scale = this.scale;
    int parts = this.parts;
    for (int i = 0; i < size; i++) {
      cellOf[i] = cell((float) keys[i], from, scale, parts);
    }
  }

  /** Moves keys and rows to where their cells start; notes that these hold a key. */
  private void arrange() {
    int[] start = this.start;
    int[] cellOf = this.cellOf;
    double[] keys = this.keys;
    int[] rows = this.rows;
    double[] sortedKeys = spareKeys;
    int[] sortedRows = spareRows;
    // From the end, so that rows stay ascending among equal keys, and starts are left behind.
    for (int i = size - 1; i >= 0; i--) {
      int cell = cellOf[i];
      int entry = (start[cell] - 2) | 1;
      start[cell] = entry;
      sortedKeys[entry >> 1] = keys[i];
      sortedRows[entry >> 1] = rows[i];
    }
    spareKeys = keys;
    spareRows = rows;
    this.keys = sortedKeys;
    this.rows = sortedRows;
  }

  /** Counts items into gaps, ties by row. */
  void count(ScoreRow items) {
    if (items.small() >= low) {
      items.settle();
    }
    // What is left to compute anew lies below the first key, so in the first cell: it is come
    // across.
    if (within < FEW) {
      countFew(items);
      return;
    }
    place(items.narrow());
    if (shareCompared(items.size()) < CROWDED) {
      correct(countBefore(items.size()), items);
    } else {
      countCrowded(items.settle());
    }
  }

  /** Where one predictable comparison does for nearly every item. */
  private void countFew(ScoreRow items) {
    float[] narrow = items.narrow();
    float last = (float) high;
    for (int j = 0; j < narrow.length; j++) {
      if (narrow[j] <= last) {
        double d = items.at(j);
        gaps[search(start[cell(d)] >> 1, d, j)]++;
      }
    }
  }

  /** The cell of every item; plain loops, which the compiler turns into vector instructions. */
  private void place(float[] narrow) {
    int m = narrow.length;
    int[] cellOf = this.cellOf;
    int[] turn = this.turn;
    float from = this.from;
    float scale = this.scale;
    int parts = this.parts;
    for (int j = 0; j < m; j++) {
      cellOf[j] = cell(narrow[j], from, scale, parts + turn[j]);
    }
  }

  /** Of a sample of items, the share that lies in a cell with a relevant one. */
  private double shareCompared(int m) {
    int step = Math.max(1, m / SAMPLE);
    int compared = 0;
    for (int j = 0; j < m; j += step) {
      compared += start[cellOf[j]] & 1;
    }
    return (double) compared * step / m;
  }

  /**
   * Counts all items as if they lay before the relevant ones of their cell, and lists those to be
   * compared with them. Apart from {@link #correct}: compiled as one, both take twice the time.
   *
   * @return how many are listed
   */
  private int countBefore(int m) {
    int[] start = this.start;
    int[] cellOf = this.cellOf;
    int[] gaps = this.gaps;
    int[] listed = this.listed;
    int count = 0;
    for (int j = 0; j < m; j++) {
      int entry = start[cellOf[j]];
      gaps[entry >> 1]++;
      if ((entry & 1) != 0) {
        listed[count++] = j;
      }
    }
    return count;
  }

  /** Moves listed items to the gaps where they belong. */
  private void correct(int count, ScoreRow items) {
    for (int u = 0; u < count; u++) {
      int j = listed[u];
      int first = start[cellOf[j]] >> 1;
      gaps[first]--;
      gaps[compare(keys, first, items.at(j), j)]++;
    }
  }

  /** Where many items must be compared, all are: an unpredictable branch would cost more. */
  private void countCrowded(double[] scores) {
    double[] keys = this.keys;
    int[] start = this.start;
    int[] cellOf = this.cellOf;
    int[] gaps = this.gaps;
    for (int j = 0; j < scores.length; j++) {
      gaps[compare(keys, start[cellOf[j]] >> 1, scores[j], j)]++;
    }
  }

  /**
   * The first place from p on whose (key, row) is not below (d, row). The one comparison that
   * decides most items is made without branch, which could not be predicted.
   */
  private int compare(double[] keys, int p, double d, int row) {
    int next = p + below(keys[p], d);
    return keys[next] <= d ? search(next, d, row) : next;
  }

  /** 1 if the key is below d, else 0; without branch, by the sign of the difference. */
  private static int below(double key, double d) {
    return (int) (Double.doubleToRawLongBits(key - d) >>> 63);
  }

  /** As {@link #count}, but items equal to a relevant one are counted as {@link #ties} of it. */
  void countTied(ScoreRow items) {
    for (double d : items.settle()) {
      int p = search(start[cell(d)] >> 1, d, -1);
      if (p < size && keys[p] == d) {
        ties[p]++;
      } else {
        gaps[p]++;
      }
    }
  }

  /** The same by a few steps, then halves. */
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
}
