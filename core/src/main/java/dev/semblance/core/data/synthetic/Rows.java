package dev.semblance.core.data.synthetic;

import dev.semblance.core.data.Split;
import dev.semblance.core.tensor.Check;
import java.util.Locale;

/** Which draw of which stream a row of a synthetic set is. */
record Rows(int count, int training, Split split) {
  /** Checks that {@code count} images of {@code bytes} each fit one array. */
  static Rows of(int count, Split split, int bytes) {
    Check.atLeast("count", count, 1);
    if ((long) count * bytes > Integer.MAX_VALUE - 16) {
      throw new IllegalArgumentException(
          "count must be <= " + (Integer.MAX_VALUE - 16) / bytes + ", got " + count);
    }
    return new Rows(count, (int) (((long) count * 3 + 3) / 4), split);
  }

  /** The stream of a split, as the step of the key. */
  static long stream(Split split) {
    return switch (split) {
      case TRAIN -> 0;
      case TEST -> 1;
      case ALL ->
          throw new IllegalArgumentException(
              "split must be TRAIN or TEST, got ALL; a single draw belongs to one of them");
    };
  }

  /** The split a row is drawn for: {@code ALL} is training draws, then test draws. */
  Split split(int row) {
    if (split != Split.ALL) {
      return split;
    }
    return row < training ? Split.TRAIN : Split.TEST;
  }

  /** The index of a row's draw in its stream. */
  int index(int row) {
    return split == Split.ALL && row >= training ? row - training : row;
  }

  /** For instance {@code test/00042}. */
  String id(int row) {
    return String.format(Locale.ROOT, "%s/%05d", split(row).text(), index(row));
  }
}
