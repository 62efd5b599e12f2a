package dev.semblance.bench;

import dev.semblance.core.store.Safetensors;
import dev.semblance.core.store.SafetensorsFile;
import dev.semblance.core.tensor.NativeRuntime;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.eval.RetrievalEvaluation;
import dev.semblance.similarity.eval.RetrievalReport;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.Measure;
import dev.semblance.similarity.measure.SquaredEuclidean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Time and memory of a whole evaluation: 10,000 x 64, 10 classes, self-retrieval, every metric with
 * its interval. Prints one line per geometry and spread of the classes; beside it, as ratios that
 * do not depend on the machine's mood, what the same libtorch takes for the inner products alone,
 * and with every row sorted, from which the usual evaluation begins.
 */
public final class EvaluationBench {
  private EvaluationBench() {}

  /** Arguments: rows, width, classes, repeats, all optional; or a safetensors file. */
  public static void main(String[] args) throws IOException {
    if (args.length > 0 && args[0].endsWith(".safetensors")) {
      try (Scope scope = Scope.open();
          SafetensorsFile file = Safetensors.open(Path.of(args[0]))) {
        long[] labels = Ops.toLongs(file.tensor("labels"));
        int[] classes = Arrays.stream(labels).mapToInt(Math::toIntExact).toArray();
        for (Measure measure : new Measure[] {new SquaredEuclidean(), new CosineDistance()}) {
          measure(measure, args[0], file.tensor("embeddings"), classes, 15);
        }
      }
      return;
    }
    int rows = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    int width = args.length > 1 ? Integer.parseInt(args[1]) : 64;
    int classes = args.length > 2 ? Integer.parseInt(args[2]) : 10;
    int repeats = args.length > 3 ? Integer.parseInt(args[3]) : 7;
    for (double spread : new double[] {0.01, 0.3, 1, 10}) {
      for (Measure measure : new Measure[] {new SquaredEuclidean(), new CosineDistance()}) {
        try (Scope scope = Scope.open()) {
          int[] labels = new int[rows];
          Tensor embeddings = clusters(rows, width, classes, spread, labels);
          measure(measure, "spread " + spread, embeddings, labels, repeats);
        }
      }
    }
  }

  private static void measure(
      Measure measure, String what, Tensor embeddings, int[] labels, int repeats) {
    RetrievalEvaluation evaluation = RetrievalEvaluation.of(measure);
    long before = NativeRuntime.residentBytes();
    double[] seconds = new double[repeats];
    RetrievalReport report = null;
    long cold = System.nanoTime();
    evaluation.selfRetrieval(embeddings, labels);
    double first = (System.nanoTime() - cold) * 1e-9;
    for (int i = 1; i < repeats; i++) { // until the compiler is done
      evaluation.selfRetrieval(embeddings, labels);
    }
    long grown = NativeRuntime.residentBytes() - before;
    double[] products = new double[repeats];
    double[] sorted = new double[Math.min(3, repeats)]; // a second or more each
    products(evaluation, embeddings, false);
    for (int i = 0; i < repeats; i++) {
      long start = System.nanoTime();
      report = evaluation.selfRetrieval(embeddings, labels);
      seconds[i] = (System.nanoTime() - start) * 1e-9;
      products[i] = products(evaluation, embeddings, false);
      if (i < sorted.length) {
        sorted[i] = products(evaluation, embeddings, true);
      }
    }
    Arrays.sort(seconds);
    Arrays.sort(products);
    Arrays.sort(sorted);
    System.out.printf(
        "%-16s %-12s  first %.3f s  median %.3f s  best %.3f s  worst %.3f s  P@1 %.4f  MAP %.4f"
            + "  +%d MiB resident  load %.1f%n"
            + "  products alone %.3f s: %.1f times that;  products and sorted rows %.2f s: 1/%.0f of that%n",
        measure.getClass().getSimpleName(),
        what,
        first,
        seconds[repeats / 2],
        seconds[0],
        seconds[repeats - 1],
        report == null ? 0 : report.precisionAt1().value(),
        report == null ? 0 : report.map().value(),
        grown >> 20,
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
        products[repeats / 2],
        seconds[repeats / 2] / products[repeats / 2],
        sorted[sorted.length / 2],
        sorted[sorted.length / 2] / seconds[repeats / 2]);
  }

  /** Seconds of all inner products, by the evaluation's tiles, and of sorting their rows. */
  private static double products(RetrievalEvaluation evaluation, Tensor embeddings, boolean sort) {
    try (Scope scope = Scope.open()) {
      int rows = (int) embeddings.size(0);
      Tensor gallery = embeddings.t();
      int most = (int) Math.max(1, evaluation.tileBytes() / Float.BYTES / rows);
      Tensor tile = Ops.empty(ScalarType.Float, most, rows);
      long start = System.nanoTime();
      for (int first = 0; first < rows; first += most) {
        int count = Math.min(most, rows - first);
        try (Scope step = Scope.open()) {
          Tensor out = tile.narrow(0, 0, count);
          torch.mm_out(out, embeddings.narrow(0, first, count), gallery);
          if (sort) {
            torch.sort(out, 1, true);
          }
        }
      }
      return (System.nanoTime() - start) * 1e-9;
    }
  }

  /** Class centres are standard normal; items lie {@code spread} times a standard normal away. */
  private static Tensor clusters(int rows, int width, int classes, double spread, int[] labels) {
    float[] values = new float[rows * width];
    float[] centres = new float[classes * width];
    Rng rng = Rng.of(1, Rng.Purpose.SYNTHETIC);
    for (int k = 0; k < centres.length; k++) {
      centres[k] = (float) rng.gaussian();
    }
    for (int i = 0; i < rows; i++) {
      labels[i] = rng.below(classes);
      for (int k = 0; k < width; k++) {
        values[i * width + k] = (float) (centres[labels[i] * width + k] + spread * rng.gaussian());
      }
    }
    return Ops.floats(values, rows, width);
  }
}
