package dev.semblance.core.tensor;

/**
 * Counter-based random numbers: a draw is a function of (seed, purpose, sample, step, index) and of
 * nothing else.
 *
 * <p>There is no state to save and no order to keep: the same key gives the same bits whatever the
 * batch size, order or thread. The function is Philox-4x32-10. Source: salmon2011parallel, section
 * 3.3.
 */
public final class Rng {
  /** The step of SplitMix64's counter: 2^64 over the golden ratio. */
  public static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private static final long M0 = 0xD2511F53L;
  private static final long M1 = 0xCD9E8D57L;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;

  /**
   * What a draw is for; draws for different purposes are independent. New ones stand at the end:
   * the place is part of the key.
   */
  public enum Purpose {
    WEIGHTS,
    ORDER,
    AUGMENT,
    SELECT,
    SYNTHETIC,
    EVALUATE,
    CLUSTER,
    DROPOUT,
    NOISE,
    ATTACK,
    OTHER,
    START,
    LATENT,
    DEQUANTISE,
    TIME,
    CORRUPT,
    PROBE,
    DROP,
    REPLAY,
    BINARISE
  }

  private final int key0;
  private final int key1;
  private final int counter1;
  private final int counter2;
  private final int counter3;
  private int block = 0;
  private int used = 4;
  private final int[] words = new int[4];
  private double spare = Double.NaN;

  private Rng(long seed, Purpose purpose, long sample, long step) {
    // The 96 bits left beside the block counter: purpose and step are hashed into the key, the
    // sample stays whole.
    long key = mix(seed ^ mix(step * GOLDEN + purpose.ordinal() + 1));
    this.key0 = (int) key;
    this.key1 = (int) (key >>> 32);
    this.counter1 = (int) sample;
    this.counter2 = (int) (sample >>> 32);
    this.counter3 = purpose.ordinal();
  }

  /** The stream of draws for one key. */
  public static Rng of(long seed, Purpose purpose, long sample, long step) {
    return new Rng(seed, purpose, sample, step);
  }

  /** The stream of draws for a key without sample and step. */
  public static Rng of(long seed, Purpose purpose) {
    return new Rng(seed, purpose, 0, 0);
  }

  /** 32 random bits. */
  public int nextInt() {
    if (used == 4) {
      philox(block++, counter1, counter2, counter3, key0, key1, words);
      used = 0;
    }
    return words[used++];
  }

  /** 64 random bits. */
  public long nextLong() {
    return ((long) nextInt() << 32) | (nextInt() & 0xFFFFFFFFL);
  }

  /** Uniform in [0, 1), 53 bits. */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** Uniform in [low, high). */
  public double uniform(double low, double high) {
    return low + (high - low) * nextDouble();
  }

  /** Uniform in 0..bound-1, without bias. */
  public int below(int bound) {
    Check.atLeast("bound", bound, 1);
    long limit = (1L << 32) - (1L << 32) % bound;
    long bits;
    do {
      bits = nextInt() & 0xFFFFFFFFL;
    } while (bits >= limit);
    return (int) (bits % bound);
  }

  /** Standard normal (Box-Muller). */
  public double gaussian() {
    if (!Double.isNaN(spare)) {
      double value = spare;
      spare = Double.NaN;
      return value;
    }
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    double angle = 2 * Math.PI * nextDouble();
    spare = radius * StrictMath.sin(angle);
    return radius * StrictMath.cos(angle);
  }

  /** A uniformly random order of 0..n-1 (Fisher-Yates). */
  public int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    shuffle(order);
    return order;
  }

  /** Shuffles in place. */
  public void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = below(i + 1);
      int swap = values[i];
      values[i] = values[j];
      values[j] = swap;
    }
  }

  /** One block of Philox-4x32-10: counter (c0..c3) under key (k0, k1) into {@code out}. */
  static void philox(int c0, int c1, int c2, int c3, int k0, int k1, int[] out) {
    for (int round = 0; round < 10; round++) {
      long p0 = M0 * (c0 & 0xFFFFFFFFL);
      long p1 = M1 * (c2 & 0xFFFFFFFFL);
      int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c1 = (int) p1;
      c3 = (int) p0;
      c0 = n0;
      c2 = n2;
      k0 += W0;
      k1 += W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /**
   * The finalizer of SplitMix64: a bijection on 64 bits. Of a counter that steps by {@link #GOLDEN}
   * it makes a stream for where millions of draws cost.
   */
  public static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
