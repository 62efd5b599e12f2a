package dev.semblance.examples;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Sampler;
import dev.semblance.core.nn.ConvEncoder;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.BatchSource;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import dev.semblance.similarity.learn.EmbeddingLearner;
import dev.semblance.similarity.loss.EmbeddingLoss;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A training loop for a few seconds: no log, no checkpoint, no validation. */
final class QuickTraining {
  private QuickTraining() {}

  /** Two blocks of convolution, enough for digits. */
  static ConvEncoder.Config encoder(ImageSet set, int outputs) {
    return new ConvEncoder.Config(set.shape().channels(), List.of(16, 32), 4, outputs);
  }

  static void run(
      Net net,
      EmbeddingLoss loss,
      ImageSet set,
      Sampler sampler,
      int steps,
      double rate,
      EmbeddingLearner.@Nullable EmbeddingListener listener) {
    EmbeddingLearner.Config config =
        new EmbeddingLearner.Config(
            Augmentation.none(),
            false,
            false,
            0,
            1,
            new Update.Config(
                Optimizer.Adam.of(rate), new Schedule.Cosine(0), Double.POSITIVE_INFINITY),
            1,
            name -> true,
            Mode.TRAINING,
            steps);
    BatchSource batches = BatchSource.of(set, sampler);
    try (EmbeddingLearner learner =
        new EmbeddingLearner(net, Preprocessing.of(set.shape()), loss, config)) {
      if (listener != null) {
        learner.listen(listener);
      }
      for (int step = 0; step < steps; step++) {
        try (Scope scope = Scope.open()) {
          learner.step(batches.batch(step));
        }
      }
    }
  }
}
