package dev.semblance.similarity.cluster;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.cluster.Dendrogram.Merge;
import dev.semblance.similarity.measure.Distance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Joins the two closest clusters until one is left.
 *
 * <p>By nearest-neighbour chains: O(n^2) time, and one float for each pair of items. For these
 * three linkages the result is that of the greedy procedure. Where several pairs are equally close,
 * the order of the items decides which is joined first. {@link SphericalKMeans} takes memory in
 * proportion to n.
 *
 * @param linkage how far two clusters are apart
 * @param distance how far two items are apart
 */
@Source(key = "murtagh1983survey", where = "nearest-neighbour chains")
@Source(key = "mullner2011modern", where = "section 3.2 (chains, and the order of their merges)")
public record Agglomerative(Linkage linkage, Distance distance) {
  /** The most items: 800 MB of distances. */
  public static final int MOST_ITEMS = 20_000;

  private static final int TILE = 1 << 20;

  /**
   * The tree of merges.
   *
   * @param embeddings float [n, d], 1..{@link #MOST_ITEMS} rows
   * @throws IllegalArgumentException if the shape does not fit or a distance is NaN
   */
  public Dendrogram cluster(Tensor embeddings) {
    Check.matrix("embeddings", embeddings);
    long count = embeddings.size(0);
    if (count < 1 || count > MOST_ITEMS) {
      throw new IllegalArgumentException(
          "embeddings must have 1.."
              + MOST_ITEMS
              + " rows, got "
              + count
              + (count < 1 ? "" : "; cluster a sample, or use k-means"));
    }
    List<Merge> merges = chains(distances(embeddings));
    // The chains find the merges out of order; equal ones stay in the order they were found.
    merges.sort(Comparator.comparingDouble(Merge::distance));
    return new Dendrogram((int) count, merges);
  }

  /** The distances of each row to the rows before it. */
  private float[][] distances(Tensor embeddings) {
    int n = (int) embeddings.size(0);
    float[][] distances = new float[n][];
    int tile = Math.max(1, TILE / n);
    for (int start = 0; start < n; start += tile) {
      int end = Math.min(n, start + tile);
      float[] block;
      try (Scope scope = Scope.open()) {
        Tensor rows = embeddings.narrow(0, start, end - start);
        block = Ops.toFloats(distance.between(rows, embeddings.narrow(0, 0, end)));
      }
      for (int i = start; i < end; i++) {
        distances[i] = new float[i];
        System.arraycopy(block, (i - start) * end, distances[i], 0, i);
        for (int j = 0; j < i; j++) {
          if (Float.isNaN(distances[i][j])) {
            throw new IllegalArgumentException(
                "the distance of rows " + j + " and " + i + " is NaN; remove rows that hold NaN");
          }
        }
      }
    }
    return distances;
  }

  private List<Merge> chains(float[][] distances) {
    int n = distances.length;
    int[] sizes = new int[n];
    Arrays.fill(sizes, 1);
    List<Merge> merges = new ArrayList<>(n);
    int[] chain = new int[n];
    int length = 0;
    int start = 0;
    while (merges.size() < n - 1) {
      if (length == 0) {
        while (sizes[start] == 0) {
          start++;
        }
        chain[length++] = start;
      }
      int last = chain[length - 1];
      int before = length > 1 ? chain[length - 2] : -1;
      int nearest = nearest(distances, sizes, last, before);
      if (nearest == before) {
        // Reciprocal neighbours: no later merge can come between them.
        length -= 2;
        merges.add(merge(distances, sizes, before, last));
      } else {
        chain[length++] = nearest;
      }
    }
    return merges;
  }

  /** The nearest cluster; the one before in the chain wherever it is as near, so chains end. */
  private static int nearest(float[][] distances, int[] sizes, int of, int before) {
    int nearest = before;
    float least = before < 0 ? Float.POSITIVE_INFINITY : at(distances, of, before);
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] > 0 && i != of) {
        float d = at(distances, of, i);
        if (d < least || nearest < 0) {
          least = d;
          nearest = i;
        }
      }
    }
    return nearest;
  }

  /** Joins {@code second} to {@code first}, which stands for both from now on. */
  private Merge merge(float[][] distances, int[] sizes, int first, int second) {
    double distanceBetween = at(distances, first, second);
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] > 0 && i != first && i != second) {
        double updated =
            linkage.update(
                at(distances, i, first), sizes[first], at(distances, i, second), sizes[second]);
        distances[Math.max(i, first)][Math.min(i, first)] = (float) updated;
      }
    }
    sizes[first] += sizes[second];
    sizes[second] = 0;
    return new Merge(first, second, distanceBetween, sizes[first]);
  }

  private static float at(float[][] distances, int i, int j) {
    return i > j ? distances[i][j] : distances[j][i];
  }
}
