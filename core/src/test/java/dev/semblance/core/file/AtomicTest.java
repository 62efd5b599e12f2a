package dev.semblance.core.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicTest {
  @TempDir Path folder;

  @Test
  void replacesTheTargetAndLeavesNothingElse() throws IOException {
    Path target = folder.resolve("a.txt");
    Atomic.text(target, "old");
    Atomic.text(target, "nöw");
    assertThat(target).hasContent("nöw");
    assertThat(entries()).containsExactly("a.txt");
  }

  @Test
  void theTargetStandsUntilTheNewContentIsWhole() throws IOException {
    Path target = folder.resolve("a.txt");
    Atomic.text(target, "old");
    Atomic.write(
        target,
        channel -> {
          channel.write(ByteBuffer.wrap(new byte[] {'n'}));
          assertThat(target).hasContent("old");
        });
    assertThat(target).hasContent("n");
  }

  @Test
  void aFailureLeavesWhatWasThere() throws IOException {
    Path target = folder.resolve("a.txt");
    Atomic.text(target, "old");
    assertThatThrownBy(
            () ->
                Atomic.stream(
                    target,
                    stream -> {
                      stream.write(new byte[100_000]);
                      throw new IllegalStateException("mine");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("mine");
    assertThat(target).hasContent("old");
    assertThat(entries()).containsExactly("a.txt");
  }

  @Test
  void aFullDiskIsOneLine() throws IOException {
    Path target = folder.resolve("a.txt");
    Atomic.text(target, "old");
    // What the operating system says when a write finds no room.
    assertThatThrownBy(
            () ->
                Atomic.write(
                    target,
                    channel -> {
                      channel.write(ByteBuffer.wrap(new byte[] {'n'}));
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage(
            target
                + ": the disk is full (No space left on device); free some space or choose another"
                + " folder");
    assertThat(target).hasContent("old");
    assertThat(entries()).containsExactly("a.txt");
  }

  @Test
  void placesThatCannotBeWrittenAreNamed() throws IOException {
    Path missing = folder.resolve("no/where.txt");
    assertThatThrownBy(() -> Atomic.text(missing, ""))
        .isInstanceOf(IOException.class)
        .hasMessage(
            missing + ": folder " + folder.resolve("no") + " does not exist; create it first");
    Path file = folder.resolve("file");
    Atomic.text(file, "");
    assertThatThrownBy(() -> Atomic.text(file.resolve("below"), ""))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is a file; choose another folder");
    assertThatThrownBy(() -> Atomic.text(folder, ""))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is a folder; give the name of a file");
    assertThat(FileProblem.writing(file, new AccessDeniedException(file.toString())))
        .hasMessage(
            file
                + ": folder "
                + folder
                + " may not be written; change its permissions or choose another folder");
    assertThat(
            FileProblem.writing(file, new FileSystemException("x", null, "Read-only file system")))
        .hasMessage(file + ": the file system is read-only; choose another folder");
  }

  @Test
  void aLinkStaysALink() throws IOException {
    Path real = folder.resolve("real.txt");
    Path link = folder.resolve("link.txt");
    Atomic.text(real, "old");
    Files.createSymbolicLink(link, real);
    Atomic.text(link, "new");
    assertThat(link).isSymbolicLink();
    assertThat(real).hasContent("new");
  }

  @Test
  void leftoversOfKilledProcessesGo() throws IOException {
    Path target = folder.resolve("a.txt");
    Files.writeString(folder.resolve(".a.txt.1x2.part"), "half");
    Files.writeString(folder.resolve(".b.txt.1x2.part"), "another's");
    Atomic.removeLeftovers(target);
    assertThat(entries()).containsExactly(".b.txt.1x2.part");
  }

  @Test
  void textFromFilesCannotBreakTheLine() {
    assertThat(FileProblem.at(Path.of("f"), "tensor 'a\nb'", "c\u2028d\u001b[31m", "e"))
        .hasMessage("f: tensor 'a\\u000ab': c\\u2028d\\u001b[31m; e");
    assertThat(FileProblem.quote("x".repeat(1000))).hasSize(80 + 2 + 3);
  }

  private List<String> entries() throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
