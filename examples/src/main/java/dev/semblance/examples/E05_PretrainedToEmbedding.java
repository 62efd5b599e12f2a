package dev.semblance.examples;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.MemoryImages;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.data.Split;
import dev.semblance.core.data.synthetic.Strokes;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.Pretrained;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.eval.RetrievalEvaluation;
import dev.semblance.similarity.eval.RetrievalReport;
import dev.semblance.similarity.learn.Embeddings;
import dev.semblance.similarity.loss.SoftmaxHead;
import dev.semblance.similarity.measure.Cosine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How does supervised learning serve metric learning? Train a classifier, drop its head, compare
 * the features before it.
 *
 * <p>Without arguments: a classifier learns the digits 0 to 4 and is then asked to retrieve the
 * digits 5 to 9, which it has never seen; its features beat the pixels. With a pretrained net: its
 * features against the pixels, on a set of your own.
 *
 * <p>Arguments: none, or the number of steps (400); or a weight file and a set, for instance {@code
 * lenet.safetensors cifar10}.
 */
public final class E05_PretrainedToEmbedding {
  private E05_PretrainedToEmbedding() {}

  /** Self-retrieval by pixels and by features. */
  record Comparisons(RetrievalReport pixels, RetrievalReport features) {}

  /** Compares features with pixels and prints both. */
  public static void main(String[] arguments) throws IOException {
    Comparisons found =
        arguments.length == 2
            ? pretrained(Path.of(arguments[0]), arguments[1])
            : unseenDigits(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 400);
    print("pixels", found.pixels);
    print("features", found.features);
  }

  private static void print(String name, RetrievalReport report) {
    System.out.printf(
        Locale.ROOT,
        "%-9s P@1 %5.1f %%   R-precision %5.1f %%   MAP@R %5.1f %%   (%d queries, %d classes)%n",
        name,
        100 * report.precisionAt1().value(),
        100 * report.rPrecision().value(),
        100 * report.mapAtR().value(),
        report.queries(),
        report.classes());
  }

  /** Features of a classifier of the digits 0-4, measured on the digits 5-9. */
  static Comparisons unseenDigits(int steps) {
    try (Scope scope = Scope.open();
        ImageSet known = digits(Split.TRAIN, 2000, 0);
        ImageSet unknown = digits(Split.TEST, 600, 5);
        Net classifier = QuickTraining.encoder(known, 5).build(1);
        SoftmaxHead head = new SoftmaxHead(SoftmaxHead.Config.of(5, 5), 1)) {
      QuickTraining.run(
          classifier, head, known, Shuffled.of(known.size(), 64, 1), steps, 2e-3, null);
      return compare(classifier, Preprocessing.of(known.shape()), unknown);
    }
  }

  /** Features of a net of another maker. */
  static Comparisons pretrained(Path weights, String set) throws IOException {
    try (Scope scope = Scope.open();
        Model model = Pretrained.open(weights);
        ImageSet images =
            DataSets.open(
                set,
                Split.TEST,
                DataOptions.defaults().withShape(model.preprocessing().shape()).withCount(500))) {
      return compare(model.net(), model.preprocessing(), images);
    }
  }

  private static Comparisons compare(Net net, Preprocessing preprocessing, ImageSet set) {
    return new Comparisons(
        evaluate(images -> images.to(ScalarType.Float).flatten(1, -1), set),
        evaluate(images -> net.features(preprocessing.apply(images), Mode.INFERENCE), set));
  }

  private static RetrievalReport evaluate(UnaryOperator<Tensor> embedding, ImageSet set) {
    return RetrievalEvaluation.of(new Cosine())
        .selfRetrieval(Embeddings.of(embedding, set, 250, done -> {}), set.labels());
  }

  /** Five of the ten digits, from {@code first} on, numbered from 0. */
  private static ImageSet digits(Split split, int count, int first) {
    try (Scope scope = Scope.open();
        ImageSet all = Strokes.images(count, split, 1)) {
      int[] rows =
          IntStream.range(0, all.size())
              .filter(row -> all.label(row) >= first && all.label(row) < first + 5)
              .toArray();
      int[] labels = IntStream.of(rows).map(row -> all.label(row) - first).toArray();
      byte[] pixels = Ops.toBytes(all.images(IntStream.of(rows).asLongStream().toArray()));
      return MemoryImages.of(
          "strokes " + first + "-" + (first + 4),
          all.shape(),
          pixels,
          labels,
          all.classNames().subList(first, first + 5),
          row -> all.id(rows[row]));
    }
  }
}
