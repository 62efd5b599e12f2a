package dev.semblance.adversarial.defend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageSize;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.data.Split;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.SmallCnn;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.BatchSource;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Update;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The known failure, at a size that trains in seconds: digits of 14x14 pixels, radius 0.3, nothing
 * but the images of one full step. The net learns to make that step harmless and stands no other.
 */
@NeedsData
class CatastrophicOverfittingTest {
  private static final int STEPS = 600;
  private static final int BATCH = 64;
  private static final Ball BALL = new Ball(Norm.LINF, 0.3);

  @Test
  void training_on_single_steps_stands_single_steps_only() throws IOException {
    DataOptions small = DataOptions.defaults().withSize(new ImageSize.Exactly(14, 14));
    try (ImageSet training = DataSets.open("mnist", Split.TRAIN, small);
        ImageSet test = DataSets.open("mnist", Split.TEST, small);
        Net net = new SmallCnn.Config(1, 14, 14, 10).build(1)) {
      Preprocessing unit =
          new Preprocessing(training.shape(), new double[] {0}, new double[] {255});
      Update.Config update =
          new Update.Config(Optimizer.Adam.of(5e-3), Cyclic.of(), Double.POSITIVE_INFINITY);
      Defence defence = new Defence(Defence.fgsm(BALL).attack(), new MixedCrossEntropy(0));
      BatchSource batches = BatchSource.of(training, Shuffled.of(training.size(), BATCH, 1));
      try (Student student =
              new Student(
                  net, unit, 10, new Student.Config(Augmentation.none(), 0, 1, update, STEPS));
          RobustLearner learner = new RobustLearner(student, defence, null)) {
        for (long step = 0; step < STEPS; step++) {
          try (Scope scope = Scope.open()) {
            learner.step(batches.batch(step));
          }
        }
      }
      RobustCheck.Reading reading = read(net, unit, test);
      assertThat(reading.clean()).isGreaterThan(0.9);
      assertThat(reading.oneStep()).isGreaterThan(0.55);
      assertThat(reading.robust()).isLessThan(0.1);
      assertThat(reading.collapsed()).isTrue();
    }
  }

  private static RobustCheck.Reading read(Net net, Preprocessing unit, ImageSet test) {
    try (NetClassifier classifier = NetClassifier.of(net, unit, 10);
        Scope scope = Scope.open()) {
      return RobustCheck.of(BALL, 1)
          .measure(classifier, Samples.of(test, LongStream.range(0, 300).toArray()));
    }
  }
}
