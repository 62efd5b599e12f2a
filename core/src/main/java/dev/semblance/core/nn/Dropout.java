package dev.semblance.core.nn;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Zeroes each value with probability {@code rate} and divides the others by {@code 1 - rate}. What
 * is zeroed of an image is a function of its key, whatever stands beside it.
 *
 * @param rate in [0, 1), in steps of 1 / 65536
 */
@Source(key = "srivastava2014dropout", where = "section 4; scaled when training")
public record Dropout(double rate) {
  private static final int LEVELS = 1 << 16;

  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("rate must be in [0, 1), got " + rate);
    }
  }

  /**
   * Which draws are made.
   *
   * @param seed of the run
   * @param step of the training
   * @param rows the images' rows in their set
   */
  public record Keys(long seed, long step, long[] rows) {
    public Keys {
      rows = rows.clone();
    }

    @Override
    public long[] rows() {
      return rows.clone();
    }
  }

  /**
   * The thinned values.
   *
   * @param input [n, ...]
   * @param keys of the images, or null for no change
   * @param place of this dropout in its net; two places draw apart
   */
  public Tensor apply(Tensor input, @Nullable Keys keys, int place) {
    if (keys == null || rate == 0) {
      return input;
    }
    Check.atLeast("place", place, 0);
    if (keys.rows.length != input.size(0)) {
      throw new IllegalArgumentException(
          "keys must name the " + input.size(0) + " images, got " + keys.rows.length);
    }
    int each = Math.toIntExact(input.numel() / keys.rows.length);
    int dropped = (int) Math.round(rate * LEVELS);
    byte[] kept = new byte[Math.multiplyExact(keys.rows.length, each)];
    for (int i = 0; i < keys.rows.length; i++) {
      long state = Rng.of(keys.seed, Rng.Purpose.DROPOUT, keys.rows[i], keys.step).nextLong();
      state = Rng.mix(state + place);
      for (int j = 0; j < each; j += 4) {
        // Millions of draws a step: four from each number of a counter-based stream.
        long bits = Rng.mix(state += Rng.GOLDEN);
        for (int k = j; k < Math.min(j + 4, each); k++) {
          kept[i * each + k] = (byte) ((bits & (LEVELS - 1)) >= dropped ? 1 : 0);
          bits >>>= 16;
        }
      }
    }
    try (Scope scope = Scope.open()) {
      ScalarType type = input.scalar_type().intern();
      Tensor mask =
          Ops.bytes(kept, input.shape())
              .to(type)
              .mul_(Ops.scalar((double) LEVELS / (LEVELS - dropped)));
      return scope.keep(input.mul(mask));
    }
  }
}
