package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.LeastLikely;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeepFoolTest {
  private static final Box WIDE = new Box(-100, 100);
  private static final int N = 80;
  private final double[][] points = Points.uniform(N, 16, 3);
  private final LinearModel model = LinearModel.random(6, 16, 2, WIDE);

  abstract static class Contract extends AttackContract {
    @Override
    public Attack attack(long seed, double budget) {
      return DeepFool.of(norm());
    }

    @Override
    public double radius() {
      return Double.POSITIVE_INFINITY;
    }

    @Override
    public double slack() {
      return 0.02 + 1e-9;
    }

    @Override
    public boolean random() {
      return false;
    }

    /** One step is enough. */
    @Override
    public boolean stepsMatter() {
      return false;
    }
  }

  @Nested
  class InL2 extends Contract {
    @Override
    public Norm norm() {
      return Norm.L2;
    }
  }

  @Nested
  class InLinf extends Contract {
    @Override
    public Norm norm() {
      return Norm.LINF;
    }
  }

  /** One step, 1.02 of the exact distance, one backward pass for each other class. */
  @ParameterizedTest
  @ValueSource(ints = {1, 8, 64})
  void aLinearModelTakesOneStep(int batch) {
    try (Scope scope = Scope.open()) {
      for (Norm norm : new Norm[] {Norm.L2, Norm.LINF}) {
        AttackResult result =
            new Engine(batch)
                .run(DeepFool.of(norm), model, Points.samples(model, points), new Misclassify());
        for (int i = 0; i < N; i++) {
          Outcome outcome = result.outcomes().get(i);
          double least =
              model.distance(points[i], model.predicted(points[i]), norm == Norm.L2 ? 2 : 1);
          assertThat(outcome.verdict()).isEqualTo(Verdict.FOOLED);
          assertThat(outcome.steps()).isEqualTo(1);
          assertThat(outcome.backwards()).isEqualTo(5);
          assertThat(outcome.distance()).isCloseTo(1.02 * least, Offset.offset(1e-10));
        }
      }
    }
  }

  /** A box that is in the way costs neither success nor many steps. */
  @Test
  void theBoxIsKept() {
    try (Scope scope = Scope.open()) {
      LinearModel narrow = LinearModel.random(6, 16, 2, Box.UNIT);
      double[][] edge = Points.uniform(N, 16, 4);
      for (double[] point : edge) {
        for (int k = 0; k < 16; k++) {
          point[k] = Math.rint(point[k] * 1.4 - 0.2);
          point[k] = Math.min(1, Math.max(0, point[k]));
        }
      }
      AttackResult result =
          DeepFool.of(Norm.L2).perturb(narrow, Points.samples(narrow, edge), new Misclassify());
      assertThat(result.fooled()).isEqualTo(N);
      assertThat(result.total(Outcome::steps)).isBetween((long) N, 2L * N);
    }
  }

  @Test
  void aTargetIsReached() {
    try (Scope scope = Scope.open()) {
      AttackResult result =
          DeepFool.of(Norm.L2).perturb(model, Points.samples(model, points), new LeastLikely());
      assertThat(result.fooled()).isEqualTo(N);
      for (int i = 0; i < N; i++) {
        int last = 0;
        for (int k = 1; k < 6; k++) {
          last = model.logit(k, points[i]) < model.logit(last, points[i]) ? k : last;
        }
        assertThat(model.predicted(Points.image(result, i))).isEqualTo(last);
      }
    }
  }

  /** A clean image exactly between two classes is no success yet, and no dead end. */
  @Test
  void aTieIsNoDeadEnd() {
    try (Scope scope = Scope.open()) {
      LinearModel tie =
          new LinearModel(new double[][] {{1, 0}, {0, 1}}, new double[] {0, 0}, Box.UNIT);
      AttackResult result =
          DeepFool.of(Norm.L2)
              .perturb(tie, Points.samples(tie, new double[] {0.5, 0.5}), new Misclassify());
      assertThat(result.fooled()).isEqualTo(1);
      assertThat(result.outcomes().getFirst().distance()).isBetween(1e-9, 1e-4);
    }
  }

  /** Twice the logits: the same boundaries, the same bits. */
  @Test
  void theScaleOfTheLogitsDoesNotMatter() {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.floats(Points.samples(model, points));
      AttackResult one = DeepFool.of(Norm.L2).perturb(model, samples, new Misclassify());
      AttackResult two =
          DeepFool.of(Norm.L2)
              .perturb(
                  Points.wrapped(model, x -> x.clone(), z -> z.mul(Ops.scalar(2))),
                  samples,
                  new Misclassify());
      assertThat(two.adversarial().equal(one.adversarial())).isTrue();
    }
  }

  @Test
  void everyOptionMatters() {
    try (Scope scope = Scope.open()) {
      LinearModel narrow = LinearModel.random(6, 16, 2, Box.UNIT);
      Samples samples = Points.samples(narrow, points);
      Misclassify goal = new Misclassify();
      DeepFool plain = new DeepFool(Norm.L2, 5, 0.02, 50);
      double[] found = Ops.toDoubles(plain.perturb(narrow, samples, goal).adversarial());
      for (DeepFool other :
          new DeepFool[] {
            new DeepFool(Norm.LINF, 5, 0.02, 50),
            new DeepFool(Norm.L2, 1, 0.02, 50),
            new DeepFool(Norm.L2, 5, 0.2, 50),
            new DeepFool(Norm.L2, 5, 0.02, 1)
          }) {
        double[] otherwise = Ops.toDoubles(other.perturb(narrow, samples, goal).adversarial());
        assertThat(Arrays.equals(otherwise, found)).as("%s", other).isFalse();
      }
    }
    assertThatThrownBy(() -> DeepFool.of(Norm.L1)).hasMessage("norm must be l2 or linf, got l1");
    assertThatThrownBy(() -> new DeepFool(Norm.L2, 0, 0, 1)).hasMessageContaining("classes");
    assertThatThrownBy(() -> new DeepFool(Norm.L2, 1, Double.NaN, 1))
        .hasMessageContaining("overshoot");
    assertThatThrownBy(() -> new DeepFool(Norm.L2, 1, 0, 0)).hasMessageContaining("steps");
  }
}
