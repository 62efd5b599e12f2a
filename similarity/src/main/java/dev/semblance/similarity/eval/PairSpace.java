package dev.semblance.similarity.eval;

import dev.semblance.core.tensor.Rng;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * All pairs of rows of one class, or all of two classes, numbered without being listed.
 *
 * <p>With rows ordered by class, the partners of the row at a place are one run of later places.
 */
final class PairSpace {
  private final int[] order;
  private final int[] firstPartner;

  /** Pairs whose first row stands before a place: [n + 1]. */
  private final long[] before;

  private PairSpace(int[] order, int[] firstPartner, long[] before) {
    this.order = order;
    this.firstPartner = firstPartner;
    this.before = before;
  }

  static PairSpace same(int[] labels) {
    return of(labels, true);
  }

  static PairSpace different(int[] labels) {
    return of(labels, false);
  }

  private static PairSpace of(int[] labels, boolean same) {
    int n = labels.length;
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingInt(row -> labels[row]))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] firstPartner = new int[n];
    long[] before = new long[n + 1];
    int end = 0;
    for (int place = 0; place < n; place++) {
      if (end <= place) {
        end = place + 1;
        while (end < n && labels[order[end]] == labels[order[place]]) {
          end++;
        }
      }
      firstPartner[place] = same ? place + 1 : end;
      before[place + 1] = before[place] + (same ? end - place - 1 : n - end);
    }
    return new PairSpace(order, firstPartner, before);
  }

  /** The number of pairs. */
  long size() {
    return before[order.length];
  }

  /** Numbers of {@code count} different pairs, uniformly drawn, ascending; all where that many. */
  long[] draw(long count, Rng rng) {
    long size = size();
    if (count >= size) {
      long[] all = new long[Math.toIntExact(size)];
      Arrays.setAll(all, i -> i);
      return all;
    }
    // Floyd's algorithm (bentley1987programming): every subset is equally likely.
    Set<Long> drawn = new HashSet<>();
    for (long last = size - count; last < size; last++) {
      long pair = below(last + 1, rng);
      if (!drawn.add(pair)) {
        drawn.add(last);
      }
    }
    return drawn.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  /** Uniform in 0..bound-1. */
  private static long below(long bound, Rng rng) {
    long limit = Long.MAX_VALUE - Long.MAX_VALUE % bound;
    long bits;
    do {
      bits = rng.nextLong() >>> 1;
    } while (bits >= limit);
    return bits % bound;
  }

  /** The place of the first row of a pair. */
  private int place(long pair) {
    int low = 0;
    int high = order.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (before[middle] <= pair) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  int first(long pair) {
    return order[place(pair)];
  }

  int second(long pair) {
    int place = place(pair);
    return order[firstPartner[place] + (int) (pair - before[place])];
  }
}
