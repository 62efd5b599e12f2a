package dev.semblance.app;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Pixels;
import dev.semblance.generative.Sampler;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Images of a model, drawn batch by batch.
 *
 * @param wanted class of all, or null: see {@link OpenedGenerator#condition}
 */
record SampleStream(OpenedGenerator model, Sampler sampler, @Nullable String wanted, Range range) {
  /**
   * Which images.
   *
   * @param first number of the first
   * @param count how many
   * @param batch drawn at once
   */
  record Range(long seed, long first, int count, int batch) {}

  /** Fails early for a class that does not exist. */
  void checkCondition() {
    model.condition(wanted, range.first, 1);
  }

  /**
   * The pixels of a batch of images at a time.
   *
   * @param done hears how many there are so far
   */
  Iterator<byte[]> iterator(LongConsumer done) {
    return new Iterator<>() {
      private int drawn;

      @Override
      public boolean hasNext() {
        return drawn < range.count;
      }

      @Override
      public byte[] next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        int count = Math.min(range.batch, range.count - drawn);
        long from = range.first + drawn;
        drawn += count;
        try (Scope scope = Scope.open()) {
          byte[] pixels =
              Ops.withoutGradient(
                  () ->
                      Ops.toBytes(
                          Pixels.bytes(
                              sampler.sample(
                                  Noise.of(range.seed, from, count),
                                  model.condition(wanted, from, count)),
                              model.preprocessing())));
          done.accept(drawn);
          return pixels;
        }
      }
    };
  }
}
