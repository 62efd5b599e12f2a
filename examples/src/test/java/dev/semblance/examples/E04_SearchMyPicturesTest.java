package dev.semblance.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.similarity.retrieve.LuceneIndex;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class E04_SearchMyPicturesTest {
  @Test
  void unseenPicturesFindTheirClassInTheIndexOnDisk(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("index");
    String output =
        Output.of(() -> E04_SearchMyPictures.main(new String[] {path.toString(), "strokes", "60"}));
    Matcher share = Pattern.compile("for (\\d+) of (\\d+) queries").matcher(output);
    assertThat(share.find()).isTrue();
    int queries = Integer.parseInt(share.group(2));
    assertThat(queries).isGreaterThan(100);
    // 10 classes: chance is a tenth
    assertThat(Integer.parseInt(share.group(1))).isGreaterThan(9 * queries / 10);
    assertThat(output).contains("test/00000 (0) looks like");
    try (LuceneIndex index = LuceneIndex.open(path)) {
      assertThat(index.size()).isEqualTo(1000);
    }
  }
}
