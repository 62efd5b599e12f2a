package dev.semblance.similarity.measure;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * What a distance holds of the axioms of a metric on a sample, each with its worst offender.
 *
 * <p>{@code D(x, x) = 0}; {@code D(x, y) >= 0}; {@code D(x, y) = D(y, x)}; {@code D(x, z) <= D(x,
 * y) + D(y, z)}; and {@code D(x, y) > 0} for {@code x != y}, without which it is a pseudometric. An
 * axiom that holds on a sample may fail elsewhere; one that fails here fails.
 *
 * @param tolerance below which an offence is rounding, in the distance's unit
 * @param identity the largest {@code |D(x, x)|}; first and second are x
 * @param negativity the largest {@code -D(x, y)}, or 0
 * @param asymmetry the largest {@code |D(x, y) - D(y, x)|}
 * @param triangle the largest {@code D(x, z) - D(x, y) - D(y, z)}; negative if no triple comes
 *     close
 * @param coincidence the smallest {@code D(x, y)} of two different rows
 */
public record Axioms(
    double tolerance,
    Offender identity,
    Offender negativity,
    Offender asymmetry,
    Offender triangle,
    Offender coincidence) {
  private static final int MOST_ROWS = 512;

  /**
   * The rows at which an axiom is worst off.
   *
   * @param amount by how much it fails
   * @param first x
   * @param second y; x again for a single row
   * @param third z of a triangle, else y
   */
  public record Offender(double amount, int first, int second, int third) {}

  /**
   * Tries all pairs and triples of a sample, in O(n^3).
   *
   * @param sample [n, d], 1 to 512 rows
   * @param tolerance {@code >= 0}; relative to the largest distance
   */
  public static Axioms of(Distance distance, Tensor sample, double tolerance) {
    Check.notNegative("tolerance", tolerance);
    Check.matrix("sample", sample);
    Check.between("rows of the sample", (double) sample.size(0), 1, MOST_ROWS);
    int n = (int) sample.size(0);
    double[] distances;
    double[] rows;
    try (Scope scope = Scope.open()) {
      distances = Ops.toDoubles(distance.between(sample, sample));
      rows = Ops.toDoubles(sample);
    }
    double largest = 0;
    for (double value : distances) {
      Check.finite("distance", value);
      largest = Math.max(largest, Math.abs(value));
    }
    return new Axioms(
        tolerance * largest,
        identity(distances, n),
        negativity(distances, n),
        asymmetry(distances, n),
        triangle(distances, n),
        coincidence(distances, rows, n));
  }

  /** With a tolerance of 1e-5: float32. */
  public static Axioms of(Distance distance, Tensor sample) {
    return of(distance, sample, 1e-5);
  }

  private static Offender identity(double[] distances, int n) {
    Offender worst = new Offender(0, 0, 0, 0);
    for (int i = 0; i < n; i++) {
      double amount = Math.abs(distances[i * n + i]);
      worst = amount > worst.amount ? new Offender(amount, i, i, i) : worst;
    }
    return worst;
  }

  private static Offender negativity(double[] distances, int n) {
    Offender worst = new Offender(0, 0, 0, 0);
    for (int at = 0; at < distances.length; at++) {
      double amount = -distances[at];
      worst = amount > worst.amount ? new Offender(amount, at / n, at % n, at % n) : worst;
    }
    return worst;
  }

  private static Offender asymmetry(double[] distances, int n) {
    Offender worst = new Offender(0, 0, 0, 0);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        double amount = Math.abs(distances[i * n + j] - distances[j * n + i]);
        worst = amount > worst.amount ? new Offender(amount, i, j, j) : worst;
      }
    }
    return worst;
  }

  private static Offender triangle(double[] distances, int n) {
    double most = Double.NEGATIVE_INFINITY;
    Offender worst = new Offender(0, 0, 0, 0);
    for (int x = 0; x < n; x++) {
      for (int y = 0; y < n; y++) {
        double side = distances[x * n + y];
        for (int z = 0; z < n; z++) {
          double amount = distances[x * n + z] - side - distances[y * n + z];
          if (x != y && y != z && x != z && amount > most) {
            most = amount;
            worst = new Offender(amount, x, y, z);
          }
        }
      }
    }
    return worst;
  }

  private static Offender coincidence(double[] distances, double[] rows, int n) {
    int d = rows.length / n;
    Offender worst = new Offender(Double.POSITIVE_INFINITY, 0, 0, 0);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        if (distances[i * n + j] < worst.amount && differ(rows, i * d, j * d, d)) {
          worst = new Offender(distances[i * n + j], i, j, j);
        }
      }
    }
    return worst;
  }

  private static boolean differ(double[] rows, int a, int b, int length) {
    for (int k = 0; k < length; k++) {
      if (rows[a + k] != rows[b + k]) {
        return true;
      }
    }
    return false;
  }

  /** {@code D(x, x) = 0} held. */
  public boolean holdsIdentity() {
    return identity.amount <= tolerance;
  }

  /** {@code D >= 0} held. */
  public boolean holdsNonNegativity() {
    return negativity.amount <= tolerance;
  }

  /** {@code D(x, y) = D(y, x)} held. */
  public boolean holdsSymmetry() {
    return asymmetry.amount <= tolerance;
  }

  /** {@code D(x, z) <= D(x, y) + D(y, z)} held. */
  public boolean holdsTriangle() {
    return triangle.amount <= tolerance;
  }

  /** Different rows had a distance above 0. */
  public boolean separates() {
    return coincidence.amount > tolerance;
  }

  /** All axioms of a pseudometric held. */
  public boolean isPseudometric() {
    return holdsIdentity() && holdsNonNegativity() && holdsSymmetry() && holdsTriangle();
  }

  /** All axioms of a metric held. */
  public boolean isMetric() {
    return isPseudometric() && separates();
  }
}
