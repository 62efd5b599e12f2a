package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files below a folder; links are followed, hidden files and folders left out. */
final class FolderArchive implements Archive {
  private static final int DEEPEST = 12;

  private final Path folder;
  private final List<String> paths;

  private FolderArchive(Path folder, List<String> paths) {
    this.folder = folder;
    this.paths = paths;
  }

  /** Lists a folder. Refuses an empty folder inside it: half-copied sets look like that. */
  static FolderArchive open(Path folder) throws IOException {
    List<String> paths = new ArrayList<>();
    Files.walkFileTree(
        folder,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        DEEPEST,
        new SimpleFileVisitor<>() {
          private final Deque<Integer> foundBefore = new ArrayDeque<>();

          @Override
          public FileVisitResult preVisitDirectory(Path entered, BasicFileAttributes attributes) {
            if (!entered.equals(folder) && hidden(entered)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            foundBefore.push(paths.size());
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isDirectory()) {
              throw FileProblem.of(
                  file, "lies deeper than " + DEEPEST + " folders", "flatten the set");
            }
            if (!hidden(file)) {
              paths.add(slashed(folder.relativize(file)));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException cause) throws IOException {
            if (cause instanceof FileSystemLoopException) {
              throw FileProblem.of(
                  file, "is a link to a folder around it", "remove the link", cause);
            }
            throw FileProblem.reading(file, cause);
          }

          @Override
          public FileVisitResult postVisitDirectory(Path left, @Nullable IOException cause)
              throws IOException {
            if (cause != null) {
              throw FileProblem.reading(left, cause);
            }
            if (foundBefore.pop() == paths.size()) {
              throw FileProblem.of(left, "is an empty folder", "put images into it or remove it");
            }
            return FileVisitResult.CONTINUE;
          }
        });
    paths.sort(NaturalOrder.INSTANCE);
    return new FolderArchive(folder, List.copyOf(paths));
  }

  private static boolean hidden(Path path) {
    Path name = path.getFileName();
    return name != null && name.toString().startsWith(".");
  }

  private static String slashed(Path path) {
    List<String> parts = new ArrayList<>();
    path.forEach(part -> parts.add(part.toString()));
    return String.join("/", parts);
  }

  @Override
  public List<String> paths() {
    return paths;
  }

  @Override
  public byte[] read(String path) throws IOException {
    return ImageFiles.bytes(folder.resolve(path));
  }

  @Override
  public byte[] head(String path, int most) throws IOException {
    try (InputStream in = Files.newInputStream(folder.resolve(path))) {
      return in.readNBytes(most);
    } catch (FileSystemException e) {
      throw FileProblem.reading(folder.resolve(path), e);
    }
  }

  @Override
  public String where(String path) {
    return folder.resolve(path).toString();
  }

  @Override
  public void close() {}
}
