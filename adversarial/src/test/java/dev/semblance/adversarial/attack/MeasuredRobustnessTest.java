package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.data.DataHome;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.Pretrained;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/**
 * The trained LeNet on the first 50 test images of each class, by file name: survivors that the
 * same binding gave in a plain loop, as the project's notes have them.
 */
@NeedsData
class MeasuredRobustnessTest {
  @Test
  void leNetUnderOneAndTwentySteps() throws IOException {
    try (Model model =
            Pretrained.open(
                DataHome.current().require("cifar10-models").resolve("lenet.safetensors"));
        ImageSet set = DataSets.open("cifar10", Split.TEST, DataOptions.defaults());
        NetClassifier classifier = NetClassifier.of(model);
        Scope scope = Scope.open()) {
      Samples samples = firstOfEachClass(set, 50);
      int[] levels = {1, 2, 4, 8};
      int[] fast = {199, 104, 31, 6};
      int[] many = {147, 41, 1, 0};
      for (int l = 0; l < levels.length; l++) {
        Ball ball = new Ball(Norm.LINF, levels[l] / 255.0);
        AttackResult one = Pgd.fast(ball).perturb(classifier, samples, new Misclassify());
        assertThat(one.correct()).isEqualTo(372);
        assertThat(one.robust()).as("one step, %d/255", levels[l]).isEqualTo(fast[l]);
        AttackResult twenty =
            new Pgd(ball, ball.radius() / 4, 20, true, 1)
                .perturb(classifier, samples, new Misclassify());
        // Another random start: within a few of the 500.
        assertThat(twenty.robust()).isBetween(Math.max(0L, many[l] - 4L), many[l] + 4L);
        AttackResult halved =
            Pgd.halving(ball, 20, 1).perturb(classifier, samples, new Misclassify());
        assertThat(halved.robust()).isLessThanOrEqualTo(many[l]);
        assertThat(halved.total(Outcome::backwards)).isLessThan(twenty.total(Outcome::backwards));
        assertThat(twenty.outcomes())
            .noneMatch(outcome -> outcome.verdict() == Outcome.Verdict.UNCONFIRMED);
      }
    }
  }

  private static Samples firstOfEachClass(ImageSet set, int each) {
    long[] rows =
        IntStream.range(0, set.classNames().size())
            .boxed()
            .flatMap(
                label ->
                    IntStream.range(0, set.size())
                        .filter(i -> set.label(i) == label)
                        .boxed()
                        .sorted(Comparator.comparing(set::id))
                        .limit(each))
            .mapToLong(Integer::longValue)
            .toArray();
    long[] labels = new long[rows.length];
    for (int r = 0; r < rows.length; r++) {
      labels[r] = set.label((int) rows[r]);
    }
    return new Samples(
        set.images(rows).to(ScalarType.Float).div(Ops.scalar(255)),
        Ops.longs(labels, rows.length),
        rows);
  }
}
