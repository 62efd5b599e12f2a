package dev.semblance.app;

import dev.semblance.core.data.ImageFiles;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.file.FileProblem;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.retrieve.Hit;
import dev.semblance.similarity.retrieve.IndexDescription;
import dev.semblance.similarity.retrieve.IndexMeasure;
import dev.semblance.similarity.retrieve.Item;
import dev.semblance.similarity.retrieve.LuceneIndex;
import dev.semblance.similarity.retrieve.LuceneIndexWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * An index folder: the vectors, and beside them the net that made them, so that a picture can be
 * searched with nothing else at hand.
 */
final class Gallery implements AutoCloseable {
  private static final String MODEL = "model.safetensors";
  private static final String VECTORS = "vectors";
  private static final int AT_A_TIME = 1000;

  private final Model model;
  private final LuceneIndex index;

  private Gallery(Model model, LuceneIndex index) {
    this.model = model;
    this.index = index;
  }

  /** What was done. */
  record Change(int items, int added, int deleted) {}

  /** Builds an index beside {@code folder} and renames it when it is whole. */
  static Change create(
      Path folder, Path modelFile, Model model, ImageSet set, boolean replace, Output output)
      throws IOException {
    if (Files.exists(folder) && !replace) {
      throw Problem.usage(
          folder + ": exists already; add to it with --add, or replace it with --replace");
    }
    if (Files.exists(folder) && !Files.isDirectory(folder.resolve(VECTORS))) {
      throw Problem.usage(folder + ": is no index of ours, it is left alone; name another folder");
    }
    Path absolute = folder.toAbsolutePath();
    Path parent = java.util.Objects.requireNonNull(absolute.getParent(), "parent");
    Path partial = begin(folder, parent);
    try (Scope scope = Scope.open()) {
      Tensor embeddings = Evaluator.embed(model, set, output);
      if (Models.isEmbedder(model)) {
        copy(modelFile, partial.resolve(MODEL), folder);
      } else {
        ModelFile.save(
            partial.resolve(MODEL),
            model.net(),
            model.preprocessing(),
            model.classNames(),
            Map.of());
      }
      IndexDescription description =
          IndexDescription.of(measure(model), Math.toIntExact(embeddings.size(1)))
              .withOrigin(digest(partial.resolve(MODEL)), set.name() + " " + set.digest(), "");
      try (LuceneIndexWriter writer =
          LuceneIndexWriter.create(partial.resolve(VECTORS), description)) {
        write(writer, set, embeddings, false);
        writer.commit();
      }
      if (Files.exists(folder)) {
        Path old = Files.createTempDirectory(parent, "." + absolute.getFileName() + ".old");
        Files.delete(old);
        Files.move(folder, old);
        Files.move(partial, folder);
        remove(old);
      } else {
        Files.move(partial, folder);
      }
      return new Change(set.size(), set.size(), 0);
    } finally {
      remove(partial);
    }
  }

  /** The hidden folder beside the index in which it is built. */
  private static Path begin(Path folder, Path parent) throws IOException {
    try {
      Files.createDirectories(parent);
      return Files.createTempDirectory(parent, "." + folder.getFileName() + ".");
    } catch (IOException e) {
      throw FileProblem.writing(folder, e);
    }
  }

  /** A failure is told of the index that the user asked for. */
  private static void copy(Path from, Path to, Path folder) throws IOException {
    try {
      Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw FileProblem.writing(folder, e);
    }
  }

  /** Adds a set to an index and takes out some items, in one commit. */
  static Change add(Path folder, Model model, ImageSet set, List<String> delete, Output output)
      throws IOException {
    try (Gallery present = open(folder);
        Scope scope = Scope.open()) {
      Tensor embeddings = Evaluator.embed(model, set, output);
      if (present.index.dimension() != embeddings.size(1)) {
        throw Problem.failure(
            folder
                + ": holds vectors of "
                + present.index.dimension()
                + " values, the net makes "
                + embeddings.size(1)
                + "; add with the net that built the index");
      }
      int deleted = 0;
      try (LuceneIndexWriter writer = LuceneIndexWriter.open(folder.resolve(VECTORS))) {
        write(writer, set, embeddings, true);
        for (String id : delete) {
          if (!writer.delete(id)) {
            throw Problem.failure(
                folder
                    + ": holds no item "
                    + id
                    + ", nothing was changed; see the ids that search prints");
          }
          deleted++;
        }
        writer.commit();
        return new Change(writer.size(), set.size(), deleted);
      }
    }
  }

  private static void write(
      LuceneIndexWriter writer, ImageSet set, Tensor embeddings, boolean replace)
      throws IOException {
    long width = embeddings.size(1);
    for (int from = 0; from < set.size(); from += AT_A_TIME) {
      int to = Math.min(set.size(), from + AT_A_TIME);
      float[] values;
      try (Scope part = Scope.open()) {
        values = Ops.toFloats(embeddings.narrow(0, from, to - from));
      }
      for (int row = from; row < to; row++) {
        int start = Math.toIntExact((row - from) * width);
        float[] vector =
            java.util.Arrays.copyOfRange(values, start, Math.toIntExact(start + width));
        Item item = new Item(set.id(row), set.classNames().get(set.label(row)), set.id(row));
        if (replace) {
          writer.replace(item, vector);
        } else {
          writer.add(item, vector);
        }
      }
    }
  }

  /** Opens an index folder. */
  static Gallery open(Path folder) throws IOException {
    if (!Files.isDirectory(folder)
        || !Files.isDirectory(folder.resolve(VECTORS))
        || !Files.isRegularFile(folder.resolve(MODEL))) {
      throw Problem.failure(
          folder
              + (Files.exists(folder)
                  ? ": is no index of ours (no " + VECTORS + " and " + MODEL + " in it)"
                  : ": no such index")
              + "; build one with semblance index");
    }
    Model model = Models.open(folder.resolve(MODEL));
    try {
      return new Gallery(model, LuceneIndex.open(folder.resolve(VECTORS)));
    } catch (IOException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  int size() {
    return index.size();
  }

  /** The nearest images to a picture of any format and size. */
  List<Hit> search(Path picture, int k) throws IOException {
    ImageShape shape = model.preprocessing().shape();
    byte[] pixels = ImageFiles.decode(picture, shape);
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor image = Ops.bytes(pixels, 1, shape.channels(), shape.height(), shape.width());
      return index.search(Ops.toFloats(Evaluator.forward(model, image)), Math.min(k, index.size()));
    }
  }

  @Override
  public void close() throws IOException {
    model.close();
    index.close();
  }

  private static IndexMeasure measure(Model model) {
    return Models.measure(model).equals("cosine")
        ? IndexMeasure.COSINE
        : IndexMeasure.SQUARED_EUCLIDEAN;
  }

  private static String digest(Path file) throws IOException {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha)) {
        in.transferTo(java.io.OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void remove(Path folder) throws IOException {
    if (Files.exists(folder)) {
      List<Path> all = new ArrayList<>();
      try (Stream<Path> walk = Files.walk(folder)) {
        walk.sorted(Comparator.reverseOrder()).forEach(all::add);
      }
      for (Path path : all) {
        Files.delete(path);
      }
    }
  }
}
