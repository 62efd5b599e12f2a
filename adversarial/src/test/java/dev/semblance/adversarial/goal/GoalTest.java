package dev.semblance.adversarial.goal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class GoalTest {
  private static final int CLASSES = 6;
  private static final int ROWS = 300;
  private static final long[] LABELS = new long[ROWS];
  private static final double[][] CLEAN = new double[ROWS][CLASSES];
  private static final double[][] LATER = new double[ROWS][CLASSES];

  static {
    Rng rng = Rng.of(5, Rng.Purpose.OTHER);
    for (int i = 0; i < ROWS; i++) {
      LABELS[i] = i % 5; // class 5 is nobody's: it can be everybody's target
      for (int k = 0; k < CLASSES; k++) {
        CLEAN[i][k] = rng.gaussian();
        LATER[i][k] = 4 * rng.gaussian();
      }
      CLEAN[i][(int) LABELS[i]] += 5;
    }
  }

  /** Whether the row's goal is reached, by looking at probabilities and ranks only. */
  private interface Reached {
    boolean at(int row, double[] logits);
  }

  @Test
  void misclassifyIsAnyOtherAnswer() {
    agree(new Misclassify(), (i, z) -> answer(z) != LABELS[i]);
  }

  @Test
  void targetClassIsThatAnswer() {
    agree(new TargetClass(5), (i, z) -> answer(z) == 5);
  }

  @Test
  void leastLikelyIsFixedOnTheCleanImage() {
    agree(new LeastLikely(), (i, z) -> answer(z) == least(CLEAN[i], LABELS[i]));
  }

  @Test
  void leastLikelyIsNeverTheTrueClass() {
    try (Scope scope = Scope.open()) {
      Tensor logits = Ops.doubles(new double[] {-3, 1, -2}, 1, 3);
      Aim aim = new LeastLikely().resolve(logits, Ops.longs(new long[] {0}, 1));
      assertThat(Ops.toLongs(aim.classes())).containsExactly(2);
    }
  }

  @Test
  void outOfTopCountsTheLikelierClasses() {
    for (int k = 1; k < CLASSES; k++) {
      int most = k;
      agree(new OutOfTop(k), (i, z) -> likelier(z, (int) LABELS[i]) >= most);
    }
  }

  @Test
  void confidentAsksForTheProbabilityOfTheAnswer() {
    for (double probability : new double[] {0.2, 0.5, 0.7, 0.9}) {
      agree(
          new Confident(new Misclassify(), probability),
          (i, z) -> answer(z) != LABELS[i] && softmax(z)[answer(z)] > probability);
      agree(
          new Confident(new TargetClass(5), probability),
          (i, z) -> answer(z) == 5 && softmax(z)[5] > probability);
      agree(
          new Confident(new LeastLikely(), probability),
          (i, z) -> answer(z) == least(CLEAN[i], LABELS[i]) && softmax(z)[answer(z)] > probability);
    }
  }

  @Test
  void combinationsAreLogic() {
    agree(
        AllOf.of(new Misclassify(), new Not(new TargetClass(3)), new OutOfTop(2)),
        (i, z) -> answer(z) != LABELS[i] && answer(z) != 3 && likelier(z, (int) LABELS[i]) >= 2);
    agree(
        AnyOf.of(new TargetClass(5), new Confident(new LeastLikely(), 0.6)),
        (i, z) ->
            answer(z) == 5
                || (answer(z) == least(CLEAN[i], LABELS[i]) && softmax(z)[answer(z)] > 0.6));
    agree(
        new Not(AnyOf.of(new LeastLikely(), new OutOfTop(3))),
        (i, z) -> answer(z) != least(CLEAN[i], LABELS[i]) && likelier(z, (int) LABELS[i]) < 3);
    agree(
        AnyOf.of(AllOf.of(new TargetClass(5), new OutOfTop(3)), new Not(new Misclassify())),
        (i, z) -> (answer(z) == 5 && likelier(z, (int) LABELS[i]) >= 3) || answer(z) == LABELS[i]);
  }

  @Test
  void rowsOfAnAimAreThoseRows() {
    try (Scope scope = Scope.open()) {
      Goal goal =
          AllOf.of(new LeastLikely(), new OutOfTop(2), new Confident(new Misclassify(), 0.4));
      Aim all = goal.resolve(tensor(CLEAN), labels());
      long[] picked = {7, 0, 299, 40};
      Tensor index = Ops.longs(picked, picked.length);
      double[] some = Ops.toDoubles(all.rows(index).margin(tensor(LATER).index_select(0, index)));
      double[] each = Ops.toDoubles(all.margin(tensor(LATER)));
      for (int r = 0; r < picked.length; r++) {
        assertThat(some[r]).isEqualTo(each[(int) picked[r]]);
      }
      Aim again = all.withColumns(all.columns());
      assertThat(Ops.toDoubles(again.margin(tensor(LATER)))).isEqualTo(each);
    }
  }

  @Test
  void aConstantAddedToAllLogitsChangesNothing() {
    try (Scope scope = Scope.open()) {
      for (Goal goal : all()) {
        Aim aim = goal.resolve(tensor(CLEAN), labels());
        double[] before = Ops.toDoubles(aim.margin(tensor(LATER)));
        double[] after = Ops.toDoubles(aim.margin(tensor(LATER).add(Ops.scalar(-100))));
        for (int i = 0; i < ROWS; i++) {
          assertThat(after[i]).as("%s", goal).isCloseTo(before[i], within(1e-10));
        }
      }
    }
  }

  @Test
  void marginsAreDifferentiable() {
    try (Scope scope = Scope.open()) {
      double step = 1e-6;
      for (Goal goal : all()) {
        Aim aim = goal.resolve(tensor(CLEAN), labels());
        Tensor point = tensor(LATER).requires_grad_(true);
        Tensor gradient =
            torch.grad(new TensorVector(aim.margin(point).sum()), new TensorVector(point)).get(0);
        double[] analytic = Ops.toDoubles(gradient);
        for (int k = 0; k < CLASSES; k++) {
          double[] up = Ops.toDoubles(aim.margin(tensor(shifted(k, step))));
          double[] down = Ops.toDoubles(aim.margin(tensor(shifted(k, -step))));
          for (int i = 0; i < ROWS; i++) {
            assertThat(analytic[i * CLASSES + k])
                .as("%s, row %d, class %d", goal, i, k)
                .isCloseTo((up[i] - down[i]) / (2 * step), within(1e-6));
          }
        }
      }
    }
  }

  @Test
  void certaintyDoesNotSaturateInFloat32() {
    try (Scope scope = Scope.open()) {
      // 1 - p is 0 in float32 from a lead of 17 on; the log odds still tell 40 from 41.
      Tensor logits = Ops.floats(new float[] {0, 40, 0, 41}, 2, 2);
      Aim aim =
          new Confident(new Misclassify(), 0.9).resolve(logits, Ops.longs(new long[] {0, 0}, 2));
      double[] margin = Ops.toDoubles(aim.margin(logits));
      assertThat(margin[0] - margin[1]).isCloseTo(1, within(1e-4));
    }
  }

  @Test
  void aTieReachesNeitherAGoalNorItsOpposite() {
    try (Scope scope = Scope.open()) {
      Tensor tie = Ops.doubles(new double[] {2, 2, 0}, 1, 3);
      Tensor label = Ops.longs(new long[] {0}, 1);
      for (Goal goal : List.of(new Misclassify(), new TargetClass(1), new OutOfTop(1))) {
        assertThat(Ops.toBooleans(goal.resolve(tie, label).reached(tie))[0]).isFalse();
        assertThat(Ops.toBooleans(new Not(goal).resolve(tie, label).reached(tie))[0]).isFalse();
      }
    }
  }

  @Test
  void onlyAnswersArePlain() {
    try (Scope scope = Scope.open()) {
      for (Goal goal : all()) {
        Aim aim = goal.resolve(tensor(CLEAN), labels());
        assertThat(aim.plain()).as("%s", goal).isEqualTo(goal instanceof ClassGoal);
      }
      Aim target = new TargetClass(5).resolve(tensor(CLEAN), labels());
      assertThat(target.towards()).isTrue();
      Aim away = new Not(new TargetClass(5)).resolve(tensor(CLEAN), labels());
      assertThat(away.towards()).isFalse();
      assertThat(Ops.toLongs(away.classes())).containsOnly(5);
    }
  }

  @Test
  void aTargetDoesNotFitItsOwnSamples() {
    Goal target = new TargetClass(2);
    assertThat(target.fits(2)).isFalse();
    assertThat(target.fits(1)).isTrue();
    assertThat(new Confident(new TargetClass(2), 0.9).fits(2)).isFalse();
    assertThat(AllOf.of(new Misclassify(), target).fits(2)).isFalse();
    assertThat(AnyOf.of(new Misclassify(), target).fits(2)).isFalse();
    assertThat(new Not(target).fits(2)).isTrue();
    assertThat(new Not(new Confident(new TargetClass(2), 0.9)).fits(2)).isFalse();
    assertThat(new Misclassify().fits(2)).isTrue();
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> target.resolve(tensor(CLEAN), labels()))
          .hasMessageContaining("target must differ from the true class, got 2 for sample row 2");
      assertThat(new Not(target).resolve(tensor(CLEAN), labels()).columns()).hasSize(1);
    }
  }

  @Test
  void nonsenseIsRefusedByName() {
    assertThatThrownBy(() -> new OutOfTop(0)).hasMessageContaining("k must be >= 1, got 0");
    assertThatThrownBy(() -> new TargetClass(-1)).hasMessageContaining("target must be >= 0");
    for (double bad : new double[] {0, 1, -1, Double.NaN}) {
      assertThatThrownBy(() -> new Confident(new Misclassify(), bad))
          .hasMessageContaining("probability must be in (0, 1), got " + bad);
    }
    assertThatThrownBy(AllOf::of).hasMessageContaining("at least one");
    assertThatThrownBy(AnyOf::of).hasMessageContaining("at least one");
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(() -> new OutOfTop(6).resolve(tensor(CLEAN), labels()))
          .hasMessageContaining("k must be below the number of classes, 6, got 6");
      assertThatThrownBy(() -> new TargetClass(6).resolve(tensor(CLEAN), labels()))
          .hasMessageContaining("target must be below the number of classes, 6, got 6");
    }
  }

  private static List<Goal> all() {
    return List.of(
        new Misclassify(),
        new TargetClass(5),
        new LeastLikely(),
        new OutOfTop(2),
        new Confident(new Misclassify(), 0.8),
        new Confident(new TargetClass(5), 0.3),
        AllOf.of(new Misclassify(), new Not(new TargetClass(3)), new OutOfTop(2)),
        AnyOf.of(new LeastLikely(), new OutOfTop(4)));
  }

  private static void agree(Goal goal, Reached reached) {
    try (Scope scope = Scope.open()) {
      Aim aim = goal.resolve(tensor(CLEAN), labels());
      boolean[] got = Ops.toBooleans(aim.reached(tensor(LATER)));
      boolean[] expected = new boolean[ROWS];
      List<Boolean> seen = new ArrayList<>();
      for (int i = 0; i < ROWS; i++) {
        expected[i] = reached.at(i, LATER[i]);
        seen.add(expected[i]);
      }
      assertThat(seen).as("%s: both answers must occur", goal).contains(true, false);
      assertThat(got).as("%s", goal).isEqualTo(expected);
    }
  }

  private static int answer(double[] logits) {
    int best = 0;
    for (int k = 1; k < logits.length; k++) {
      best = logits[k] > logits[best] ? k : best;
    }
    return best;
  }

  private static int likelier(double[] logits, int label) {
    return (int) Arrays.stream(logits).filter(z -> z > logits[label]).count();
  }

  private static int least(double[] logits, long label) {
    int worst = label == 0 ? 1 : 0;
    for (int k = 0; k < logits.length; k++) {
      worst = k != label && logits[k] < logits[worst] ? k : worst;
    }
    return worst;
  }

  private static double[] softmax(double[] logits) {
    double sum = Arrays.stream(logits).map(Math::exp).sum();
    return Arrays.stream(logits).map(z -> Math.exp(z) / sum).toArray();
  }

  private static double[][] shifted(int column, double by) {
    double[][] moved = Arrays.stream(LATER).map(double[]::clone).toArray(double[][]::new);
    for (double[] row : moved) {
      row[column] += by;
    }
    return moved;
  }

  private static Tensor tensor(double[][] rows) {
    return Ops.doubles(
        Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray(), rows.length, rows[0].length);
  }

  private static Tensor labels() {
    return Ops.longs(LABELS, LABELS.length);
  }
}
