package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.LeastLikely;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The attacks that look for the nearest image, against exact distances and each other. */
class MinimumNormTest {
  private static final int N = 25;
  private final double[][] points = Points.uniform(N, 16, 3);
  private final LinearModel model = LinearModel.random(4, 16, 2, Box.UNIT);
  private final Misclassify goal = new Misclassify();

  abstract static class Contract extends AttackContract {
    @Override
    public double radius() {
      return Double.POSITIVE_INFINITY;
    }

    @Override
    public boolean random() {
      return false;
    }

    @Override
    public double slack() {
      return 0.01;
    }

    static int part(int steps, double budget) {
      return (int) Math.max(1, Math.round(steps * budget));
    }
  }

  /** The gradient of one loss points to one class, which need not be the nearest of several. */
  abstract static class TwoClasses extends Contract {
    @Override
    public int classes() {
      return 2;
    }
  }

  @Nested
  class FabInL2 extends Contract {
    @Override
    public Attack attack(long seed, double budget) {
      return Fab.of(norm()).withIterations(part(25, budget));
    }

    @Override
    public Norm norm() {
      return Norm.L2;
    }
  }

  @Nested
  class DdnContract extends TwoClasses {
    @Override
    public Attack attack(long seed, double budget) {
      return new Ddn(part(200, budget), 0.05, 0.3);
    }

    @Override
    public Norm norm() {
      return Norm.L2;
    }
  }

  @Nested
  class FmnInL2 extends TwoClasses {
    @Override
    public Attack attack(long seed, double budget) {
      return Fmn.of(norm()).withSteps(part(150, budget));
    }

    @Override
    public Norm norm() {
      return Norm.L2;
    }
  }

  @Nested
  class CarliniWagnerContract extends TwoClasses {
    @Override
    public Attack attack(long seed, double budget) {
      return new CarliniWagner(part(4, budget), part(100, Math.sqrt(budget)), 0.004, 1, 0);
    }

    @Override
    public Norm norm() {
      return Norm.L2;
    }

    /** What is optimised is a share of the box. */
    @Override
    public Box wide() {
      return new Box(-2, 3);
    }
  }

  /** In the other norms, what depends on the norm. */
  @Test
  void otherNormsAreAsExact() {
    for (Norm norm : new Norm[] {Norm.LINF, Norm.L1}) {
      Contract fab =
          new FabInL2() {
            @Override
            public Norm norm() {
              return norm;
            }
          };
      Contract fmn =
          new FmnInL2() {
            @Override
            public Norm norm() {
              return norm;
            }
          };
      for (Contract contract : new Contract[] {fab, fmn}) {
        AttackChecks.reaches(contract, 8);
        AttackChecks.keepsItsWord(contract);
      }
    }
  }

  /** In L0 the exact count: the fewest pixels whose gains, each at its best, beat the margin. */
  @Test
  void fmnFindsTheFewestPixels() {
    try (Scope scope = Scope.open()) {
      LinearModel two = LinearModel.random(2, 16, 2, Box.UNIT);
      AttackResult result =
          Fmn.of(Norm.L0).withSteps(100).perturb(two, Points.samples(two, points), goal);
      int exact = 0;
      for (int i = 0; i < N; i++) {
        Outcome outcome = result.outcomes().get(i);
        int least = fewest(two, points[i]);
        assertThat(outcome.verdict()).isEqualTo(Verdict.FOOLED);
        assertThat(outcome.distance()).isBetween((double) least, least + 1.0);
        exact += outcome.distance() == least ? 1 : 0;
      }
      assertThat(exact).isGreaterThan(N * 9 / 10);
    }
  }

  private static int fewest(LinearModel model, double[] x) {
    int y = model.predicted(x);
    int least = 16;
    for (int k = 0; k < model.classes(); k++) {
      if (k != y) {
        double[] gains = new double[16];
        for (int i = 0; i < 16; i++) {
          double v = model.weights[k][i] - model.weights[y][i];
          gains[i] = v > 0 ? v * (1 - x[i]) : -v * x[i];
        }
        Arrays.sort(gains);
        double margin = model.logit(y, x) - model.logit(k, x);
        int count = 0;
        while (margin >= 0 && count < 16) {
          margin -= gains[15 - count++];
        }
        least = Math.min(least, count);
      }
    }
    return least;
  }

