package dev.semblance.similarity.retrieve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.tensor.Check;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.lucene.index.IndexWriter;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A writer that is killed in the middle of its work. */
class CrashedWriterTest {
  private static final int PER_COMMIT = 20;

  @TempDir Path folder;

  /** The writer: adds and deletes for ever, and tells of each commit once it is durable. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] arguments) throws IOException {
      IndexDescription description = IndexDescription.of(IndexMeasure.COSINE, 8);
      try (LuceneIndexWriter writer =
          LuceneIndexWriter.createOrReplace(Path.of(arguments[0]), description)) {
        for (int i = 0; ; i++) {
          writer.add(Item.of(Integer.toString(i)), ExactIndexTest.gaussian(8, i));
          if (i % 2 == 1) {
            writer.delete(Integer.toString(i - 1));
          }
          if (i % PER_COMMIT == PER_COMMIT - 1) {
            writer.commit();
            System.out.println((i + 1) / PER_COMMIT);
          }
        }
      }
    }
  }

  @Test
  @Timeout(120)
  void leavesTheLastCommit() throws Exception {
    Path path = folder.resolve("index");
    Path told = folder.resolve("told");
    Path errors = folder.resolve("errors");
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                Victim.class.getName(),
                path.toString())
            .redirectOutput(told.toFile())
            .redirectError(errors.toFile())
            .start();
    while (committed(told) < 5) {
      assertThat(victim.isAlive()).as(() -> text(errors)).isTrue();
      Thread.sleep(5);
    }
    // Killed at no particular place of its work.
    victim.destroyForcibly();
    assertThat(victim.waitFor(30, TimeUnit.SECONDS)).isTrue();
    int committed = committed(told);
    try (LuceneIndex index = LuceneIndex.open(path)) {
      // The commit it told of, or the one it was killed while telling.
      int commits = index.size() * 2 / PER_COMMIT;
      assertThat(commits).isBetween(committed, committed + 1);
      assertThat(index.size()).isEqualTo(commits * PER_COMMIT / 2);
      List<Hit> all = index.search(ExactIndexTest.gaussian(8, 1), index.size());
      assertThat(all.get(0)).isEqualTo(new Hit("1", "", "", 0));
      assertThat(all).allMatch(hit -> Integer.parseInt(hit.id()) % 2 == 1);
    }
    // The dead hold no lock.
    try (LuceneIndexWriter writer = LuceneIndexWriter.open(path)) {
      writer.add(Item.of("after"), ExactIndexTest.gaussian(8, 1));
      writer.commit();
    }
    try (LuceneIndex index = LuceneIndex.open(path)) {
      assertThat(index.search(ExactIndexTest.gaussian(8, 1), 2))
          .extracting(Hit::id)
          .containsExactly("1", "after");
    }
  }

  private static int committed(Path told) {
    String text = text(told);
    List<String> whole = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    return whole.isEmpty() ? 0 : Integer.parseInt(whole.get(whole.size() - 1));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the victim needs, wherever the test's own class path comes from. */
  private static String classPath() {
    return Stream.of(
            CrashedWriterTest.class,
            dev.semblance.testkit.SearchContract.class,
            LuceneIndexWriter.class,
            Check.class,
            IndexWriter.class,
            Tensor.class,
            Pointer.class,
            NullMarked.class)
        .map(CrashedWriterTest::place)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
