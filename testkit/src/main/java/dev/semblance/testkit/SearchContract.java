package dev.semblance.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every searchable gallery must do, tried on galleries small enough to search exactly. */
public abstract class SearchContract {
  /** The measures: what is returned is small for what is alike. */
  public enum Rule {
    /** {@code 1 - cos}. */
    COSINE,
    /** {@code ||x - y||^2}. */
    SQUARED_EUCLIDEAN,
    /** {@code -<x, y>}. */
    DOT
  }

  /** One answer. */
  public record Found(String id, String label, String path, float distance) {}

  /** A gallery under test; changes are visible to the next search. */
  public interface Gallery extends AutoCloseable {
    /** Adds an item. */
    void add(String id, String label, String path, float[] vector) throws Exception;

    /** Adds or replaces an item. */
    void replace(String id, String label, String path, float[] vector) throws Exception;

    /** Removes an item; whether it was there. */
    boolean delete(String id) throws Exception;

    /** The number of items. */
    int size() throws Exception;

    /** The nearest items of one query. */
    List<Found> search(float[] query, int k) throws Exception;

    /** The nearest items with one of the labels. */
    List<Found> search(float[] query, int k, Set<String> labels) throws Exception;

    /** The nearest items of each row. */
    List<List<Found>> search(Tensor queries, int k) throws Exception;
  }

  private record Row(String id, String label, String path, float[] vector) {}

  /** A new empty gallery. */
  protected abstract Gallery empty(Rule rule, int dimension) throws Exception;

