package dev.semblance.similarity.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.cluster.Dendrogram.Merge;
import dev.semblance.similarity.measure.Distance;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.SquaredEuclidean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AgglomerativeTest {
  private static final int N = 60;
  private static final int D = 3;

  @ParameterizedTest
  @EnumSource(Linkage.class)
  void agreesWithGreedyJoiningByTheDefinition(Linkage linkage) {
    double[] points = points(N, 1);
    Dendrogram tree = tree(linkage, new Euclidean(), points);
    List<List<Integer>> groups = new ArrayList<>();
    for (int i = 0; i < N; i++) {
      groups.add(new ArrayList<>(List.of(i)));
    }
    for (Merge merge : tree.merges()) {
      int bestA = 0;
      int bestB = 1;
      double best = Double.MAX_VALUE;
      for (int a = 0; a < groups.size(); a++) {
        for (int b = a + 1; b < groups.size(); b++) {
          double between = between(linkage, points, groups.get(a), groups.get(b));
          if (between < best) {
            best = between;
            bestA = a;
            bestB = b;
          }
        }
      }
      groups.get(bestA).addAll(groups.remove(bestB));
      assertThat(merge.distance()).isCloseTo(best, within(1e-5));
      assertThat(merge.size()).isEqualTo(groups.get(bestA).size());
      assertThat(tree.cut(groups.size())).isEqualTo(labels(groups));
    }
  }

  @Test
  void singleLinkageIsTheMinimumSpanningTree() {
    double[] points = points(N, 2);
    boolean[] in = new boolean[N];
    double[] reach = new double[N];
    Arrays.fill(reach, Double.MAX_VALUE);
    reach[0] = 0;
    List<Double> edges = new ArrayList<>();
    for (int step = 0; step < N; step++) {
      int next = -1;
      for (int i = 0; i < N; i++) {
        if (!in[i] && (next < 0 || reach[i] < reach[next])) {
          next = i;
        }
      }
      in[next] = true;
      edges.add(reach[next]);
      for (int i = 0; i < N; i++) {
        reach[i] = Math.min(reach[i], distance(points, i, next));
      }
    }
    edges.sort(null);
    List<Merge> merges = tree(Linkage.SINGLE, new Euclidean(), points).merges();
    for (int i = 0; i < merges.size(); i++) {
      assertThat(merges.get(i).distance()).isCloseTo(edges.get(i + 1), within(1e-5));
    }
  }

  @ParameterizedTest
  @EnumSource(Linkage.class)
  void theOrderOfTheItemsDoesNotMatter(Linkage linkage) {
    double[] points = points(N, 3);
    int[] order = Rng.of(4, Rng.Purpose.OTHER).permutation(N);
    double[] shuffled = new double[points.length];
    for (int i = 0; i < N; i++) {
      System.arraycopy(points, order[i] * D, shuffled, i * D, D);
    }
    int[] labels = tree(linkage, new Euclidean(), points).cut(7);
    int[] others = tree(linkage, new Euclidean(), shuffled).cut(7);
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < N; j++) {
        assertThat(others[i] == others[j]).isEqualTo(labels[order[i]] == labels[order[j]]);
      }
    }
  }

  @Test
  void linkageAndDistanceMatter() {
    double[] points = points(N, 5);
    List<Double> tops =
        List.of(
            last(Linkage.SINGLE, new Euclidean(), points),
            last(Linkage.COMPLETE, new Euclidean(), points),
            last(Linkage.AVERAGE, new Euclidean(), points),
            last(Linkage.AVERAGE, new SquaredEuclidean(), points));
    assertThat(tops).doesNotHaveDuplicates();
  }

  @Test
  void cutsByDistanceKeepMergesUpToIt() {
    double[] line = {0, 0, 0, 1, 0, 0, 3, 0, 0, 7, 0, 0};
    Dendrogram tree = tree(Linkage.SINGLE, new Euclidean(), line);
    assertThat(tree.merges().stream().map(Merge::distance)).containsExactly(1.0, 2.0, 4.0);
    assertThat(tree.cutAt(0.5)).containsExactly(0, 1, 2, 3);
    assertThat(tree.cutAt(1)).containsExactly(0, 0, 1, 2);
    assertThat(tree.cutAt(3.9)).containsExactly(0, 0, 0, 1);
    assertThat(tree.cutAt(100)).containsOnly(0);
    assertThat(tree.cut(4)).containsExactly(0, 1, 2, 3);
    Dendrogram complete = tree(Linkage.COMPLETE, new Euclidean(), line);
    assertThat(complete.merges().stream().map(Merge::distance)).containsExactly(1.0, 3.0, 7.0);
  }

  @Test
  void duplicatesAndSingleItemsAreFine() {
    Dendrogram same = tree(Linkage.AVERAGE, new Euclidean(), new double[5 * D]);
    assertThat(same.merges()).hasSize(4).allMatch(merge -> merge.distance() == 0);
    assertThat(same.cut(2)).containsOnly(0, 1);
    Dendrogram one = tree(Linkage.AVERAGE, new Euclidean(), new double[D]);
    assertThat(one.cut(1)).containsExactly(0);
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> tree(Linkage.SINGLE, new Euclidean(), new double[0]))
        .hasMessageContaining("1..20000 rows, got 0");
    Distance broken = (x, y) -> x.matmul(y.t()).mul(Ops.scalar(Double.NaN));
    assertThatThrownBy(() -> tree(Linkage.SINGLE, broken, points(3, 1)))
        .hasMessageContaining("rows 0 and 1 is NaN");
    Dendrogram tree = tree(Linkage.SINGLE, new Euclidean(), points(3, 1));
    assertThatThrownBy(() -> tree.cut(4)).hasMessage("clusters must be 1..3, got 4");
    assertThatThrownBy(() -> tree.cutAt(Double.NaN)).hasMessageContaining("threshold");
    assertThatThrownBy(() -> new Dendrogram(3, List.of())).hasMessageContaining("merges must be 2");
    List<Merge> falling = List.of(new Merge(0, 1, 2, 2), new Merge(0, 2, 1, 3));
    assertThatThrownBy(() -> new Dendrogram(3, falling)).hasMessageContaining("ascend");
  }

  private static double last(Linkage linkage, Distance distance, double[] points) {
    return tree(linkage, distance, points).merges().getLast().distance();
  }

  private static Dendrogram tree(Linkage linkage, Distance distance, double[] points) {
    try (Scope scope = Scope.open()) {
      Tensor rows = Ops.doubles(points, points.length / D, D);
      return new Agglomerative(linkage, distance).cluster(rows);
    }
  }

  private static double between(
      Linkage linkage, double[] points, List<Integer> first, List<Integer> second) {
    double least = Double.MAX_VALUE;
    double most = 0;
    double sum = 0;
    for (int i : first) {
      for (int j : second) {
        double d = distance(points, i, j);
        least = Math.min(least, d);
        most = Math.max(most, d);
        sum += d;
      }
    }
    return switch (linkage) {
      case SINGLE -> least;
      case COMPLETE -> most;
      case AVERAGE -> sum / (first.size() * second.size());
    };
  }

  private static int[] labels(List<List<Integer>> groups) {
    Map<Integer, Integer> group = new HashMap<>();
    for (int g = 0; g < groups.size(); g++) {
      for (int item : groups.get(g)) {
        group.put(item, g);
      }
    }
    Map<Integer, Integer> names = new HashMap<>();
    int[] labels = new int[group.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = names.computeIfAbsent(group.getOrDefault(i, -1), g -> names.size());
    }
    return labels;
  }

  private static double distance(double[] points, int i, int j) {
    double squares = 0;
    for (int k = 0; k < D; k++) {
      squares += Math.pow(points[i * D + k] - points[j * D + k], 2);
    }
    return Math.sqrt(squares);
  }

  private static double[] points(int n, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[] points = new double[n * D];
    Arrays.setAll(points, i -> rng.gaussian());
    return points;
  }
}
