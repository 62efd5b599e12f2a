package dev.semblance.examples;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.SmallCnn;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.BatchSource;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A classifier trained in a few seconds, in the plainest way there is. */
final class QuickClassifier {
  private QuickClassifier() {}

  static Net train(ImageSet set, int steps) {
    Net net =
        new SmallCnn.Config(
                set.shape().channels(),
                set.shape().height(),
                set.shape().width(),
                set.classNames().size())
            .build(1);
    Preprocessing preprocessing = Preprocessing.of(set.shape());
    Update.Config config =
        new Update.Config(
            Optimizer.Adam.of(2e-3), new Schedule.Cosine(0), Double.POSITIVE_INFINITY);
    BatchSource batches = BatchSource.of(set, Shuffled.of(set.size(), 64, 1));
    try (Update update = new Update(net.weights().parameters(), config, steps)) {
      for (int step = 0; step < steps; step++) {
        try (Scope scope = Scope.open()) {
          Batch batch = batches.batch(step);
          Tensor logits = net.forward(preprocessing.apply(batch.images()), Mode.TRAINING);
          torch.cross_entropy_loss(logits, batch.labels()).backward();
          update.apply(step);
        }
      }
    }
    return net;
  }
}
