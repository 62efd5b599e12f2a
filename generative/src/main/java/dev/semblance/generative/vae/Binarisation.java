package dev.semblance.generative.vae;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import java.nio.FloatBuffer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How grey pixels in 0..1 become bits. The rule is part of every probability that is reported:
 * numbers under different rules do not compare.
 */
public enum Binarisation {
  /** Not at all. */
  NONE,
  /** 1 from one half on. */
  THRESHOLD,
  /**
   * 1 with the pixel's probability, drawn once: always the same for a row, whatever the seed of a
   * run. An own draw, not the file of larochelle2011neural.
   */
  STATIC,
  /** 1 with the pixel's probability, drawn anew at every step. */
  DYNAMIC;

  private static final long STATIC_SEED = 0x5EB1A5CEL;
  private static final float UNIT = 0x1.0p-24f;

  /**
   * The binary images.
   *
   * @param images float32 [n, c, h, w] in 0..1
   * @param noise the images' rows and the seed of a run
   * @param step of a training; 0 elsewhere
   * @return {@code images} itself under {@link #NONE}, else float32 of the same shape, 0 or 1
   */
  public Tensor apply(Tensor images, Noise noise, long step) {
    return switch (this) {
      case NONE -> images;
      case THRESHOLD -> images.ge(Ops.scalar(0.5)).to(ScalarType.Float);
      case STATIC -> drawn(images, new Noise(STATIC_SEED, noise.images()), 0);
      case DYNAMIC -> drawn(images, noise, step);
    };
  }

  private static Tensor drawn(Tensor images, Noise noise, long step) {
    try (Scope scope = Scope.open()) {
      Tensor bits = Ops.empty(ScalarType.Float, images.shape());
      FloatBuffer from = Ops.memory(images.detach().contiguous()).asFloatBuffer();
      FloatBuffer to = Ops.memory(bits).asFloatBuffer();
      long[] rows = noise.images();
      int each = Math.toIntExact(images.numel() / rows.length);
      for (int i = 0; i < rows.length; i++) {
        // One keyed start for each image, and a cheap stream from there: two draws of 24 bits from
        // each word.
        long state = Rng.of(noise.seed(), Rng.Purpose.BINARISE, rows[i], step).nextLong();
        int end = (i + 1) * each;
        for (int j = i * each; j < end; j += 2) {
          state += Rng.GOLDEN;
          long word = Rng.mix(state);
          to.put(j, bit(word >>> 40, from.get(j)));
          if (j + 1 < end) {
            to.put(j + 1, bit(word & 0xFFFFFF, from.get(j + 1)));
          }
        }
      }
      return scope.keep(bits);
    }
  }

  private static float bit(long draw, float probability) {
    return draw * UNIT < probability ? 1f : 0f;
  }
}
