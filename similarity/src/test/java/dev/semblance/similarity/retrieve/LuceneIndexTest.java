package dev.semblance.similarity.retrieve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.testkit.SearchContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LuceneIndexTest extends SearchContract {
  @TempDir Path folder;
  private int galleries;

  @Override
  protected Gallery empty(Rule rule, int dimension) throws IOException {
    return new OnDisk(
        folder.resolve("gallery" + galleries++),
        IndexDescription.of(IndexMeasure.valueOf(rule.name()), dimension));
  }

  /** Commits before a search and searches what a reader opened afterwards sees. */
  private static final class OnDisk implements Gallery {
    private final Path path;
    private final LuceneIndexWriter writer;
    private @Nullable LuceneIndex reader;

    OnDisk(Path path, IndexDescription description) throws IOException {
      this.path = path;
      this.writer = LuceneIndexWriter.create(path, description);
    }

    private LuceneIndex reader() throws IOException {
      LuceneIndex open = reader;
      if (open == null) {
        writer.commit();
        open = LuceneIndex.open(path);
        reader = open;
      }
      return open;
    }

    private void changed() throws IOException {
      if (reader != null) {
        reader.close();
        reader = null;
      }
    }

    @Override
    public void add(String id, String label, String picture, float[] vector) throws IOException {
      changed();
      writer.add(new Item(id, label, picture), vector);
    }

    @Override
    public void replace(String id, String label, String picture, float[] vector)
        throws IOException {
      changed();
      writer.replace(new Item(id, label, picture), vector);
    }

    @Override
    public boolean delete(String id) throws IOException {
      changed();
      return writer.delete(id);
    }

    @Override
    public int size() throws IOException {
      assertThat(reader().size()).isEqualTo(writer.size());
      return reader().size();
    }

    @Override
    public List<Found> search(float[] query, int k) throws IOException {
      return ExactIndexTest.found(reader().search(query, k));
    }

    @Override
    public List<Found> search(float[] query, int k, Set<String> labels) throws IOException {
      return ExactIndexTest.found(reader().search(query, k, labels));
    }

    @Override
    public List<List<Found>> search(Tensor queries, int k) throws IOException {
      return reader().search(queries, k).stream().map(ExactIndexTest::found).toList();
    }

    @Override
    public void close() throws IOException {
      changed();
      writer.close();
    }
  }

  private static final IndexDescription PLAIN =
      IndexDescription.of(IndexMeasure.SQUARED_EUCLIDEAN, 2);

  private static float[] point(double x, double y) {
    return new float[] {(float) x, (float) y};
  }

  private Path small(String name) throws IOException {
    Path path = folder.resolve(name);
    try (LuceneIndexWriter writer = LuceneIndexWriter.create(path, PLAIN)) {
      writer.add(new Item("a", "x", "a.png"), point(0, 0));
      writer.add(new Item("b", "y", "b.png"), point(3, 4));
      writer.commit();
    }
    return path;
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    Path path = folder.resolve("index");
    IndexDescription description =
        IndexDescription.of(IndexMeasure.COSINE, 2)
            .withGraph(new Hnsw(8, 50, 70, 9))
            .withOrigin("sha256:abc", "run 7", "{\"size\":[28,28],\"text\":\"ä\\n\"}");
    try (LuceneIndexWriter writer = LuceneIndexWriter.create(path, description)) {
      writer.add(new Item("ключ/1", "étiquette", "/a b/ü.png"), point(1, 1));
      writer.commit();
    }
    try (LuceneIndex index = LuceneIndex.open(path)) {
      assertThat(index.description()).isEqualTo(description);
      assertThat(index.search(point(2, 2), 1))
          .containsExactly(
              new Hit(
                  "ключ/1",
                  "étiquette",
                  "/a b/ü.png",
                  index.search(point(2, 2), 1).get(0).distance()));
    }
  }

  @Test
  void nothingIsSeenBeforeACommitAndNothingIsLeftWithoutOne() throws IOException {
    Path path = folder.resolve("index");
    try (LuceneIndexWriter writer = LuceneIndexWriter.create(path, PLAIN)) {
      writer.add(Item.of("a"), point(0, 0));
      assertThat(path).doesNotExist();
    }
    assertThat(names(folder)).isEmpty();
    small("index");
    assertThat(names(folder)).containsExactly("index");
    try (LuceneIndexWriter writer = LuceneIndexWriter.open(path);
        LuceneIndex before = LuceneIndex.open(path)) {
      writer.delete("a");
      writer.add(Item.of("c"), point(1, 1));
      assertThat(writer.size()).isEqualTo(2);
      try (LuceneIndex meanwhile = LuceneIndex.open(path)) {
        assertThat(meanwhile.search(point(0, 0), 1).get(0).id()).isEqualTo("a");
      }
      writer.commit();
      // A snapshot stays what it was.
      assertThat(before.search(point(0, 0), 1).get(0).id()).isEqualTo("a");
      try (LuceneIndex after = LuceneIndex.open(path)) {
        assertThat(after.search(point(0, 0), 1).get(0).id()).isEqualTo("c");
      }
      writer.delete("c");
    }
    try (LuceneIndexWriter writer = LuceneIndexWriter.open(path)) {
      assertThat(writer.contains("c")).isTrue();
      assertThat(writer.contains("a")).isFalse();
      assertThat(writer.size()).isEqualTo(2);
    }
  }

  @Test
  void anEmptyIndexIsAnIndex() throws IOException {
    Path path = folder.resolve("index");
    try (LuceneIndexWriter writer = LuceneIndexWriter.create(path, PLAIN)) {
      writer.commit();
    }
    try (LuceneIndex index = LuceneIndex.open(path);
        ExactIndex exact = index.toExact()) {
      assertThat(index.size()).isZero();
      assertThat(exact.size()).isZero();
      assertThatThrownBy(() -> index.search(point(0, 0), 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void anExistingIndexIsReplacedOnlyWhenAsked() throws IOException {
    Path path = small("index");
    assertThatThrownBy(() -> LuceneIndexWriter.create(path, PLAIN))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining("not empty");
    IndexDescription other = IndexDescription.of(IndexMeasure.COSINE, 3);
    try (LuceneIndexWriter writer = LuceneIndexWriter.createOrReplace(path, other)) {
      writer.add(Item.of("new"), new float[] {1, 2, 3});
    }
    try (LuceneIndex old = LuceneIndex.open(path)) {
      assertThat(old.description()).isEqualTo(PLAIN);
      assertThat(old.size()).isEqualTo(2);
    }
    try (LuceneIndexWriter writer = LuceneIndexWriter.createOrReplace(path, other)) {
      writer.add(Item.of("new"), new float[] {1, 2, 3});
      writer.commit();
    }
    try (LuceneIndex index = LuceneIndex.open(path)) {
      assertThat(index.description()).isEqualTo(other);
      assertThat(index.size()).isEqualTo(1);
    }
    try (LuceneIndexWriter writer =
        LuceneIndexWriter.createOrReplace(folder.resolve("fresh"), PLAIN)) {
      writer.commit();
    }
    assertThat(names(folder)).containsExactly("fresh", "index");
  }

  @Test
  void anEmptyFolderIsAPlaceForAnIndex() throws IOException {
    Path path = Files.createDirectory(folder.resolve("index"));
    try (LuceneIndexWriter writer = LuceneIndexWriter.create(path, PLAIN)) {
      writer.commit();
    }
    LuceneIndex.open(path).close();
    assertThat(names(folder)).containsExactly("index");
  }

  @Test
  void whoComesSecondIsToldSo() throws IOException {
    Path path = small("index");
    try (LuceneIndexWriter first = LuceneIndexWriter.open(path)) {
      assertThatThrownBy(() -> LuceneIndexWriter.open(path))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(path.toString())
          .hasMessageContaining("another writer");
      first.add(Item.of("c"), point(1, 1));
      first.commit();
    }
    LuceneIndexWriter.open(path).close();

    Path fresh = folder.resolve("fresh");
    try (LuceneIndexWriter one = LuceneIndexWriter.create(fresh, PLAIN);
        LuceneIndexWriter two = LuceneIndexWriter.create(fresh, PLAIN)) {
      one.add(Item.of("one"), point(1, 1));
      one.commit();
      assertThatThrownBy(two::commit)
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(fresh.toString())
          .hasMessageContaining("meantime");
    }
    try (LuceneIndex index = LuceneIndex.open(fresh)) {
      assertThat(index.size()).isEqualTo(1);
    }
    assertThat(names(folder)).containsExactly("fresh", "index");
  }

  @Test
  void longVectorsAreWelcome() throws IOException {
    int d = 3000; // Lucene's own limit is 1,024
    Path path = folder.resolve("index");
    try (LuceneIndexWriter writer =
        LuceneIndexWriter.create(
            path,
            IndexDescription.of(IndexMeasure.COSINE, d)
                .withGraph(Hnsw.of().withExhaustiveUpTo(0).withSearchBeam(5)))) {
      for (int i = 0; i < 300; i++) {
        writer.add(Item.of(Integer.toString(i)), ExactIndexTest.gaussian(d, i));
      }
      writer.commit();
    }
    try (LuceneIndex index = LuceneIndex.open(path)) {
      assertThat(index.search(ExactIndexTest.gaussian(d, 77), 1).get(0).id()).isEqualTo("77");
    }
    assertThatThrownBy(() -> IndexDescription.of(IndexMeasure.COSINE, 65_537))
        .hasMessageContaining("dimension must be in [1, 65536], got 65537");
  }

  /** The graph misses little, and what it finds it measures and orders like the exact search. */
  @ParameterizedTest
  @EnumSource
  void theGraphFindsNearlyAll(IndexMeasure measure) throws IOException {
    int n = 3000;
    int d = 16;
    Path path = folder.resolve("index");
    try (Scope scope = Scope.open()) {
      Tensor vectors = Ops.floats(clustered(n, d, 1), n, d);
      Tensor queries = Ops.floats(clustered(100, d, 2), 100, d);
      try (LuceneIndexWriter writer =
          LuceneIndexWriter.create(
              path, IndexDescription.of(measure, d).withGraph(Hnsw.of().withExhaustiveUpTo(0)))) {
        writer.add(ExactIndexTest.items(n), vectors);
        for (int i = 0; i < n; i += 5) {
          writer.delete(Integer.toString(i));
        }
        writer.commit();
      }
      try (LuceneIndex index = LuceneIndex.open(path);
          ExactIndex exact = index.toExact()) {
        assertThat(exact.size()).isEqualTo(2400).isEqualTo(index.size());
        List<List<Hit>> near = index.search(queries, 10);
        List<List<Hit>> truth = exact.search(queries, 10);
        int found = 0;
        for (int i = 0; i < 100; i++) {
          List<Hit> both = new ArrayList<>(truth.get(i));
          both.retainAll(new HashSet<>(near.get(i)));
          found += both.size();
          assertThat(near.get(i)).hasSize(10);
          assertThat(near.get(i).stream().filter(both::contains)).containsExactlyElementsOf(both);
        }
        assertThat(found).isGreaterThanOrEqualTo(950);
        // k = size cannot be answered by a graph that some item cannot be reached in.
        assertThat(index.search(clustered(1, d, 3), 2400))
            .isEqualTo(exact.search(clustered(1, d, 3), 2400));
        assertThat(index.search(clustered(1, d, 3), 50, Set.of("1", "7")))
            .hasSize(50)
            .allMatch(hit -> hit.label().equals("1") || hit.label().equals("7"));
      }
    }
  }

  @Test
  void everyOptionOfTheGraphMatters() throws IOException {
    int n = 2000;
    int d = 24;
    Hnsw poor = new Hnsw(2, 4, 10, 0);
    double[] recalls = new double[5];
    Hnsw[] graphs = {
      poor,
      new Hnsw(16, 4, 10, 0),
      new Hnsw(2, 64, 10, 0),
      new Hnsw(2, 4, 200, 0),
      new Hnsw(2, 4, 10, n),
    };
    try (Scope scope = Scope.open()) {
      Tensor vectors = Ops.floats(ExactIndexTest.gaussian(n * d, 1), n, d);
      Tensor queries = Ops.floats(ExactIndexTest.gaussian(50 * d, 2), 50, d);
      for (int g = 0; g < graphs.length; g++) {
        Path path = folder.resolve("graph" + g);
        try (LuceneIndexWriter writer =
            LuceneIndexWriter.create(
                path,
                IndexDescription.of(IndexMeasure.SQUARED_EUCLIDEAN, d).withGraph(graphs[g]))) {
          writer.add(ExactIndexTest.items(n), vectors);
          writer.commit();
        }
        try (LuceneIndex index = LuceneIndex.open(path);
            ExactIndex exact = index.toExact()) {
          recalls[g] = recall(index.search(queries, 10), exact.search(queries, 10));
        }
      }
    }
    for (int g = 1; g < recalls.length; g++) {
      assertThat(recalls[g]).as(graphs[g].toString()).isGreaterThan(recalls[0] + 0.02);
    }
    assertThat(recalls[4]).isEqualTo(1);
    assertThatThrownBy(() -> new Hnsw(1, 100, 100, 0)).hasMessageContaining("connections");
    assertThatThrownBy(() -> new Hnsw(16, 0, 100, 0)).hasMessageContaining("buildBeam");
    assertThatThrownBy(() -> new Hnsw(16, 100, 0, 0)).hasMessageContaining("searchBeam");
    assertThatThrownBy(() -> new Hnsw(16, 100, 100, -1)).hasMessageContaining("exhaustiveUpTo");
  }

  @Test
  void anotherModelsVectorsAreRefused() throws IOException {
    Path path = folder.resolve("index");
    try (LuceneIndexWriter writer =
        LuceneIndexWriter.create(path, PLAIN.withOrigin("digest-1", "", ""))) {
      writer.commit();
    }
    LuceneIndex.openFor(path, 2, "digest-1").close();
    LuceneIndex.openFor(path, 2, "").close();
    assertThatThrownBy(() -> LuceneIndex.openFor(path, 3, "digest-1"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining("dimension 2, the model's have 3");
    assertThatThrownBy(() -> LuceneIndex.openFor(path, 2, "digest-2"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("digest-1, not with digest-2");
  }

  @Test
  void aBatchIsAddedWholeOrNotAtAll() throws IOException {
    try (Scope scope = Scope.open();
        LuceneIndexWriter writer = LuceneIndexWriter.create(folder.resolve("index"), PLAIN)) {
      Tensor bad = Ops.floats(new float[] {1, 0, Float.NaN, 0}, 2, 2);
      assertThatThrownBy(() -> writer.add(ExactIndexTest.items(2), bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("vectors row 1 must be finite");
      assertThat(writer.size()).isZero();
    }
  }

  @Test
  void aClosedIndexSaysSo() throws IOException {
    LuceneIndex index = LuceneIndex.open(small("index"));
    index.close();
    index.close();
    assertThatThrownBy(() -> index.search(point(0, 0), 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    LuceneIndexWriter writer = LuceneIndexWriter.open(folder.resolve("index"));
    writer.close();
    assertThatThrownBy(() -> writer.add(Item.of("c"), point(0, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  static double recall(List<List<Hit>> found, List<List<Hit>> truth) {
    int right = 0;
    int all = 0;
    for (int i = 0; i < truth.size(); i++) {
      Set<Hit> set = new HashSet<>(found.get(i));
      right += (int) truth.get(i).stream().filter(set::contains).count();
      all += truth.get(i).size();
    }
    return (double) right / all;
  }

  /** Ten clouds, as embeddings of ten classes are. */
  static float[] clustered(int n, int d, long seed) {
    float[] centres = ExactIndexTest.gaussian(10 * d, 99);
    Random random = new Random(seed);
    float[] values = new float[n * d];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (2 * centres[i / d % 10 * d + i % d] + random.nextGaussian());
    }
    return values;
  }

  static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
