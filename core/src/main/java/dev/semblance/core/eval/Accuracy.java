package dev.semblance.core.eval;

import dev.semblance.core.tensor.Check;
import java.util.Arrays;

/**
 * How often a classifier was right, and what it took for what.
 *
 * @param confusion [classes][classes]: at [c][a] the items of class c that were answered a; owned,
 *     not copied
 */
@SuppressWarnings("ArrayRecordComponent") // a plain matrix, never compared
public record Accuracy(long[][] confusion) {
  public Accuracy {
    long items = 0;
    for (long[] row : confusion) {
      if (row.length != confusion.length) {
        throw new IllegalArgumentException(
            "confusion must be square, got a row of "
                + row.length
                + " in "
                + confusion.length
                + " rows");
      }
      for (long count : row) {
        items += Check.atLeast("count", count, 0);
      }
    }
    Check.atLeast("number of items", items, 1);
  }

  /**
   * Counts answers.
   *
   * @param classes of the items, 0..numberOfClasses-1
   * @param answers one per item, 0..numberOfClasses-1
   * @throws IllegalArgumentException for other lengths or labels, and without items
   */
  public static Accuracy of(int[] classes, int[] answers, int numberOfClasses) {
    Check.atLeast("numberOfClasses", numberOfClasses, 1);
    if (classes.length != answers.length) {
      throw new IllegalArgumentException(
          "answers must be one for each of " + classes.length + " items, got " + answers.length);
    }
    long[][] confusion = new long[numberOfClasses][numberOfClasses];
    for (int i = 0; i < classes.length; i++) {
      Check.between("class", classes[i], 0, numberOfClasses - 1);
      Check.between("answer", answers[i], 0, numberOfClasses - 1);
      confusion[classes[i]][answers[i]]++;
    }
    return new Accuracy(confusion);
  }

  /** The number of classes. */
  public int classes() {
    return confusion.length;
  }

  /** The items answered right. */
  public long correct() {
    long correct = 0;
    for (int c = 0; c < confusion.length; c++) {
      correct += confusion[c][c];
    }
    return correct;
  }

  /** The items. */
  public long n() {
    long n = 0;
    for (int c = 0; c < confusion.length; c++) {
      n += n(c);
    }
    return n;
  }

  /** The items of class {@code c} answered right. */
  public long correct(int c) {
    return confusion[c][c];
  }

  /** The items of class {@code c}. */
  public long n(int c) {
    return Arrays.stream(confusion[c]).sum();
  }

  /** The share of items answered right, with Wilson's 95 % interval. */
  public Estimate estimate() {
    return estimate(correct(), n());
  }

  /**
   * The share of the items of class {@code c} answered right, with Wilson's 95 % interval.
   *
   * @throws IllegalArgumentException if there is no item of the class
   */
  public Estimate estimate(int c) {
    Check.atLeast("number of items of class " + c, n(c), 1);
    return estimate(correct(c), n(c));
  }

  private static Estimate estimate(long correct, long n) {
    return new Estimate((double) correct / n, Interval.wilson(correct, n));
  }
}
