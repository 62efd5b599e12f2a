package dev.semblance.similarity.retrieve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.testkit.SearchContract;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExactIndexTest extends SearchContract {
  @Override
  protected Gallery empty(Rule rule, int dimension) {
    ExactIndex index = ExactIndex.empty(IndexMeasure.valueOf(rule.name()), dimension);
    return new Gallery() {
      @Override
      public void add(String id, String label, String path, float[] vector) {
        index.add(new Item(id, label, path), vector);
      }

      @Override
      public void replace(String id, String label, String path, float[] vector) {
        index.replace(new Item(id, label, path), vector);
      }

      @Override
      public boolean delete(String id) {
        return index.delete(id);
      }

      @Override
      public int size() {
        return index.size();
      }

      @Override
      public List<Found> search(float[] query, int k) {
        return found(index.search(query, k));
      }

      @Override
      public List<Found> search(float[] query, int k, Set<String> labels) {
        return found(index.search(query, k, labels));
      }

      @Override
      public List<List<Found>> search(Tensor queries, int k) {
        return index.search(queries, k).stream().map(ExactIndexTest::found).toList();
      }

      @Override
      public void close() {
        index.close();
      }
    };
  }

  static List<SearchContract.Found> found(List<Hit> hits) {
    return hits.stream()
        .map(hit -> new Found(hit.id(), hit.label(), hit.path(), hit.distance()))
        .toList();
  }

  static List<Item> items(int n) {
    return IntStream.range(0, n)
        .mapToObj(i -> new Item(Integer.toString(i), Integer.toString(i % 10), ""))
        .toList();
  }

  static float[] gaussian(int length, long seed) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** More rows than a tile, more queries than a block. */
  @ParameterizedTest
  @EnumSource
  void tilesAndBlocksAreNotSeen(IndexMeasure measure) {
    int n = 17_000;
    int d = 3;
    float[] rows = gaussian(n * d, 1);
    float[] queries = gaussian(300 * d, 2);
    try (Scope scope = Scope.open();
        ExactIndex index = ExactIndex.of(measure, Ops.floats(rows, n, d), items(n))) {
      List<List<Hit>> hits = index.search(Ops.floats(queries, 300, d), 6);
      for (int q : new int[] {0, 255, 256, 299}) {
        assertThat(hits.get(q)).isEqualTo(oracle(measure, rows, n, d, queries, q, 6));
      }
    }
  }

  /** Far from the origin float32 products cannot tell these rows apart; the scan can. */
  @Test
  void largeOffsetsDoNotDisturbTheOrder() {
    int n = 500;
    float[] rows = gaussian(n * 4, 3);
    float[] query = gaussian(4, 4);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) (4096 + 0.01 * rows[i]);
    }
    for (int i = 0; i < 4; i++) {
      query[i] = (float) (4096 + 0.01 * query[i]);
    }
    try (Scope scope = Scope.open();
        ExactIndex index =
            ExactIndex.of(IndexMeasure.SQUARED_EUCLIDEAN, Ops.floats(rows, n, 4), items(n))) {
      assertThat(index.search(query, 20))
          .isEqualTo(oracle(IndexMeasure.SQUARED_EUCLIDEAN, rows, n, 4, query, 0, 20));
    }
  }

  @Test
  void manyEqualRowsAreTakenInOrder() {
    int n = 2000;
    float[] rows = new float[n * 2];
    for (int i = 0; i < n; i++) {
      rows[2 * i] = 1;
    }
    try (Scope scope = Scope.open();
        ExactIndex index = ExactIndex.of(IndexMeasure.COSINE, Ops.floats(rows, n, 2), items(n))) {
      assertThat(index.search(new float[] {1, 1}, 5))
          .extracting(Hit::id)
          .containsExactly("0", "1", "2", "3", "4");
    }
  }

  @ParameterizedTest
  @EnumSource
  void withinARadius(IndexMeasure measure) {
    int n = 200;
    float[] rows = gaussian(n * 3, 5);
    float[] query = gaussian(3, 6);
    try (Scope scope = Scope.open();
        ExactIndex index = ExactIndex.of(measure, Ops.floats(rows, n, 3), items(n))) {
      List<Hit> all = index.search(query, n);
      double radius = all.get(50).distance();
      // The float distance of the last may be rounded either way.
      assertThat(index.within(query, Math.nextUp((float) radius))).isEqualTo(all.subList(0, 51));
      assertThat(index.within(query, all.get(49).distance() / 2.0 + radius / 2))
          .isEqualTo(all.subList(0, 50));
      if (measure != IndexMeasure.DOT) {
        assertThatThrownBy(() -> index.within(query, -1))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("radius");
      }
      assertThatThrownBy(() -> index.within(query, Double.NaN))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("radius");
    }
  }

  @Test
  void aBatchIsAddedWholeOrNotAtAll() {
    try (Scope scope = Scope.open();
        ExactIndex index = ExactIndex.empty(IndexMeasure.COSINE, 2)) {
      Tensor vectors = Ops.floats(new float[] {1, 0, 0, 0}, 2, 2);
      assertThatThrownBy(() -> index.add(items(2), vectors))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("vectors row 1 must not be zero");
      Tensor good = Ops.floats(new float[] {1, 0, 0, 1}, 2, 2);
      assertThatThrownBy(() -> index.add(List.of(Item.of("a"), Item.of("a")), good))
          .hasMessageContaining("'a' again");
      assertThatThrownBy(() -> index.add(items(3), good)).hasMessageContaining("2, got 3");
      assertThat(index.size()).isZero();
      index.add(items(2), good);
      assertThat(index.size()).isEqualTo(2);
    }
  }

  @Test
  void aClosedIndexSaysSo() {
    ExactIndex index = ExactIndex.empty(IndexMeasure.DOT, 1);
    index.add(Item.of("a"), new float[] {1});
    index.close();
    index.close();
    assertThatThrownBy(() -> index.search(new float[] {1}, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  private static List<Hit> oracle(
      IndexMeasure measure, float[] rows, int n, int d, float[] queries, int query, int k) {
    float[] x =
        measure.prepare("x", java.util.Arrays.copyOfRange(queries, query * d, query * d + d));
    record Row(int row, double distance) {}
    List<Row> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      float[] y = measure.prepare("y", java.util.Arrays.copyOfRange(rows, i * d, i * d + d));
      all.add(new Row(i, measure.distance(x, y)));
    }
    all.sort(Comparator.comparingDouble(Row::distance));
    List<Item> items = items(n);
    return all.subList(0, k).stream()
        .map(
            row ->
                new Hit(
                    items.get(row.row).id(), items.get(row.row).label(), "", (float) row.distance))
        .toList();
  }
}
