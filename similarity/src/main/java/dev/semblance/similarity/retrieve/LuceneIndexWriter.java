package dev.semblance.similarity.retrieve;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.Bits;
import org.bytedeco.pytorch.Tensor;

/**
 * Makes and changes a {@link LuceneIndex}.
 *
 * <p>Changes are seen by nobody before {@link #commit}, which returns when they are on the disk; a
 * crash, or {@link #close} without a commit, leaves the index as the last commit left it. A new
 * index is built beside its place and moved there by its first commit. One writer at a time may
 * work on an index; readers are never in its way.
 *
 * <p>The same items in the same order make the same graph.
 */
public final class LuceneIndexWriter implements AutoCloseable {
  /** Vectors and graph of a segment are in memory until it is this large, in MiB. */
  private static final double SEGMENT_MEBIBYTES = 128;

  private final Path path;
  private final IndexDescription description;
  private final Set<String> ids;

  /** Where the index is: its own place, or beside it before the first commit. */
  private Path place;

  private IndexWriter writer;

  private LuceneIndexWriter(
      Path path, Path place, IndexDescription description, Set<String> ids, IndexWriter writer) {
    this.path = path;
    this.place = place;
    this.description = description;
    this.ids = ids;
    this.writer = writer;
  }

  /**
   * Begins a new index.
   *
   * @param path a folder that does not exist or is empty
   * @throws IOException where something is there already, or cannot be written
   */
  public static LuceneIndexWriter create(Path path, IndexDescription description)
      throws IOException {
    if (!LuceneFormat.isFree(path)) {
      throw new IOException(
          path + ": is there already and not empty; ask to replace it, or name another folder");
    }
    Path absolute = path.toAbsolutePath();
    Path beside =
        absolute.resolveSibling(
            "."
                + absolute.getFileName()
                + ".partial-"
                + UUID.randomUUID().toString().substring(0, 8));
    try {
      Files.createDirectories(beside.getParent());
      Files.createDirectory(beside);
    } catch (IOException e) {
      throw new IOException(
          path
              + ": cannot be made ("
              + LuceneFormat.reason(e)
              + " at "
              + beside.getParent()
              + "); check the folder's rights and free space",
          e);
    }
    try {
      IndexWriter writer = writer(beside, description, IndexWriterConfig.OpenMode.CREATE);
      return new LuceneIndexWriter(path, beside, description, new HashSet<>(), writer);
    } catch (IOException | RuntimeException e) {
      deleteFolder(beside);
      throw e;
    }
  }

  /**
   * Begins a new index in place of an index of ours, which stays as it is until the first commit;
   * without one, as {@link #create}.
   *
   * @throws IOException where something else is there: it is left alone
   */
  public static LuceneIndexWriter createOrReplace(Path path, IndexDescription description)
      throws IOException {
    if (LuceneFormat.isFree(path)) {
      return create(path, description);
    }
    LuceneFormat.close(LuceneFormat.open(path));
    IndexWriter writer = writer(path, description, IndexWriterConfig.OpenMode.CREATE);
    return new LuceneIndexWriter(path, path, description, new HashSet<>(), writer);
  }

  /**
   * Opens an index to change it.
   *
   * @throws IOException as {@link LuceneIndex#open}, and where another writer works on it
   */
  public static LuceneIndexWriter open(Path path) throws IOException {
    LuceneFormat.Opened opened = LuceneFormat.open(path);
    LuceneFormat.close(opened);
    IndexWriter writer = writer(path, opened.description(), IndexWriterConfig.OpenMode.APPEND);
    try {
      return new LuceneIndexWriter(path, path, opened.description(), ids(writer), writer);
    } catch (IOException | RuntimeException e) {
      writer.rollback();
      throw e;
    }
  }

  /** What the index will say about itself. */
  public IndexDescription description() {
    return description;
  }

  /** The number of items, changes not yet committed included. */
  public int size() {
    return ids.size();
  }

  /** Whether an item with this identity is there. */
  public boolean contains(String id) {
    return ids.contains(id);
  }

  /**
   * Adds an item at the end.
   *
   * @param vector [d]
   * @throws IllegalArgumentException where the identity is already there, or for a vector that
   *     cannot be compared
   */
  public void add(Item item, float[] vector) throws IOException {
    float[] prepared = prepare("vector", vector);
    SearchChecks.newItem(item, ids);
    insert(item, prepared);
  }

  /**
   * Adds items at the end: all, or none where one is refused.
   *
   * @param vectors float [n, d]
   */
  public void add(List<Item> items, Tensor vectors) throws IOException {
    float[][] prepared =
        SearchChecks.rows("vectors", vectors, description.dimension(), description.measure());
    SearchChecks.newItems(items, prepared.length, ids);
    for (int i = 0; i < prepared.length; i++) {
      insert(items.get(i), prepared[i]);
    }
  }

