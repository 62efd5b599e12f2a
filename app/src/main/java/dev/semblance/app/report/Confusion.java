package dev.semblance.app.report;

/**
 * How often the nearest neighbour of a query of one class is of another.
 *
 * @param counts {@code counts[query class][class of its nearest]}, square; borrowed, not copied
 */
@SuppressWarnings("ArrayRecordComponent") // a plain matrix, never compared
public record Confusion(long[][] counts) {
  public Confusion {
    for (int i = 0; i < counts.length; i++) {
      if (counts[i].length != counts.length) {
        throw new IllegalArgumentException(
            "counts must be square, got "
                + counts.length
                + " rows and "
                + counts[i].length
                + " columns in row "
                + i);
      }
      for (long count : counts[i]) {
        if (count < 0) {
          throw new IllegalArgumentException("counts must be >= 0, got " + count + " in row " + i);
        }
      }
    }
  }

  /** The queries of a class. */
  public long total(int row) {
    long total = 0;
    for (long count : counts[row]) {
      total += count;
    }
    return total;
  }
}
