package dev.semblance.similarity.eval;

/** The k smallest scores of one query, of equal ones those of the smaller rows: a heap. */
final class KSmallest {
  private final double[] scores;
  private final int[] rows;
  private int size;

  KSmallest(int k) {
    scores = new double[k];
    rows = new int[k];
  }

  /** Offers the scores of rows 0..n-1 but {@code leftOut}, after forgetting all others. */
  void select(double[] all, int leftOut) {
    size = 0;
    int k = rows.length;
    int row = 0;
    for (; size < k; row++) {
      if (row != leftOut) {
        scores[size] = all[row];
        rows[size++] = row;
      }
    }
    for (int i = k / 2 - 1; i >= 0; i--) {
      sink(i, k);
    }
    // Rows come in ascending order, so an equal score is never better than what is kept.
    double worst = scores[0];
    for (; row < all.length; row++) {
      if (all[row] < worst && row != leftOut) {
        scores[0] = all[row];
        rows[0] = row;
        sink(0, k);
        worst = scores[0];
      }
    }
  }

  /** Puts what was kept in order, nearest first. */
  void sort() {
    for (int end = size - 1; end > 0; end--) {
      swap(0, end);
      sink(0, end);
    }
  }

  int row(int rank) {
    return rows[rank];
  }

  double score(int rank) {
    return scores[rank];
  }

  private void sink(int i, int end) {
    while (true) {
      int child = 2 * i + 1;
      if (child >= end) {
        return;
      }
      if (child + 1 < end && isFarther(child + 1, child)) {
        child++;
      }
      if (!isFarther(child, i)) {
        return;
      }
      swap(i, child);
      i = child;
    }
  }

  private boolean isFarther(int i, int j) {
    return scores[i] > scores[j] || (scores[i] == scores[j] && rows[i] > rows[j]);
  }

  private void swap(int i, int j) {
    double score = scores[i];
    scores[i] = scores[j];
    scores[j] = score;
    int row = rows[i];
    rows[i] = rows[j];
    rows[j] = row;
  }
}
