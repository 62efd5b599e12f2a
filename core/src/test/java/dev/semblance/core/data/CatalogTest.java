package dev.semblance.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogTest {
  @TempDir Path temp;

  @NeedsData
  @Test
  void everyNameOpens() throws IOException {
    DataHome home = DataHome.current();
    assertThat(Catalog.entries()).extracting(Catalog.Entry::name).doesNotHaveDuplicates();
    for (Catalog.Entry entry : Catalog.entries()) {
      assertThat(entry.available(home)).as(entry.name()).isTrue();
      switch (entry.kind()) {
        case TABLE -> assertThat(Table.open(entry.name(), Split.TEST).size()).isPositive();
        case SYNTHETIC -> {
          DataOptions few = DataOptions.defaults().withCount(11);
          try (ImageSet set = DataSets.open(entry.name(), Split.TRAIN, few)) {
            assertThat(set.size()).isEqualTo(11);
          }
        }
        case IMAGES -> assertThat(entry.where(home)).isDirectory();
      }
    }
  }

  @Test
  void whatIsMissingIsNotFound() {
    DataHome nowhere = new DataHome(List.of(temp), true);
    assertThat(Catalog.entries())
        .allSatisfy(
            entry ->
                assertThat(entry.available(nowhere))
                    .isEqualTo(entry.kind() == Catalog.Kind.SYNTHETIC));
  }

  @Test
  void theVariableNamesTheOnlyPlace() throws IOException {
    Path home = temp.resolve("home");
    Path work = Files.createDirectories(temp.resolve("work/project"));
    DataHome byVariable = DataHome.of(Map.of("SEMBLANCE_DATA", "d"), work, home);
    assertThat(byVariable.folders()).containsExactly(work.resolve("d"));
    assertThatThrownBy(() -> byVariable.require("mnist"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(work.resolve("d").toString())
        .hasMessageContaining("holds no folder mnist")
        .hasMessageContaining("unset SEMBLANCE_DATA");

    DataHome usual = DataHome.of(Map.of(), work, home);
    assertThat(usual.find("mnist")).isNull();
    assertThatThrownBy(() -> usual.require("mnist")).hasMessageContaining("set SEMBLANCE_DATA");
    Path cached = Files.createDirectories(home.resolve(".cache/semblance/data/mnist"));
    assertThat(usual.find("mnist")).isEqualTo(cached);
    Path shared = Files.createDirectories(temp.resolve("work/shared/data/mnist"));
    assertThat(usual.find("mnist")).as("before the cache").isEqualTo(shared);
    assertThat(DataHome.cache(Map.of("XDG_CACHE_HOME", "/c"), home))
        .isEqualTo(Path.of("/c/semblance/data"));
  }

  @Test
  void aSlipOfTheKeyboardFindsItsName() {
    assertThat(Catalog.nearest("fashion_mnist")).isEqualTo("fashion-mnist");
    assertThat(Catalog.nearest("CIFAR-10")).isEqualTo("cifar10");
    assertThat(Catalog.nearest("stroke")).isEqualTo("strokes");
    assertThat(Catalog.nearest("/some/other/folder")).isNull();
  }

  /** In a JVM of its own: {@code data list} must be quick. */
  @Test
  void listingLoadsNoNativeLibrary() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path main = Path.of(Catalog.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path test =
        Path.of(CatalogTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    // Without libtorch on the class path: touching it would fail.
    String path = main + System.getProperty("path.separator") + test;
    Process process =
        new ProcessBuilder(java, "-cp", path, Lister.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), "UTF-8");
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).contains("fashion-mnist").contains("strokes true");
    assertThat(process.exitValue()).isZero();
  }

  /** What {@code data list} does. */
  static final class Lister {
    private Lister() {}

    public static void main(String[] args) {
      DataHome home = DataHome.current();
      for (Catalog.Entry entry : Catalog.entries()) {
        System.out.println(entry.name() + " " + entry.available(home) + " " + entry.where(home));
      }
      System.out.println(Catalog.nearest("mnits"));
    }
  }
}
