package dev.semblance.similarity.retrieve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.jspecify.annotations.Nullable;

/** The layout of an index on disk, and the refusal of everything that is not one. */
final class LuceneFormat {
  static final String ID = "id";
  static final String LABEL = "label";
  static final String PATH = "path";
  static final String VECTOR = "vector";

  /** Held, or the level set on it would be forgotten with the logger. */
  private static final Logger VECTORIZATION =
      Logger.getLogger("org.apache.lucene.internal.vectorization");

  static {
    // Which vector unit was found is not news; that none was found still is.
    if (VECTORIZATION.getLevel() == null) {
      VECTORIZATION.setLevel(Level.WARNING);
    }
  }

  private LuceneFormat() {}

  /** An open index: a snapshot of its last commit. */
  record Opened(DirectoryReader reader, IndexDescription description) {}

  /** The function by which the graph ranks; distances are computed again from the vectors. */
  static VectorSimilarityFunction function(IndexMeasure measure) {
    return switch (measure) {
      case COSINE -> VectorSimilarityFunction.DOT_PRODUCT; // of unit vectors
      case SQUARED_EUCLIDEAN -> VectorSimilarityFunction.EUCLIDEAN;
      case DOT -> VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT;
    };
  }

  /** Lucene's own codec with our graph, for vectors longer than Lucene's default limit too. */
  static Codec codec(Hnsw graph) {
    KnnVectorsFormat format = new WideVectors(graph);
    return new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return format;
      }
    };
  }

  /**
   * Opens the last commit of an index, after checking every file of it.
   *
   * @throws IOException in one line, where {@code path} is not a whole index of ours; nothing in
   *     the folder is touched
   */
  static Opened open(Path path) throws IOException {
    requireIndexFolder(path);
    Directory directory = null;
    DirectoryReader reader = null;
    try {
      directory = new VerifyingDirectory(new MMapDirectory(path));
      IndexDescription description =
          describe(path, SegmentInfos.readLatestCommit(directory).getUserData());
      reader = DirectoryReader.open(directory);
      requireVectors(path, reader, description);
      return new Opened(reader, description);
    } catch (Refused e) {
      closeQuietly(reader, directory);
      throw e;
    } catch (IndexFormatTooNewException | IndexFormatTooOldException e) {
      closeQuietly(reader, directory);
      throw new IOException(
          path + ": was written by another version of Lucene (" + brief(e) + "); index again", e);
    } catch (IOException | RuntimeException e) {
      closeQuietly(reader, directory);
      throw damaged(path, e);
    } catch (OutOfMemoryError e) {
      // A count that was forged together with its checksum; nothing of the array was allocated.
      closeQuietly(reader, directory);
      throw damaged(path, e);
    }
  }

  /** Whether a new index can be put there: nothing, or an empty folder, is there. */
  static boolean isFree(Path path) throws IOException {
    if (!Files.exists(path)) {
      return true;
    }
    if (!Files.isDirectory(path)) {
      throw new IOException(path + ": is a file, not a folder; name another place for the index");
    }
    return list(path).isEmpty();
  }

  /** The message of an error in one short line, without Lucene's notes on the resource. */
  static String brief(Throwable error) {
    String text = String.valueOf(error.getMessage()).strip();
    int end = text.indexOf('\n');
    text = end < 0 ? text : text.substring(0, end).strip();
    int resource = text.indexOf("(resource=");
    text = resource < 0 ? text : text.substring(0, resource).strip();
    String name = error.getClass().getSimpleName();
    text = error.getMessage() == null || text.isEmpty() ? name : text;
    return text.length() > 160 ? text.substring(0, 160) + "..." : text;
  }

  private static List<String> list(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new IOException(path + ": cannot be listed (" + reason(e) + "); check its rights", e);
    }
  }

  private static void requireIndexFolder(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new IOException(path + ": there is no such index; make it first");
    }
    if (!Files.isDirectory(path)) {
      throw new IOException(path + ": is a file; an index is a folder, name that");
    }
    List<String> names = list(path);
    if (names.isEmpty()) {
      throw new IOException(path + ": is an empty folder, not an index; make the index first");
    }
    if (names.stream().noneMatch(name -> name.startsWith("segments"))) {
      throw new IOException(
          path
              + ": is not an index (it has no segments file, but "
              + names.get(0)
              + "); name the folder of an index, or index again into a new one");
    }
  }

  private static IndexDescription describe(Path path, Map<String, String> data) throws Refused {
    if (!IndexDescription.FORMAT.equals(data.get("format"))) {
      throw new Refused(
          path
              + ": is the Lucene index of another program; it was left alone, name another folder");
    }
    String version = String.valueOf(data.get("version"));
    if (!version.equals(Integer.toString(IndexDescription.VERSION))) {
      throw new Refused(
          path
              + ": has index format "
              + version
              + ", this program reads "
              + IndexDescription.VERSION
              + "; use the program that wrote it, or index again");
    }
    try {
      return IndexDescription.ofCommitData(data);
    } catch (IllegalArgumentException e) {
      throw new Refused(
          path + ": the index's description is damaged (" + brief(e) + "); index again");
    }
  }

  private static void requireVectors(
      Path path, DirectoryReader reader, IndexDescription description) throws IOException {
    for (LeafReaderContext leaf : reader.leaves()) {
      FieldInfo field = leaf.reader().getFieldInfos().fieldInfo(VECTOR);
      if (field == null
          || field.getVectorDimension() != description.dimension()
          || field.getVectorSimilarityFunction() != function(description.measure())) {
        throw new Refused(
            path
                + ": the index's description does not fit its vectors (described "
                + description.measure().text()
                + " of dimension "
                + description.dimension()
                + ", found "
                + (field == null
                    ? "none"
                    : field.getVectorSimilarityFunction()
                        + " of dimension "
                        + field.getVectorDimension())
                + "); index again");
      }
      FloatVectorValues values = leaf.reader().getFloatVectorValues(VECTOR);
      if (values == null || values.size() != leaf.reader().maxDoc()) {
        throw new Refused(path + ": the index has items without a vector; index again");
      }
    }
  }

  private static IOException damaged(Path path, Throwable e) {
    return new IOException(
        path
            + ": the index is damaged ("
            + (e instanceof VerifyingDirectory.DamagedFile ? e.getMessage() : brief(e))
            + "); restore a copy, or delete the folder and index again",
        e);
  }

  /** The reason of a failed file operation, without the path that Java repeats. */
  static String reason(IOException e) {
    return e.getClass()
        .getSimpleName()
        .replace("Exception", "")
        .replaceAll("([a-z])([A-Z])", "$1 $2");
  }

  /** Closes the reader and its folder. */
  static void close(Opened opened) throws IOException {
    try (Directory directory = opened.reader().directory()) {
      opened.reader().close();
    }
  }

  private static void closeQuietly(@Nullable AutoCloseable... resources) {
    for (@Nullable AutoCloseable resource : resources) {
      try {
        if (resource != null) {
          resource.close();
        }
      } catch (Exception e) {
        // The first error is the one to tell.
      }
    }
  }

  /** A refusal whose message is already whole. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /**
   * Lucene's graph format without its limit of 1,024 dimensions. It has Lucene's name, since what
   * it writes is Lucene's format: any reader of Lucene reads it.
   */
  private static final class WideVectors extends KnnVectorsFormat {
    private final KnnVectorsFormat format;

    WideVectors(Hnsw graph) {
      super("Lucene99HnswVectorsFormat");
      format = new Lucene99HnswVectorsFormat(graph.connections(), graph.buildBeam());
    }

    @Override
    public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
      return format.fieldsWriter(state);
    }

    @Override
    public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
      return format.fieldsReader(state);
    }

    @Override
    public int getMaxDimensions(String field) {
      return IndexDescription.LARGEST_DIMENSION;
    }
  }
}
