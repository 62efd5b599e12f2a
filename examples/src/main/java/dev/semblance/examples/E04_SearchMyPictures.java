package dev.semblance.examples;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.PkSampler;
import dev.semblance.core.data.Split;
import dev.semblance.core.nn.Embedder;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.learn.Embeddings;
import dev.semblance.similarity.loss.SupConLoss;
import dev.semblance.similarity.retrieve.Hit;
import dev.semblance.similarity.retrieve.IndexDescription;
import dev.semblance.similarity.retrieve.IndexMeasure;
import dev.semblance.similarity.retrieve.Item;
import dev.semblance.similarity.retrieve.LuceneIndex;
import dev.semblance.similarity.retrieve.LuceneIndexWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/**
 * Where is it useful? Find the pictures that look like mine: embed, index, search.
 *
 * <p>Trains an embedding on the training pictures of a set, writes their index to disk, opens it
 * again and searches it with pictures it has never seen.
 *
 * <p>Arguments: the folder of the index (pictures-index), the set, by name or path (strokes), the
 * number of training steps (300).
 */
public final class E04_SearchMyPictures {
  private static final int SHOWN = 5;

  private E04_SearchMyPictures() {}

  /** Embeds, indexes and searches, and prints what was found. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments.length > 0 ? arguments[0] : "pictures-index");
    String name = arguments.length > 1 ? arguments[1] : "strokes";
    int steps = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 300;
    DataOptions options = DataOptions.defaults().withCount(1000);
    try (Scope scope = Scope.open();
        ImageSet gallery = DataSets.open(name, Split.TRAIN, options);
        ImageSet queries = DataSets.open(name, Split.TEST, options);
        Embedder net = embedder(gallery, steps)) {
      index(folder, gallery, embed(net, gallery));
      search(folder, queries, embed(net, queries));
    }
  }

  private static Embedder embedder(ImageSet set, int steps) {
    Embedder net = new Embedder.Config(QuickTraining.encoder(set, 1), 32, true).build(1);
    int classes = Math.min(10, set.classNames().size());
    QuickTraining.run(
        net, SupConLoss.of(), set, PkSampler.of(set.labels(), classes, 6, 1), steps, 2e-3, null);
    return net;
  }

  private static Tensor embed(Embedder net, ImageSet set) {
    Preprocessing preprocessing = Preprocessing.of(set.shape());
    return Embeddings.of(
        images -> net.forward(preprocessing.apply(images), Mode.INFERENCE), set, 256, done -> {});
  }

  private static void index(Path folder, ImageSet set, Tensor embeddings) throws IOException {
    List<Item> items = new ArrayList<>();
    for (int row = 0; row < set.size(); row++) {
      items.add(new Item(set.id(row), set.classNames().get(set.label(row)), ""));
    }
    IndexDescription description =
        IndexDescription.of(IndexMeasure.COSINE, (int) embeddings.size(1));
    try (LuceneIndexWriter writer = LuceneIndexWriter.createOrReplace(folder, description)) {
      writer.add(items, embeddings);
      writer.commit();
    }
  }

  private static void search(Path folder, ImageSet queries, Tensor embeddings) throws IOException {
    try (LuceneIndex index = LuceneIndex.open(folder)) {
      List<List<Hit>> answers = index.search(embeddings, SHOWN);
      int right = 0;
      for (int row = 0; row < queries.size(); row++) {
        String label = queries.classNames().get(queries.label(row));
        Hit nearest = answers.get(row).getFirst();
        right += nearest.label().equals(label) ? 1 : 0;
        if (row < 3) {
          System.out.println(queries.id(row) + " (" + label + ") looks like");
          for (Hit hit : answers.get(row)) {
            System.out.printf(
                Locale.ROOT, "  %-14s (%s) at %.4f%n", hit.id(), hit.label(), hit.distance());
          }
        }
      }
      System.out.printf(
          Locale.ROOT,
          "%d pictures in the index; nearest of the right class for %d of %d queries, %.1f %%%n",
          index.size(),
          right,
          queries.size(),
          100.0 * right / queries.size());
    }
  }
}
