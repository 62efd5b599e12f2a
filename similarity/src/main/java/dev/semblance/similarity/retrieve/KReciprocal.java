package dev.semblance.similarity.retrieve;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Re-ranking by k-reciprocal neighbours: items that are neighbours of each other are trusted, and
 * two items are close when they have the same trusted neighbours.
 *
 * <p>Of every item (queries and gallery together) the reciprocal neighbours {@code R*} are found
 * and weighted by {@code exp(-d)}; the Jaccard distance of these weights, averaged over the nearest
 * k2, is mixed with the original distance: {@code (1 - lambda) d_Jaccard + lambda d}. {@code d} is
 * the squared Euclidean distance divided by its maximum in the row, as in the authors' code.
 *
 * <p>All items decide together: a change in the gallery changes all distances. Memory beyond the
 * result is O((n + m) k1) and one tile.
 *
 * @param k1 neighbours considered, >= 1
 * @param k2 neighbours averaged over, in 1..k1
 * @param lambda the share of the original distance, in [0, 1]
 */
@Source(key = "zhong2017reranking", where = "Eqs. (2) to (12)")
public record KReciprocal(int k1, int k2, double lambda) {
  private static final int TILE = 512;

  public KReciprocal {
    Check.atLeast("k1", k1, 1);
    Check.atLeast("k2", k2, 1);
    if (k2 > k1) {
      throw new IllegalArgumentException("k2 must be <= k1 = " + k1 + ", got " + k2);
    }
    Check.between("lambda", lambda, 0, 1);
  }

  /** k1 20, k2 6, lambda 0.3: section 4.1 (Market-1501). */
  public static KReciprocal of() {
    return new KReciprocal(20, 6, 0.3);
  }

  /**
   * New distances between queries and gallery.
   *
   * @param queries float [n, d], usually of unit length
   * @param gallery float [m, d]; n + m > k1
   * @return float32 [n, m] in [0, 1], small for what is alike, in the current scope
   */
  public Tensor distances(Tensor queries, Tensor gallery) {
    Check.matrix("queries", queries);
    Check.matrix("gallery", gallery);
    if (queries.size(1) != gallery.size(1)) {
      throw new IllegalArgumentException(
          "queries and gallery must have one dimension, got " + Shapes.of(queries, gallery));
    }
    int n = Math.toIntExact(queries.size(0));
    int m = Math.toIntExact(gallery.size(0));
    if (n + m <= k1) {
      throw new IllegalArgumentException(
          "queries and gallery together must have more than k1 = " + k1 + " rows, got " + (n + m));
    }
    Neighbourhoods all = Ops.withoutGradient(() -> neighbourhoods(queries, gallery));
    List<TreeMap<Integer, Double>> weights = averaged(weights(all), all);
    List<List<Integer>> holders = new ArrayList<>();
    for (int i = 0; i < n + m; i++) {
      holders.add(new ArrayList<>());
    }
    for (int j = n; j < n + m; j++) {
      for (int shared : weights.get(j).keySet()) {
        holders.get(shared).add(j);
      }
    }
    float[] result = new float[Math.multiplyExact(n, m)];
    IntStream.range(0, n)
        .parallel()
        .forEach(
            i -> {
              double[] minimum = new double[m];
              weights
                  .get(i)
                  .forEach(
                      (shared, weight) -> {
                        for (int j : holders.get(shared)) {
                          minimum[j - n] +=
                              Math.min(weight, Objects.requireNonNull(weights.get(j).get(shared)));
                        }
                      });
              for (int j = 0; j < m; j++) {
                double jaccard = 1 - minimum[j] / (2 - minimum[j]); // Eq. (10)
                result[i * m + j] =
                    (float) ((1 - lambda) * jaccard + lambda * all.distance(i, n + j)); // Eq. (12)
              }
            });
    return Ops.floats(result, n, m);
  }

  /** Rows, their k1 + 1 nearest (themselves included), and the largest distance from each. */
  private record Neighbourhoods(double[][] rows, int[][] nearest, double[] largest) {
    double distance(int i, int j) {
      double sum = 0;
      for (int k = 0; k < rows[i].length; k++) {
        double difference = rows[i][k] - rows[j][k];
        sum += difference * difference;
      }
      return largest[i] > 0 ? sum / largest[i] : 0;
    }

