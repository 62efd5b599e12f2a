package dev.semblance.core.train;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Sampler;
import dev.semblance.core.tensor.Ops;

/** Makes the batch of a step: a pure function of the step. */
@FunctionalInterface
public interface BatchSource {
  /** The batch of {@code step}, in the current scope. */
  Batch batch(long step);

  /** Rows by {@code sampler}, pictures and labels from {@code set}. */
  static BatchSource of(ImageSet set, Sampler sampler) {
    return step -> {
      long[] rows = sampler.batch(step);
      Batch batch = new Batch(step, rows, set.images(rows), Ops.longs(set.labelsOf(rows)));
      // A set that streams decodes the next batch while this one is learnt from.
      set.prefetch(sampler.batch(step + 1));
      return batch;
    };
  }
}