  @ParameterizedTest
  @EnumSource
  void findsWhatADoubleLoopFinds(Rule rule) throws Exception {
    List<Row> rows = gaussian(60, 7, 1);
    try (Gallery gallery = filled(rule, 7, rows)) {
      for (Row query : gaussian(8, 7, 2)) {
        for (int k : new int[] {1, 5, 60}) {
          same(gallery.search(query.vector, k), oracle(rule, rows, query.vector, k));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void equalDistancesComeInTheOrderOfAdding(Rule rule) throws Exception {
    // A lattice with every point many times over: almost all distances are tied.
    List<Row> rows = new ArrayList<>();
    Random random = new Random(3);
    for (int i = 0; i < 50; i++) {
      float[] point = {1 + random.nextInt(2), random.nextInt(2), random.nextInt(2)};
      rows.add(new Row("item " + (char) ('z' - i % 26) + i, "", "", point));
    }
    try (Gallery gallery = filled(rule, 3, rows)) {
      for (int k = 1; k <= 50; k += 7) {
        float[] query = {1, 1, 0};
        same(gallery.search(query, k), oracle(rule, rows, query, k));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDeletedOrReplacedIsGone(Rule rule) throws Exception {
    List<Row> rows = gaussian(30, 4, 4);
    try (Gallery gallery = filled(rule, 4, rows)) {
      float[] query = {0.3f, -1, 0.2f, 0.5f};
      assertThat(gallery.delete("3")).isTrue();
      assertThat(gallery.delete("3")).isFalse();
      rows.remove(3);
      assertThat(gallery.delete("absent")).isFalse();
      Row replacement = new Row("5", "other", "moved/5.png", new float[] {2, 2, 2, 2});
      gallery.replace("5", "other", "moved/5.png", replacement.vector);
      rows.removeIf(row -> row.id.equals("5"));
      rows.add(replacement); // at the end
      Row fresh = new Row("fresh", "a", "fresh.png", new float[] {0.3f, -1, 0.2f, 0.6f});
      gallery.replace("fresh", "a", "fresh.png", fresh.vector);
      rows.add(fresh);
      Row last = new Row("3", "a", "3.png", new float[] {0.3f, -1, 0.2f, 0.6f});
      gallery.add("3", "a", "3.png", last.vector);
      rows.add(last);
      assertThat(gallery.size()).isEqualTo(31);
      same(gallery.search(query, 31), oracle(rule, rows, query, 31));
    }
  }

  @Test
  void anIdentityIsThereOnce() throws Exception {
    try (Gallery gallery = empty(Rule.SQUARED_EUCLIDEAN, 1)) {
      gallery.add("twice", "", "", new float[] {1});
      assertThatThrownBy(() -> gallery.add("twice", "", "", new float[] {2}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("twice");
      assertThat(gallery.search(new float[] {2}, 1).get(0).distance()).isEqualTo(1);
    }
  }

  @Test
  void labelsSelect() throws Exception {
    List<Row> rows = gaussian(40, 3, 5);
    try (Gallery gallery = filled(Rule.SQUARED_EUCLIDEAN, 3, rows)) {
      float[] query = {0, 0, 0};
      for (Set<String> labels : List.of(Set.of("b"), Set.of("a", "c"), Set.of("nowhere"))) {
        List<Row> selected = rows.stream().filter(row -> labels.contains(row.label)).toList();
        for (int k : new int[] {3, 40}) {
          same(
              gallery.search(query, k, labels),
              oracle(Rule.SQUARED_EUCLIDEAN, selected, query, Math.min(k, selected.size())));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBatchIsAnsweredLikeItsRows(Rule rule) throws Exception {
    List<Row> queries = gaussian(9, 5, 7);
    float[] flat = new float[45];
    for (int i = 0; i < 9; i++) {
      System.arraycopy(queries.get(i).vector, 0, flat, i * 5, 5);
    }
    try (PointerScope scope = new PointerScope();
        Gallery gallery = filled(rule, 5, gaussian(50, 5, 6))) {
      List<List<Found>> together = gallery.search(Tensor.create(flat, 9, 5), 4);
      assertThat(together).hasSize(9);
      for (int i = 0; i < 9; i++) {
        assertThat(together.get(i)).isEqualTo(gallery.search(queries.get(i).vector, 4));
      }
    }
  }

  @Test
  void refusesAskingForMoreThanThereIs() throws Exception {
    try (Gallery gallery = filled(Rule.COSINE, 2, gaussian(6, 2, 8))) {
      float[] query = {1, 0};
      assertThat(gallery.search(query, 6)).hasSize(6);
      for (int k : new int[] {7, 0, -1}) {
        assertThatThrownBy(() -> gallery.search(query, k))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("k must be in 1..6")
            .hasMessageContaining(Integer.toString(k));
      }
      gallery.delete("0");
      assertThatThrownBy(() -> gallery.search(query, 6))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("1..5");
    }
    try (Gallery nothing = empty(Rule.COSINE, 2)) {
      assertThatThrownBy(() -> nothing.search(new float[] {1, 0}, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesWhatCannotBeCompared(Rule rule) throws Exception {
    try (Gallery gallery = filled(rule, 2, gaussian(6, 2, 9))) {
      for (float[] bad :
          new float[][] {
            {1}, {1, 2, 3}, {Float.NaN, 1}, {1, Float.POSITIVE_INFINITY}, {Float.MAX_VALUE, 0}
          }) {
        if (rule == Rule.COSINE && bad[0] == Float.MAX_VALUE) {
          continue; // its direction is as good as any
        }
        assertThatThrownBy(() -> gallery.search(bad, 1))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("query must");
        assertThatThrownBy(() -> gallery.add("bad", "", "", bad))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("vector must");
      }
      if (rule == Rule.COSINE) {
        assertThatThrownBy(() -> gallery.search(new float[] {0, 0}, 1))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("zero");
      }
      assertThat(gallery.size()).isEqualTo(6);
    }
  }

  @Test
  void cosineLooksAtDirectionOnly() throws Exception {
    try (Gallery gallery = empty(Rule.COSINE, 3)) {
      gallery.add("same", "", "", new float[] {3, 0, 4});
      gallery.add("opposite", "", "", new float[] {-3e10f, 0, -4e10f});
      gallery.add("across", "", "", new float[] {0, 1e-10f, 0});
      List<Found> found = gallery.search(new float[] {0.3f, 0, 0.4f}, 3);
      assertThat(found).extracting(Found::id).containsExactly("same", "across", "opposite");
      assertThat(found.get(0).distance()).isLessThan(1e-13f);
      assertThat(found.get(1).distance()).isCloseTo(1, Offset.offset(1e-6f));
      assertThat(found.get(2).distance()).isCloseTo(2, Offset.offset(1e-6f));
    }
  }

  private Gallery filled(Rule rule, int dimension, List<Row> rows) throws Exception {
    Gallery gallery = empty(rule, dimension);
    for (Row row : rows) {
      gallery.add(row.id, row.label, row.path, row.vector);
    }
    return gallery;
  }

  private static List<Row> gaussian(int n, int dimension, long seed) {
    Random random = new Random(seed);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      float[] vector = new float[dimension];
      for (int j = 0; j < dimension; j++) {
        vector[j] = (float) random.nextGaussian();
      }
      rows.add(new Row(Integer.toString(i), "abc".substring(i % 3, i % 3 + 1), i + ".png", vector));
    }
    return rows;
  }

  private static List<Found> oracle(Rule rule, List<Row> rows, float[] query, int k) {
    return rows.stream()
        .map(row -> new Found(row.id, row.label, row.path, distance(rule, query, row.vector)))
        .sorted(Comparator.comparingDouble(found -> exactly(rule, query, rows, found)))
        .limit(k)
        .toList();
  }

  /** Rounded to 1e-9, so that distances that are equal in exact arithmetic tie here too. */
  private static double exactly(Rule rule, float[] query, List<Row> rows, Found found) {
    for (Row row : rows) {
      if (row.id.equals(found.id)) {
        return Math.rint(distance64(rule, query, row.vector) * 1e9) / 1e9;
      }
    }
    throw new AssertionError(found);
  }

  private static float distance(Rule rule, float[] x, float[] y) {
    return (float) distance64(rule, x, y);
  }

  private static double distance64(Rule rule, float[] x, float[] y) {
    double product = 0;
    double squareX = 0;
    double squareY = 0;
    double squared = 0;
    for (int i = 0; i < x.length; i++) {
      product += (double) x[i] * y[i];
      squareX += (double) x[i] * x[i];
      squareY += (double) y[i] * y[i];
      squared += ((double) x[i] - y[i]) * ((double) x[i] - y[i]);
    }
    return switch (rule) {
      case COSINE -> 1 - product / Math.sqrt(squareX * squareY);
      case SQUARED_EUCLIDEAN -> squared;
      case DOT -> -product;
    };
  }

  private static void same(List<Found> found, List<Found> expected) {
    assertThat(found).extracting(Found::id).isEqualTo(expected.stream().map(Found::id).toList());
    assertThat(new TreeSet<>(found.stream().map(Found::id).toList())).hasSameSizeAs(found);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).label()).isEqualTo(expected.get(i).label());
      assertThat(found.get(i).path()).isEqualTo(expected.get(i).path());
      assertThat(found.get(i).distance())
          .isCloseTo(expected.get(i).distance(), Offset.offset(2e-6f));
    }
  }
}
