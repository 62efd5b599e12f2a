package dev.semblance.generative.eval;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Squared Euclidean distances between the rows of two matrices, some rows at a time, so that memory
 * does not grow with the square of their number.
 */
final class PairwiseDistances {
  /** Memory of the distances that exist at once. */
  private static final long TILE_BYTES = 32L << 20;

  /**
   * Below this share of the largest squared norms a squared distance is rounding: the rows are
   * equal. float64 loses about 1e-15.
   */
  private static final double EQUAL = 1e-13;

  private PairwiseDistances() {}

  /** Takes the distances of some rows. */
  @FunctionalInterface
  interface Tile {
    /**
     * Called in a scope of its own.
     *
     * @param from the first row
     * @param squared float64 [rows, m], may be changed
     */
    void accept(int from, Tensor squared);
  }

  /**
   * For each row its nearest among others.
   *
   * @param squared distance
   * @param row of the other
   */
  @SuppressWarnings("ArrayRecordComponent") // inside this package, never compared
  record Nearest(double[] squared, int[] row) {}

  /** A matrix of features: float64 [n, d], n at least {@code least}, all finite. */
  static Tensor check(String name, Tensor features, int least) {
    Check.matrix(name, features);
    if (features.scalar_type().intern() != ScalarType.Double) {
      throw new IllegalArgumentException(
          name + " must be float64, got " + features.scalar_type() + "; convert it");
    }
    if (features.size(0) < least) {
      throw new IllegalArgumentException(
          name + " must have at least " + least + " rows, got " + features.size(0));
    }
    try (Scope scope = Scope.open()) {
      if (!Double.isFinite(features.sum().item_double())) {
        throw new IllegalArgumentException(
            name + " must be finite, got NaN or infinity; look at the images behind it");
      }
    }
    return features;
  }

  /** Refuses matrices of different widths. */
  static void checkWidths(String name, Tensor a, String otherName, Tensor b) {
    if (a.size(1) != b.size(1)) {
      throw new IllegalArgumentException(
          "%s and %s must be of one width, got %d and %d; use one net for both"
              .formatted(name, otherName, a.size(1), b.size(1)));
    }
  }

  /** Visits the distances of all rows of {@code a} to all rows of {@code b}. */
  static void visit(Tensor a, Tensor b, Tile tile) {
    int n = Math.toIntExact(a.size(0));
    int together = (int) Math.max(1, Math.min(n, TILE_BYTES / Double.BYTES / b.size(0)));
    try (Scope all = Scope.open()) {
      // About a common centre: what the difference of large squares loses is smallest there.
      Tensor centre = torch.mean(b, 0);
      Tensor left = a.sub(centre);
      Tensor right = b.sub(centre);
      Tensor leftSquares = squares(left);
      Tensor rightSquares = squares(right);
      double largest = leftSquares.max().item_double() + rightSquares.max().item_double();
      Scalar equal = Ops.scalar(EQUAL * largest);
      Scalar zero = Ops.scalar(0);
      // |a|^2 + |b|^2 - 2ab as one product: (a, |a|^2, 1) by (-2b, 1, |b|^2).
      Tensor rows = torch.cat(new TensorVector(left, leftSquares, torch.ones_like(leftSquares)), 1);
      Tensor columns =
          torch
              .cat(
                  new TensorVector(
                      right.mul(Ops.scalar(-2)), torch.ones_like(rightSquares), rightSquares),
                  1)
              .t();
      for (int from = 0; from < n; from += together) {
        int count = Math.min(together, n - from);
        try (Scope scope = Scope.open()) {
          Tensor squared = torch.mm(rows.narrow(0, from, count), columns);
          tile.accept(from, torch.threshold_(squared, equal, zero));
        }
      }
    }
  }

  /** The same within one matrix, where a row is infinitely far from itself. */
  static void visitOthers(Tensor x, Tile tile) {
    Scalar far = Ops.scalar(Double.POSITIVE_INFINITY);
    visit(
        x,
        x,
        (from, squared) -> {
          squared.diagonal(from, 0, 1).fill_(far);
          tile.accept(from, squared);
        });
  }

  /** The squared distance of each row to its k-th nearest other: float64 [n], in this scope. */
  static Tensor kth(Tensor x, int k) {
    double[] radii = new double[Math.toIntExact(x.size(0))];
    visitOthers(
        x,
        (from, squared) -> {
          T_TensorTensor_T smallest = torch.topk(squared, k, 1, false, true);
          copy(smallest.get0().select(1, k - 1), radii, from);
        });
    return Ops.doubles(radii, radii.length);
  }

  /** For each row of {@code a} the nearest of {@code b}. */
  static Nearest nearest(Tensor a, Tensor b) {
    Nearest nearest = empty(a);
    visit(a, b, (from, squared) -> smallest(squared, nearest, from));
    return nearest;
  }

  /** For each row the nearest other of the same matrix. */
  static Nearest nearestOther(Tensor x) {
    Nearest nearest = empty(x);
    visitOthers(x, (from, squared) -> smallest(squared, nearest, from));
    return nearest;
  }

  /** Two matrices as one, in this scope. */
  static Tensor together(Tensor a, Tensor b) {
    return torch.cat(new TensorVector(a, b), 0);
  }

  static void copy(Tensor values, double[] into, int from) {
    double[] part = Ops.toDoubles(values);
    System.arraycopy(part, 0, into, from, part.length);
  }

  private static Nearest empty(Tensor x) {
    int n = Math.toIntExact(x.size(0));
    return new Nearest(new double[n], new int[n]);
  }

  private static void smallest(Tensor squared, Nearest nearest, int from) {
    T_TensorTensor_T smallest = torch.min(squared, 1);
    copy(smallest.get0(), nearest.squared, from);
    long[] rows = Ops.toLongs(smallest.get1());
    for (int i = 0; i < rows.length; i++) {
      nearest.row[from + i] = Math.toIntExact(rows[i]);
    }
  }

  private static Tensor squares(Tensor x) {
    return x.square().sum(new long[] {1}, true, Ops.sameType());
  }
}
