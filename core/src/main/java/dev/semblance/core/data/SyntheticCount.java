package dev.semblance.core.data;

import dev.semblance.core.tensor.Check;

/** How many images a synthetic set draws. */
public sealed interface SyntheticCount {
  /** As many as the set usually has. */
  record Usual() implements SyntheticCount {}

  /** So many in the training part, a third of that (rounded up) in the test part. */
  record Exactly(int training) implements SyntheticCount {
    public Exactly {
      Check.atLeast("training", training, 1);
    }

    int of(Split split) {
      int test = (training + 2) / 3;
      return switch (split) {
        case TRAIN -> training;
        case TEST -> test;
        case ALL -> training + test;
      };
    }
  }
}
