package dev.semblance.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamedImagesTest {
  private static final DataOptions STREAMED = DataOptions.defaults().withMemoryBudget(0);

  @TempDir Path temp;

  @Test
  void aStreamedSetEqualsTheSetInMemory() throws IOException {
    Path zip = Files.write(temp.resolve("a.zip"), Samples.zip(Samples.classes("set/"), true));
    try (ImageSet memory = DataSets.open(zip.toString(), Split.ALL, DataOptions.defaults());
        ImageSet streamed = DataSets.open(zip.toString(), Split.ALL, STREAMED);
        Scope scope = Scope.open()) {
      assertThat(memory).isInstanceOf(MemoryImages.class);
      assertThat(streamed).isInstanceOf(StreamedImages.class);
      assertThat(streamed.shape()).isEqualTo(memory.shape());
      assertThat(streamed.labels()).isEqualTo(memory.labels());
      assertThat(streamed.classNames()).isEqualTo(memory.classNames());
      assertThat(streamed.digest()).isEqualTo(memory.digest());
      for (long[] rows : new long[][] {{0, 1, 2}, {3, 4, 5}, {5, 0, 5, 3}, {2}}) {
        streamed.prefetch(rows);
        Tensor ours = streamed.images(rows);
        assertThat(ours.shape()).isEqualTo(new long[] {rows.length, 1, 12, 12});
        assertThat(ours.scalar_type().intern()).isEqualTo(ScalarType.Byte);
        assertThat(Ops.toBytes(ours)).isEqualTo(Ops.toBytes(memory.images(rows)));
      }
      for (int row = 0; row < 6; row++) {
        assertThat(streamed.id(row)).isEqualTo(memory.id(row));
      }
    }
  }

  @Test
  void aDamagedFileFailsTheBatchThatAsksForIt() throws IOException {
    Map<String, byte[]> entries = Samples.classes("");
    byte[] broken = entries.get("dog/2.png").clone();
    broken[broken.length - 20] ^= 1;
    entries.put("dog/2.png", broken);
    Path zip = Files.write(temp.resolve("b.zip"), Samples.zip(entries, true));
    try (ImageSet set = DataSets.open(zip.toString(), Split.ALL, STREAMED);
        Scope scope = Scope.open()) {
      set.images(0, 1); // prefetches 2 and 3
      set.images(2, 3); // prefetches 4, which is damaged
      assertThatThrownBy(() -> set.images(4, 5))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("b.zip!dog/2.png")
          .hasMessageContaining("; ");
      assertThat(set.images(5, 0).size(0)).isEqualTo(2);
    }
  }

  @Test
  void whatIsDecodedAheadIsBoundedAndDecodedOnce() {
    AtomicInteger decoded = new AtomicInteger();
    Pictures counting = counting(decoded);
    int[] labels = new int[1000];
    Listing listing = Listing.of("counted", counting, labels, java.util.List.of("a"), i -> "" + i);
    try (StreamedImages set = StreamedImages.of(listing, new ImageShape(1, 4, 4), 20 * 16L);
        Scope scope = Scope.open()) {
      set.prefetch(IntStream.range(0, 8).asLongStream().toArray());
      set.images(IntStream.range(0, 8).asLongStream().toArray());
      set.images(IntStream.range(8, 16).asLongStream().toArray());
      for (int from = 16; from < 400; from += 8) {
        set.prefetch(LongStream.range(from, from + 8).toArray());
        assertThat(set.waiting()).isLessThanOrEqualTo(24);
      }
      assertThat(set.waiting()).isLessThanOrEqualTo(20);
      set.images(392, 393, 394);
      int before = decoded.get();
      set.images(393, 392);
      assertThat(decoded.get()).isLessThanOrEqualTo(before + 2 + 20);
    }
    assertThat(decoded.get()).isLessThanOrEqualTo(1000);
  }

  @Test
  void closedMeansClosed() throws IOException {
    Path zip = Files.write(temp.resolve("c.zip"), Samples.zip(Samples.classes(""), true));
    for (DataOptions options : new DataOptions[] {STREAMED, DataOptions.defaults()}) {
      ImageSet set = DataSets.open(zip.toString(), Split.ALL, options);
      set.close();
      set.close();
      set.prefetch(1);
      assertThatThrownBy(() -> set.images(0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("is closed; open it again");
    }
  }

  @Test
  void rowsOutsideAreRefused() throws IOException {
    Path zip = Files.write(temp.resolve("d.zip"), Samples.zip(Samples.classes(""), true));
    for (DataOptions options : new DataOptions[] {STREAMED, DataOptions.defaults()}) {
      try (ImageSet set = DataSets.open(zip.toString(), Split.ALL, options)) {
        assertThatThrownBy(() -> set.images(0, 6))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("row must be in 0..5, got 6");
        assertThatThrownBy(() -> set.images(-1)).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  private static Pictures counting(AtomicInteger decoded) {
    return new Pictures() {
      @Override
      public int size() {
        return 1000;
      }

      @Override
      public ImageShape shape(int index) {
        return new ImageShape(1, 4, 4);
      }

      @Override
      public Picture read(int index) {
        decoded.incrementAndGet();
        return new Picture(shape(index), new byte[16]);
      }

      @Override
      public String where(int index) {
        return "image " + index;
      }
    };
  }
}
