package dev.semblance.generative.autoencoder;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What is done to an image before it is encoded, keyed by (seed, image, step). Pixels that are kept
 * keep their value: nothing is rescaled.
 */
@Source(key = "vincent2010stacked", where = "section 3.3")
public sealed interface Corruption {
  /**
   * Corrupted images.
   *
   * @param images float32 [n, c, h, w] in 0..1
   * @param step of a training; 0 elsewhere
   * @return float32 of the same shape, in the current scope
   */
  Tensor apply(Tensor images, Noise noise, long step);

  /** The kinds by name. */
  enum Kind {
    NONE,
    MASKING,
    MASKING_FIXED,
    SALT_AND_PEPPER,
    GAUSSIAN
  }

  /** A kind with its amount; without corruption the amount is not looked at. */
  static Corruption of(Kind kind, double amount) {
    return switch (kind) {
      case NONE -> new None();
      case MASKING -> new Masking(amount);
      case MASKING_FIXED -> new FixedMasking(amount);
      case SALT_AND_PEPPER -> new SaltAndPepper(amount);
      case GAUSSIAN -> new Gaussian(amount);
    };
  }

  /**
   * One as people type it: {@code none}, or {@code masking:0.3}, {@code masking-fixed:0.3}, {@code
   * salt-and-pepper:0.1}, {@code gaussian:0.2}.
   *
   * @throws IllegalArgumentException in one line
   */
  static Corruption parse(String text) {
    String[] parts = text.split(":", -1);
    String name = parts[0].toUpperCase(Locale.ROOT).replace('-', '_');
    try {
      Kind kind = Kind.valueOf(name);
      if (kind == Kind.NONE && parts.length == 1) {
        return new None();
      }
      if (kind != Kind.NONE && parts.length == 2) {
        return of(kind, Double.parseDouble(parts[1]));
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "amount of noise must be a number, got " + parts[1] + "; such as masking:0.3", e);
    } catch (IllegalArgumentException e) {
      if (Arrays.stream(Kind.values()).anyMatch(kind -> kind.name().equals(name))) {
        throw e;
      }
    }
    throw new IllegalArgumentException(
        "noise must be none, masking:P, masking-fixed:P, salt-and-pepper:P or gaussian:S, got "
            + text);
  }

  /** The images as they are. */
  record None() implements Corruption {
    @Override
    public Tensor apply(Tensor images, Noise noise, long step) {
      return images;
    }
  }

  /**
   * Each pixel to 0 with a probability.
   *
   * @param probability in [0, 1]
   */
  record Masking(double probability) implements Corruption {
    public Masking {
      Check.between("probability", probability, 0, 1);
    }

    @Override
    public Tensor apply(Tensor images, Noise noise, long step) {
      try (Scope scope = Scope.open()) {
        Tensor draws = noise.uniform(Rng.Purpose.CORRUPT, step, shape(images));
        return scope.keep(images.masked_fill(draws.lt(Ops.scalar(probability)), Ops.scalar(0)));
      }
    }
  }

  /**
   * A fixed number of the values of each image to 0, drawn without repetition: {@code share} of
   * them, rounded. Source: vincent2008extracting, section 2.3.
   *
   * @param share in [0, 1]
   */
  record FixedMasking(double share) implements Corruption {
    public FixedMasking {
      Check.between("share", share, 0, 1);
    }

    @Override
    public Tensor apply(Tensor images, Noise noise, long step) {
      try (Scope scope = Scope.open()) {
        long[] numbers = noise.images();
        int each = Math.toIntExact(images.numel() / numbers.length);
        int cleared = (int) Math.round(share * each);
        float[] kept = new float[numbers.length * each];
        Arrays.fill(kept, 1);
        int[] order = new int[each];
        for (int i = 0; i < numbers.length; i++) {
          for (int j = 0; j < each; j++) {
            order[j] = j;
          }
          Rng rng = Rng.of(noise.seed(), Rng.Purpose.CORRUPT, numbers[i], step);
          for (int j = 0; j < cleared; j++) {
            int other = j + rng.below(each - j);
            kept[i * each + order[other]] = 0;
            order[other] = order[j];
          }
        }
        Tensor gone = Ops.floats(kept, images.shape()).eq(Ops.scalar(0));
        return scope.keep(images.masked_fill(gone, Ops.scalar(0)));
      }
    }
  }

  /**
   * Each pixel with a probability to 0 or 1, either as likely.
   *
   * @param probability in [0, 1]
   */
  record SaltAndPepper(double probability) implements Corruption {
    public SaltAndPepper {
      Check.between("probability", probability, 0, 1);
    }

    @Override
    public Tensor apply(Tensor images, Noise noise, long step) {
      try (Scope scope = Scope.open()) {
        // The draws below the probability fall evenly into its two halves.
        Tensor draws = noise.uniform(Rng.Purpose.CORRUPT, step, shape(images));
        Tensor pepper = images.masked_fill(draws.lt(Ops.scalar(probability)), Ops.scalar(0));
        return scope.keep(pepper.masked_fill(draws.lt(Ops.scalar(probability / 2)), Ops.scalar(1)));
      }
    }
  }

  /**
   * Normal noise on every pixel; the values may leave 0..1.
   *
   * @param deviation at least 0, pixels in 0..1
   */
  record Gaussian(double deviation) implements Corruption {
    public Gaussian {
      Check.notNegative("deviation", deviation);
    }

    @Override
    public Tensor apply(Tensor images, Noise noise, long step) {
      try (Scope scope = Scope.open()) {
        Tensor draws = noise.gaussian(Rng.Purpose.CORRUPT, step, shape(images));
        return scope.keep(torch.add(images, draws, Ops.scalar(deviation)));
      }
    }
  }

  private static long[] shape(Tensor images) {
    return Arrays.copyOfRange(images.shape(), 1, Math.toIntExact(images.dim()));
  }
}
