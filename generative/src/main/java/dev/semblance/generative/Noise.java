package dev.semblance.generative;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Shapes;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The random draws of a batch, one stream for each image, purpose and step.
 *
 * @param seed of all
 * @param images the number of each image: its place in a sample, or its row in a data set
 */
public record Noise(long seed, long[] images) {
  // Below, the threads cost more than they save: a draw takes 0.1 microseconds.
  private static final int PARALLEL_FROM = 1 << 14;

  public Noise {
    images = images.clone();
  }

  /** Images {@code first} to {@code first + count - 1}. */
  public static Noise of(long seed, long first, int count) {
    Check.atLeast("count", count, 1);
    return new Noise(seed, LongStream.range(first, first + count).toArray());
  }

  /** The number of images. */
  public int size() {
    return images.length;
  }

  /** The images {@code from} to {@code to - 1} of these. */
  public Noise part(int from, int to) {
    return new Noise(seed, Arrays.copyOfRange(images, from, to));
  }

  /** Standard normal draws: float32 [n, shape...], in the current scope. */
  public Tensor gaussian(Rng.Purpose purpose, long step, long... shape) {
    return draw(purpose, step, shape, true);
  }

  /** Uniform draws in [0, 1): float32 [n, shape...], in the current scope. */
  public Tensor uniform(Rng.Purpose purpose, long step, long... shape) {
    return draw(purpose, step, shape, false);
  }

  private Tensor draw(Rng.Purpose purpose, long step, long[] shape, boolean gaussian) {
    int each = Math.toIntExact(Shapes.count(shape));
    float[] values = new float[Math.multiplyExact(images.length, each)];
    IntStream places = IntStream.range(0, images.length);
    // Each image has its own stream: which thread draws it makes no difference.
    (values.length < PARALLEL_FROM ? places : places.parallel())
        .forEach(
            i -> {
              Rng rng = Rng.of(seed, purpose, images[i], step);
              for (int j = i * each; j < (i + 1) * each; j++) {
                if (gaussian) {
                  values[j] = (float) rng.gaussian();
                } else {
                  // Rounding to float32 could reach 1.
                  values[j] = Math.min((float) rng.nextDouble(), Math.nextDown(1f));
                }
              }
            });
    long[] whole = new long[shape.length + 1];
    whole[0] = images.length;
    System.arraycopy(shape, 0, whole, 1, shape.length);
    return Ops.floats(values, whole);
  }

  @Override
  public long[] images() {
    return images.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Noise that && seed == that.seed && Arrays.equals(images, that.images);
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(seed) + Arrays.hashCode(images);
  }

  @Override
  public String toString() {
    return "seed " + seed + ", " + images.length + " images";
  }
}