    /** Eq. (2): the items among the k nearest of i that have i among theirs. */
    List<Integer> reciprocal(int i, int k) {
      List<Integer> mutual = new ArrayList<>();
      for (int rank = 0; rank <= k; rank++) {
        int candidate = nearest[i][rank];
        for (int back = 0; back <= k; back++) {
          if (nearest[candidate][back] == i) {
            mutual.add(candidate);
            break;
          }
        }
      }
      return mutual;
    }
  }

  private Neighbourhoods neighbourhoods(Tensor queries, Tensor gallery) {
    try (Scope scope = Scope.open()) {
      Tensor x =
          torch.cat(
              new TensorVector(
                  queries.detach().to(ScalarType.Double), gallery.detach().to(ScalarType.Double)),
              0);
      if (!x.isfinite().all().item_bool()) {
        throw new IllegalArgumentException(
            "queries and gallery must be finite, got NaN or infinity");
      }
      x = x.sub(x.sum(0).div(Ops.scalar(x.size(0)))); // less cancellation
      int count = Math.toIntExact(x.size(0));
      int d = Math.toIntExact(x.size(1));
      Tensor squares = x.square().sum(1);
      int[][] nearest = new int[count][];
      double[] largest = new double[count];
      for (int low = 0; low < count; low += TILE) {
        int length = Math.min(TILE, count - low);
        try (Scope tile = Scope.open()) {
          Tensor distances =
              squares
                  .narrow(0, low, length)
                  .unsqueeze(1)
                  .add(squares)
                  .sub(x.narrow(0, low, length).matmul(x.t()).mul(Ops.scalar(2)));
          T_TensorTensor_T top = distances.topk(k1 + 1, 1, false, true);
          long[] indices = Ops.toLongs(top.get1());
          double[] maxima = Ops.toDoubles(distances.amax(new long[] {1}, false));
          for (int i = 0; i < length; i++) {
            nearest[low + i] = new int[k1 + 1];
            for (int rank = 0; rank <= k1; rank++) {
              nearest[low + i][rank] = (int) indices[i * (k1 + 1) + rank];
            }
            largest[low + i] = maxima[i];
          }
        }
      }
      double[] flat = Ops.toDoubles(x);
      double[][] rows = new double[count][];
      for (int i = 0; i < count; i++) {
        rows[i] = Arrays.copyOfRange(flat, i * d, (i + 1) * d);
      }
      return new Neighbourhoods(rows, nearest, largest);
    }
  }

  private List<TreeMap<Integer, Double>> weights(Neighbourhoods all) {
    // numpy's and Java's rint agree on halves, the authors' code rounds so.
    int half = (int) Math.rint(k1 / 2.0);
    return IntStream.range(0, all.rows.length)
        .parallel()
        .mapToObj(
            i -> {
              TreeSet<Integer> mutual = new TreeSet<>(all.reciprocal(i, k1));
              TreeSet<Integer> expanded = new TreeSet<>(mutual);
              for (int candidate : mutual) {
                List<Integer> theirs = all.reciprocal(candidate, half);
                long common = theirs.stream().filter(mutual::contains).count();
                if (3 * common > 2L * theirs.size()) { // Eq. (3)
                  expanded.addAll(theirs);
                }
              }
              TreeMap<Integer, Double> weights = new TreeMap<>();
              double sum = 0;
              for (int j : expanded) {
                double weight = Math.exp(-all.distance(i, j)); // Eq. (7)
                weights.put(j, weight);
                sum += weight;
              }
              double total = sum;
              weights.replaceAll((j, weight) -> weight / total);
              return weights;
            })
        .toList();
  }

  /** Eq. (11): the mean over the k2 nearest. */
  private List<TreeMap<Integer, Double>> averaged(
      List<TreeMap<Integer, Double>> weights, Neighbourhoods all) {
    if (k2 == 1) {
      return weights;
    }
    return IntStream.range(0, weights.size())
        .parallel()
        .mapToObj(
            i -> {
              TreeMap<Integer, Double> mean = new TreeMap<>();
              for (int rank = 0; rank < k2; rank++) {
                weights
                    .get(all.nearest[i][rank])
                    .forEach((j, weight) -> mean.merge(j, weight / k2, Double::sum));
              }
              return mean;
            })
        .toList();
  }
}
