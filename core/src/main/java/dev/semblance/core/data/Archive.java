package dev.semblance.core.data;

import java.io.IOException;
import java.util.List;

/** A folder or a zip file: files by path. Any thread may read. */
sealed interface Archive extends AutoCloseable permits FolderArchive, ZipArchive {
  /** The paths of all files, '/' between their parts, in natural order. */
  List<String> paths();

  /** All bytes of a file. */
  byte[] read(String path) throws IOException;

  /** The first bytes of a file, at most {@code most}. */
  byte[] head(String path, int most) throws IOException;

  /** For messages: the file and where it is. */
  String where(String path);

  @Override
  void close() throws IOException;
}