  /** Puts an item at the end, in place of the one with its identity where there is one. */
  public void replace(Item item, float[] vector) throws IOException {
    Document document = document(item, prepare("vector", vector));
    attempt(() -> writer.updateDocument(new Term(LuceneFormat.ID, item.id()), document));
    ids.add(item.id());
  }

  /**
   * Removes an item.
   *
   * @return whether it was there
   */
  public boolean delete(String id) throws IOException {
    if (!ids.contains(id)) {
      return false;
    }
    attempt(() -> writer.deleteDocuments(new Term(LuceneFormat.ID, id)));
    ids.remove(id);
    return true;
  }

  /**
   * Makes all changes durable and visible to those who open the index from now on.
   *
   * @throws IOException where they could not be written: the last commit stands
   */
  public void commit() throws IOException {
    attempt(
        () -> {
          writer.setLiveCommitData(description.toCommitData().entrySet());
          return writer.commit();
        });
    if (!place.equals(path)) {
      moveIntoPlace();
    }
  }

  /** Forgets what was not committed. */
  @Override
  public void close() throws IOException {
    try {
      writer.rollback();
      writer.getDirectory().close();
    } finally {
      if (!place.equals(path)) {
        deleteFolder(place);
      }
    }
  }

  private float[] prepare(String name, float[] vector) {
    return SearchChecks.vector(name, vector, description.dimension(), description.measure());
  }

  private void insert(Item item, float[] prepared) throws IOException {
    Document document = document(item, prepared);
    attempt(() -> writer.addDocument(document));
    ids.add(item.id());
  }

  private Document document(Item item, float[] prepared) {
    Document document = new Document();
    document.add(new StringField(LuceneFormat.ID, item.id(), Field.Store.YES));
    document.add(new StringField(LuceneFormat.LABEL, item.label(), Field.Store.YES));
    document.add(new StoredField(LuceneFormat.PATH, item.path()));
    document.add(
        new KnnFloatVectorField(
            LuceneFormat.VECTOR, prepared, LuceneFormat.function(description.measure())));
    return document;
  }

  private void moveIntoPlace() throws IOException {
    writer.close();
    writer.getDirectory().close();
    try {
      try {
        Files.move(place, path, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileSystemException e) {
        // Not every system renames onto an empty folder.
        if (!Files.isDirectory(path) || !LuceneFormat.isFree(path)) {
          throw e;
        }
        Files.delete(path);
        Files.move(place, path, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new IOException(
          path
              + ": the new index could not be moved there ("
              + LuceneFormat.reason(e)
              + "); was it made by someone else in the meantime?",
          e);
    }
    place = path;
    syncFolder(path.toAbsolutePath().resolve("..").normalize());
    writer = writer(path, description, IndexWriterConfig.OpenMode.APPEND);
  }

  private interface Change {
    long make() throws IOException;
  }

  private void attempt(Change change) throws IOException {
    try {
      change.make();
    } catch (AlreadyClosedException e) {
      throw new IllegalStateException(path + ": the writer is closed", e);
    } catch (IOException e) {
      throw new IOException(
          path
              + ": writing the index failed ("
              + LuceneFormat.brief(e)
              + "); check free space and rights, what was committed before stands",
          e);
    }
  }

  private static IndexWriter writer(
      Path place, IndexDescription description, IndexWriterConfig.OpenMode mode)
      throws IOException {
    // Merging neighbours only, on the calling thread: the order of the items is kept, and the
    // segments do not depend on timing.
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(LuceneFormat.codec(description.graph()))
            .setMergePolicy(new LogDocMergePolicy())
            .setMergeScheduler(new SerialMergeScheduler())
            .setRAMBufferSizeMB(SEGMENT_MEBIBYTES)
            .setCommitOnClose(false)
            .setOpenMode(mode);
    Directory directory;
    try {
      directory = new MMapDirectory(place);
    } catch (IOException e) {
      throw unwritable(place, e);
    }
    try {
      return new IndexWriter(directory, config);
    } catch (LockObtainFailedException e) {
      directory.close();
      throw new IOException(
          place + ": another writer is at work on this index; wait until it has ended", e);
    } catch (IOException e) {
      directory.close();
      throw unwritable(place, e);
    }
  }

  private static IOException unwritable(Path place, IOException e) {
    return new IOException(
        place
            + ": cannot be opened for writing ("
            + LuceneFormat.brief(e)
            + "); check the folder's rights and free space",
        e);
  }

  private static Set<String> ids(IndexWriter writer) throws IOException {
    Set<String> ids = new HashSet<>();
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      StoredFields stored = reader.storedFields();
      Set<String> only = Set.of(LuceneFormat.ID);
      for (var leaf : reader.leaves()) {
        Bits live = leaf.reader().getLiveDocs();
        for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
          if (live == null || live.get(doc)) {
            ids.add(stored.document(leaf.docBase + doc, only).get(LuceneFormat.ID));
          }
        }
      }
    }
    return ids;
  }

  private static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Systems that cannot open a folder keep their renames by themselves.
    }
  }

  private static void deleteFolder(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
