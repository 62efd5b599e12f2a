package dev.semblance.similarity.cluster;

import dev.semblance.core.tensor.Check;
import java.util.Arrays;
import java.util.List;

/**
 * The merges that join n items to one cluster, closest first: cut it by a number of clusters or by
 * a distance.
 *
 * @param items n, at least 1
 * @param merges n - 1 of them, distances ascending
 */
public record Dendrogram(int items, List<Merge> merges) {
  /**
   * One merge. Each side is named by one of its items, so that a merge means the same wherever the
   * tree is cut above it.
   *
   * @param first an item of one side
   * @param second an item of the other
   * @param distance between the sides, by the linkage
   * @param size of the union
   */
  public record Merge(int first, int second, double distance, int size) {}

  public Dendrogram {
    Check.atLeast("items", items, 1);
    merges = List.copyOf(merges);
    if (merges.size() != items - 1) {
      throw new IllegalArgumentException(
          "merges must be " + (items - 1) + " for " + items + " items, got " + merges.size());
    }
    for (int i = 1; i < merges.size(); i++) {
      if (!(merges.get(i).distance() >= merges.get(i - 1).distance())) {
        throw new IllegalArgumentException(
            "distances of merges must ascend, got "
                + merges.get(i - 1).distance()
                + " before "
                + merges.get(i).distance());
      }
    }
  }

  /**
   * The partition into {@code clusters} clusters.
   *
   * @param clusters 1..n
   * @return a label per item, 0..clusters-1 in the order of first appearance
   */
  public int[] cut(int clusters) {
    if (clusters < 1 || clusters > items) {
      throw new IllegalArgumentException("clusters must be 1.." + items + ", got " + clusters);
    }
    return labels(items - clusters);
  }

  /**
   * The partition by all merges at no more than {@code threshold}.
   *
   * @param threshold not NaN
   * @return a label per item, from 0 in the order of first appearance
   */
  public int[] cutAt(double threshold) {
    if (Double.isNaN(threshold)) {
      throw new IllegalArgumentException("threshold must be a number, got NaN");
    }
    int count = 0;
    while (count < merges.size() && merges.get(count).distance() <= threshold) {
      count++;
    }
    return labels(count);
  }

  private int[] labels(int count) {
    int[] parent = new int[items];
    Arrays.setAll(parent, i -> i);
    for (Merge merge : merges.subList(0, count)) {
      parent[root(parent, merge.first())] = root(parent, merge.second());
    }
    int[] name = new int[items];
    Arrays.fill(name, -1);
    int[] labels = new int[items];
    int next = 0;
    for (int i = 0; i < items; i++) {
      int root = root(parent, i);
      if (name[root] < 0) {
        name[root] = next++;
      }
      labels[i] = name[root];
    }
    return labels;
  }

  private static int root(int[] parent, int item) {
    int root = item;
    while (parent[root] != root) {
      parent[root] = parent[parent[root]];
      root = parent[root];
    }
    return root;
  }
}