  /** With a radius Fab leaves at the first image within, and gives what lies beyond no credit. */
  @Test
  void fabIsSatisfiedWithARadius() {
    double radius = 0.06;
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      AttackResult within =
          Fab.of(new Ball(Norm.LINF, radius)).withIterations(20).perturb(model, samples, goal);
      AttackResult nearest = Fab.of(Norm.LINF).withIterations(20).perturb(model, samples, goal);
      AttackResult targeted =
          Fab.targeted(new Ball(Norm.LINF, radius)).perturb(model, samples, goal);
      assertThat(within.robust()).isEqualTo(nearest.robustAt(radius)).isBetween(3L, N - 3L);
      assertThat(targeted.robust()).isEqualTo(within.robust());
      for (int i = 0; i < N; i++) {
        Outcome outcome = within.outcomes().get(i);
        if (outcome.verdict() == Verdict.FOOLED) {
          assertThat(outcome.distance()).isLessThanOrEqualTo(radius);
          assertThat(outcome.backwards()).isLessThan(nearest.outcomes().get(i).backwards());
        }
      }
    }
  }

  @Test
  void aCurveIsReadOffTheDistances() {
    try (Scope scope = Scope.open()) {
      LinearModel wide = LinearModel.random(4, 16, 2, new Box(-100, 100));
      AttackResult result = Fab.of(Norm.LINF).perturb(wide, Points.samples(wide, points), goal);
      assertThat(result.robustAt(0)).isEqualTo(result.fooled() + result.robust());
      long before = N;
      for (double radius = 0; radius < 0.3; radius += 0.01) {
        long now = 0;
        for (double[] point : points) {
          now += model.distance(point, model.predicted(point), 1) * 1.005 > radius ? 1 : 0;
        }
        long read = result.robustAt(radius);
        assertThat(read).isLessThanOrEqualTo(before).isBetween(now - 1, now + 1);
        before = read;
      }
      assertThatThrownBy(() -> result.robustAt(Double.NaN)).hasMessageContaining("radius");
    }
  }

  /** Constant offsets that make all logits negative change no decision. */
  @Test
  void theOffsetOfTheLogitsDoesNotMatter() {
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points);
      for (RowAttack attack :
          List.of(
              new CarliniWagner(2, 40, 0.01, 1, 0),
              Fab.of(Norm.L2).withIterations(10),
              Fmn.of(Norm.L2).withSteps(30))) {
        AttackResult plain = attack.perturb(model, samples, goal);
        AttackResult lower =
            attack.perturb(
                Points.wrapped(model, x -> x.clone(), z -> z.sub(Ops.scalar(100))), samples, goal);
        for (int i = 0; i < N; i++) {
          assertThat(lower.outcomes().get(i).verdict())
              .isEqualTo(plain.outcomes().get(i).verdict());
          assertThat(lower.outcomes().get(i).distance())
              .isCloseTo(
                  plain.outcomes().get(i).distance(),
                  org.assertj.core.data.Percentage.withPercentage(0.1));
        }
      }
    }
  }

  @Test
  void targetsAreReached() {
    try (Scope scope = Scope.open()) {
      for (RowAttack attack :
          List.of(
              new CarliniWagner(4, 80, 0.02, 1, 0),
              Fab.of(Norm.L2).withIterations(30),
              Fmn.of(Norm.L2).withSteps(60),
              new Ddn(60, 0.05, 1))) {
        AttackResult result =
            attack.perturb(model, Points.samples(model, points), new LeastLikely());
        assertThat(result.fooled()).as("%s", attack).isGreaterThan(N * 9 / 10);
      }
    }
  }

  @Test
  void everyOptionMatters() {
    List<RowAttack[]> families =
        List.of(
            new RowAttack[] {
              new Fab(Norm.L2, 1, 5, 1.05, 0.1, 0.9, 1, 3),
              new Fab(Norm.L1, 1, 5, 1.05, 0.1, 0.9, 1, 3),
              new Fab(Norm.L2, Double.POSITIVE_INFINITY, 5, 1.05, 0.1, 0.9, 1, 3),
              new Fab(Norm.L2, Double.POSITIVE_INFINITY, 1, 1.05, 0.1, 0.9, 1, 3),
              new Fab(Norm.L2, Double.POSITIVE_INFINITY, 5, 1.2, 0.1, 0.9, 1, 3),
              new Fab(Norm.L2, Double.POSITIVE_INFINITY, 5, 1.05, 0.01, 0.9, 1, 3),
              new Fab(Norm.L2, Double.POSITIVE_INFINITY, 5, 1.05, 0.1, 0.5, 1, 3),
              new Fab(Norm.L2, Double.POSITIVE_INFINITY, 5, 1.05, 0.1, 0.9, 2, 3),
              new Fab(Norm.L2, Double.POSITIVE_INFINITY, 5, 1.05, 0.1, 0.9, 1, 1)
            },
            new RowAttack[] {
              new Fmn(Norm.L2, 20, 1, 0.05),
              new Fmn(Norm.LINF, 20, 1, 0.05),
              new Fmn(Norm.L2, 10, 1, 0.05),
              new Fmn(Norm.L2, 20, 0.5, 0.05),
              new Fmn(Norm.L2, 20, 1, 0.1)
            },
            new RowAttack[] {
              new Ddn(20, 0.05, 1), new Ddn(10, 0.05, 1), new Ddn(20, 0.1, 1), new Ddn(20, 0.05, 2)
            },
            new RowAttack[] {
              new CarliniWagner(4, 30, 0.02, 0.1, 0),
              new CarliniWagner(2, 30, 0.02, 0.1, 0),
              new CarliniWagner(4, 60, 0.02, 0.1, 0),
              new CarliniWagner(4, 30, 0.05, 0.1, 0),
              new CarliniWagner(4, 30, 0.02, 1, 0),
              new CarliniWagner(4, 30, 0.02, 0.1, 0.5)
            });
    LinearModel six = LinearModel.random(6, 16, 2, Box.UNIT);
    for (RowAttack[] family : families) {
      List<Double> sums = new ArrayList<>();
      for (RowAttack attack : family) {
        try (Scope scope = Scope.open()) {
          double[] seen = {0};
          attack.perturb(
              Points.wrapped(
                  six,
                  x -> {
                    seen[0] += x.detach().square().sum().item_double();
                    return x.clone();
                  },
                  z -> z.clone()),
              Points.samples(six, Points.uniform(60, 16, 3)),
              goal);
          sums.add(seen[0]);
        }
      }
      assertThat(sums).as("%s", family[0]).doesNotHaveDuplicates();
    }
  }

  @Test
  void badInputIsNamed() {
    assertThatThrownBy(() -> Fab.of(Norm.L0)).hasMessage("norm must be linf, l2 or l1, got l0");
    assertThatThrownBy(() -> Fab.of(Norm.L2).withRadius(Double.NaN)).hasMessageContaining("radius");
    assertThatThrownBy(() -> Fab.of(Norm.L2).withRanks(2, 1)).hasMessageContaining("lastRank");
    assertThatThrownBy(() -> new Fab(Norm.L2, 1, 1, 0.5, 0, 0, 1, 1))
        .hasMessageContaining("overshoot");
    assertThatThrownBy(() -> new Fmn(Norm.L2, 1, 0, 0.1)).hasMessageContaining("stepSize");
    assertThatThrownBy(() -> new Fmn(Norm.L2, 1, 1, Double.NaN)).hasMessageContaining("shrink");
    assertThatThrownBy(() -> new Ddn(0, 0.1, 1)).hasMessageContaining("steps");
    assertThatThrownBy(() -> new Ddn(1, 0.1, Double.NaN)).hasMessageContaining("firstNorm");
    assertThatThrownBy(() -> new CarliniWagner(1, 1, 1, 1, -1)).hasMessageContaining("confidence");
    assertThatThrownBy(() -> new CarliniWagner(1, 1, Double.NaN, 1, 0))
        .hasMessageContaining("rate");
    try (Scope scope = Scope.open()) {
      assertThatThrownBy(
              () ->
                  Fab.of(Norm.L2)
                      .withRanks(4, 4)
                      .perturb(model, Points.samples(model, points), goal))
          .hasMessageContaining("firstRank must be below the number of classes, 4, got 4");
    }
  }
}
