package dev.semblance.app;

import dev.semblance.similarity.learn.EmbeddingLearner;
import dev.semblance.similarity.loss.Collapse;
import dev.semblance.similarity.loss.CollapseDetector;
import dev.semblance.similarity.loss.LossResult;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Feeds the collapse detector during training and tells the user, in words, once for each kind of
 * collapse.
 */
final class CollapseWatch implements EmbeddingLearner.EmbeddingListener {
  private static final long EVERY = 50;

  private final CollapseDetector detector;
  private final Output output;
  private final List<String> warnings = new ArrayList<>();
  private final List<Class<?>> told = new ArrayList<>();

  CollapseWatch(double collapsedValue, Output output) {
    this.detector =
        Double.isNaN(collapsedValue)
            ? CollapseDetector.withoutValue()
            : CollapseDetector.of(collapsedValue);
    this.output = output;
  }

  @Override
  public void onEmbeddings(long step, Tensor embeddings, LossResult result) {
    if (!Double.isFinite(result.value())) {
      return;
    }
    detector.step(result);
    if (step % EVERY == 0) {
      Collapse found = detector.diagnose(embeddings);
      if (!(found instanceof Collapse.None) && !told.contains(found.getClass())) {
        told.add(found.getClass());
        String warning = "step " + step + ": " + found.sentence();
        warnings.add(warning);
        output.log("warning: " + warning);
      }
    }
  }

  List<String> warnings() {
    return List.copyOf(warnings);
  }
}
