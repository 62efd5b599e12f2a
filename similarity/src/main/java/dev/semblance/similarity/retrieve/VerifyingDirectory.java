package dev.semblance.similarity.retrieve;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;

/**
 * Checks the whole checksum of every file before its first byte is parsed.
 *
 * <p>Lucene checks the large files (vectors, graph, stored fields) only when it merges them, and
 * parses the small ones before their checksum: a flipped bit would be a wrong answer, or an array
 * of an absurd length.
 */
final class VerifyingDirectory extends FilterDirectory {
  private final Set<String> verified = ConcurrentHashMap.newKeySet();

  VerifyingDirectory(Directory in) {
    super(in);
  }

  @Override
  public IndexInput openInput(String name, IOContext context) throws IOException {
    if (verified.add(name)) {
      try (IndexInput input = super.openInput(name, IOContext.READONCE)) {
        CodecUtil.checksumEntireFile(input);
      } catch (FileNotFoundException | NoSuchFileException e) {
        throw new DamagedFile(name, "the file is missing", e);
      } catch (IOException | RuntimeException e) {
        throw new DamagedFile(name, "truncated or altered: " + LuceneFormat.brief(e), e);
      }
    }
    return super.openInput(name, context);
  }

  /** A file of the index that is not as it was written. */
  static final class DamagedFile extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedFile(String name, String reason, Exception cause) {
      super(name + ": " + reason, cause);
    }
  }
}
