package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.eval.RetrievalEvaluation;
import dev.semblance.similarity.eval.RetrievalReport;
import dev.semblance.similarity.learn.Embeddings;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.Measure;
import dev.semblance.similarity.measure.SquaredEuclidean;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Measures a net on a set by self-retrieval. */
final class Evaluator {
  /** Images at a time: large enough for the cores, small enough for any memory. */
  private static final int BATCH = 250;

  private final Measure measure;

  Evaluator(String measure) {
    this.measure = measure.equals("cosine") ? new CosineDistance() : new SquaredEuclidean();
  }

  /** The output of an embedder, or the features of a classifier; float32 [n, d]. */
  static Tensor forward(Model model, Tensor images) {
    Tensor input = model.preprocessing().apply(images);
    return Models.isEmbedder(model)
        ? model.net().forward(input, Mode.INFERENCE)
        : model.net().features(input, Mode.INFERENCE);
  }

  /** All embeddings of a set, float32 [n, d], in the current scope. */
  static Tensor embed(Model model, ImageSet set, Output output) {
    try (Progress progress = Progress.start("embed " + set.name(), set.size())) {
      return Embeddings.of(
          images -> forward(model, images), set, BATCH, done -> progress.update(done, Double.NaN));
    }
  }

  /** Self-retrieval of a set by a net in training. */
  RetrievalReport retrieval(Net net, Preprocessing preprocessing, ImageSet set) {
    try (Scope scope = Scope.open()) {
      Tensor embeddings =
          Embeddings.of(
              images -> net.forward(preprocessing.apply(images), Mode.INFERENCE),
              set,
              BATCH,
              done -> {});
      return retrieval(embeddings, set.labels());
    }
  }

  /** Self-retrieval of embeddings. */
  RetrievalReport retrieval(Tensor embeddings, int[] labels) {
    return RetrievalEvaluation.of(measure)
        .withCutoffs(cutoffs(labels.length))
        .selfRetrieval(embeddings, labels);
  }

  Measure measure() {
    return measure;
  }

  private static Integer[] cutoffs(int n) {
    return java.util.stream.Stream.of(1, 5, 10).filter(k -> k < n).toArray(Integer[]::new);
  }

  /** The metrics by their names in JSON, the most telling first. */
  static Map<String, Estimate> metrics(RetrievalReport report) {
    Map<String, Estimate> metrics = new LinkedHashMap<>();
    metrics.put("precision_at_1", report.precisionAt1());
    metrics.put("map_at_r", report.mapAtR());
    metrics.put("r_precision", report.rPrecision());
    metrics.put("map", report.map());
    metrics.put("mrr", report.meanReciprocalRank());
    metrics.put("minp", report.meanInversePenalty());
    metrics.put("ndcg", report.ndcg());
    metrics.put("second_tier", report.secondTier());
    for (RetrievalReport.AtCutoff at : report.atCutoffs()) {
      if (at.k() > 1) {
        metrics.put("precision_at_" + at.k(), at.precision());
        metrics.put("cmc_at_" + at.k(), at.hitRate());
      }
    }
    return metrics;
  }

  static void put(ObjectNode node, String name, Estimate estimate) {
    node.put(name, estimate.value());
    node.putArray(name + "_ci").add(estimate.interval().low()).add(estimate.interval().high());
  }

  /** Right answers of a classifier. */
  static long correct(Model model, ImageSet set) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard();
        Progress progress = Progress.start("classify " + set.name(), set.size())) {
      Tensor logits =
          Embeddings.of(
              images -> model.net().forward(model.preprocessing().apply(images), Mode.INFERENCE),
              set,
              BATCH,
              done -> progress.update(done, Double.NaN));
      long[] answers = Ops.toLongs(logits.argmax(new org.bytedeco.pytorch.LongOptional(1), false));
      long correct = 0;
      for (int i = 0; i < answers.length; i++) {
        if (answers[i] == set.label(i)) {
          correct++;
        }
      }
      return correct;
    }
  }
}
