package dev.semblance.similarity.eval;

/** Sorts keys with their rows in place; rows at equal keys keep their order. */
final class StableSort {
  private static final int SHORT = 8;

  private StableSort() {}

  /** For a few keys, or keys that are nearly in order. */
  static void insert(double[] keys, int[] rows, int from, int end) {
    for (int i = from + 1; i < end; i++) {
      double key = keys[i];
      if (keys[i - 1] <= key) {
        continue; // what is in place is not written: the next comparison would wait for it
      }
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

  /** For any keys; the spare arrays hold as many and are overwritten. */
  static void merge(
      double[] keys, int[] rows, double[] spareKeys, int[] spareRows, int from, int end) {
    if (end - from <= SHORT) {
      insert(keys, rows, from, end);
      return;
    }
    int middle = (from + end) >>> 1;
    merge(keys, rows, spareKeys, spareRows, from, middle);
    merge(keys, rows, spareKeys, spareRows, middle, end);
    if (keys[middle - 1] <= keys[middle]) {
      return; // nothing to move where all keys are equal
    }
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
