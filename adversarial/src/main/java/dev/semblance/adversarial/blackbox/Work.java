package dev.semblance.adversarial.blackbox;

import org.jspecify.annotations.Nullable;

/** A sample in work, and the round it is in, which may span calls. */
final class Work {
  final int sample;
  final Search search;

  /** How many images the round has. */
  int round;

  int asked;
  int answered;

  /** Queries of the sample before this round. */
  long before;

  /** Why the sample cannot go on after this round, or null. */
  @Nullable String trouble;

  Work(int sample, Search search) {
    this.sample = sample;
    this.search = search;
  }
}
