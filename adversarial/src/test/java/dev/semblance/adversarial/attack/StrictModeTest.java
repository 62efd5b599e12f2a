package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.SmallCnn;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class StrictModeTest {
  private static final int N = 40;
  private final Misclassify goal = new Misclassify();

  /** A convolutional net in float32, whose kernels do mind the place in the batch. */
  @Test
  void orderNumberAndRefillingLeaveEveryBitAlone() {
    double[] values =
        Arrays.stream(Points.uniform(N, 784, 8)).flatMapToDouble(Arrays::stream).toArray();
    try (SmallCnn net = SmallCnn.Config.of().build(3);
        NetClassifier model =
            NetClassifier.of(net, Preprocessing.of(new ImageShape(1, 28, 28)), 10);
        Scope scope = Scope.open()) {
      Tensor images = Ops.doubles(values, N, 1, 28, 28).to(ScalarType.Float);
      Tensor labels =
          Ops.withoutGradient(() -> model.logits(images)).argmax(new LongOptional(1), false);
      Samples samples = Samples.of(images, labels);
      Engine strict = new Engine(16).withStrict();
      for (RowAttack attack :
          new RowAttack[] {
            Pgd.of(new Ball(Norm.LINF, 0.02), 6, 1), Fab.of(Norm.L2).withIterations(3)
          }) {
        AttackResult whole = strict.run(attack, model, samples, goal);
        assertThat(whole.fooled()).as("%s", attack).isPositive();
        same(whole, strict.run(attack, model, Points.shuffled(samples), goal));
        int[] some = IntStream.range(0, N).filter(i -> i % 3 != 1).toArray();
        same(whole, strict.run(attack, model, samples.select(some), goal));
        same(whole, strict.run(attack, model, samples.select(17), goal));
      }
    }
  }

  private static void same(AttackResult whole, AttackResult other) {
    for (int r = 0; r < other.outcomes().size(); r++) {
      Outcome outcome = other.outcomes().get(r);
      int i = (int) outcome.id();
      assertThat(outcome).isEqualTo(whole.outcomes().get(i));
      assertThat(other.adversarial().select(0, r).equal(whole.adversarial().select(0, i)))
          .as("sample %d", i)
          .isTrue();
    }
  }

  @Test
  void aModelWhoseRowsDependOnEachOtherIsRefused() {
    LinearModel linear = LinearModel.random(3, 16, 1, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(linear, Points.uniform(20, 16, 3));
      Classifier centred =
          Points.wrapped(
              linear, x -> x.sub(x.mean(new long[] {0}, true, Ops.sameType())), z -> z.clone());
      Pgd attack = Pgd.fast(new Ball(Norm.LINF, 0.1));
      Engine strict = new Engine(8).withStrict();
      assertThatThrownBy(() -> strict.run(attack, centred, samples, goal))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("strict mode needs a model that answers on each image by itself");
      assertThat(strict.run(attack, linear, samples, goal).tried()).isEqualTo(20);
    }
    assertThatThrownBy(() -> new Engine(1).withStrict()).hasMessageContaining("rows must be >= 2");
  }
}
