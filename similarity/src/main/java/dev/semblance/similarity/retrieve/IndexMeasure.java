package dev.semblance.similarity.retrieve;

import java.util.Locale;

/** How an index compares two vectors. All three are told as distances: small for what is alike. */
public enum IndexMeasure {
  /** {@code 1 - cos(x, y)}, in [0, 2]; vectors are stored at unit length. */
  COSINE,
  /** {@code ||x - y||^2}. */
  SQUARED_EUCLIDEAN,
  /** {@code -<x, y>}; not bounded below, and an item need not be its own nearest. */
  DOT;

  /**
   * Beyond this squared length a float32 distance could overflow to infinity and lose its order.
   */
  static final double LARGEST_SQUARED_LENGTH = 1e37;

  /** The name in files and on the command line: {@code cosine}, {@code squared-euclidean}, ... */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The vector as it is stored and compared: itself, or its unit vector for {@link #COSINE}.
   *
   * @param name what to call the vector in a message
   * @throws IllegalArgumentException for values that are not finite, for lengths that would
   *     overflow, and for the zero vector under {@link #COSINE}
   */
  float[] prepare(String name, float[] vector) {
    double squared = 0;
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new IllegalArgumentException(
            name + " must be finite, got " + vector[i] + " at position " + i);
      }
      squared += (double) vector[i] * vector[i];
    }
    if (this != COSINE) {
      if (squared > LARGEST_SQUARED_LENGTH) {
        throw new IllegalArgumentException(
            name
                + " must have a squared length <= "
                + LARGEST_SQUARED_LENGTH
                + ", got "
                + squared
                + "; scale the vectors down");
      }
      return vector;
    }
    if (squared == 0) {
      throw new IllegalArgumentException(
          name + " must not be zero: the cosine of a zero vector is undefined");
    }
    double scale = 1 / Math.sqrt(squared);
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] * scale);
    }
    return unit;
  }

  /**
   * The distance of two prepared vectors, accumulated in float64 in one order, so that equal
   * vectors have equal distances wherever they stand.
   */
  double distance(float[] x, float[] y) {
    double sum = 0;
    if (this == DOT) {
      for (int i = 0; i < x.length; i++) {
        sum += (double) x[i] * y[i];
      }
      return 0.0 - sum; // never -0
    }
    for (int i = 0; i < x.length; i++) {
      double difference = (double) x[i] - y[i];
      sum += difference * difference;
    }
    // Unit vectors: 1 - cos = ||x - y||^2 / 2, without the cancellation of 1 - <x, y>.
    return this == COSINE ? sum / 2 : sum;
  }
}
