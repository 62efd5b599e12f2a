package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.adversarial.goal.LeastLikely;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.adversarial.goal.TargetClass;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PgdTest {
  private static final int WIDTH = 16;
  private static final int N = 200;
  private static final Box WIDE = new Box(-100, 100);

  private final double[][] points = new double[N][WIDTH];

  PgdTest() {
    Rng rng = Rng.of(3, Rng.Purpose.OTHER);
    for (double[] point : points) {
      for (int i = 0; i < WIDTH; i++) {
        point[i] = rng.nextDouble();
      }
    }
  }

  private Samples samples(LinearModel model) {
    double[] flat = new double[N * WIDTH];
    long[] labels = new long[N];
    for (int i = 0; i < N; i++) {
      System.arraycopy(points[i], 0, flat, i * WIDTH, WIDTH);
      labels[i] = model.predicted(points[i]);
    }
    return Samples.of(Ops.doubles(flat, N, 1, 1, WIDTH), Ops.longs(labels, N));
  }

  /** With two classes the fast gradient step is optimal: fooled exactly where m < eps |v|_1. */
  @ParameterizedTest
  @ValueSource(ints = {1, 8, 64})
  void theFastStepFoolsExactlyWhatItCan(int batch) {
    LinearModel model = LinearModel.random(2, WIDTH, 1, WIDE);
    double radius = 0.07;
    try (Scope scope = Scope.open()) {
      Samples samples = samples(model);
      AttackResult result =
          new Engine(batch)
              .run(Pgd.fast(new Ball(Norm.LINF, radius)), model, samples, new Misclassify());
      int possible = 0;
      for (int i = 0; i < N; i++) {
        double least = model.distance(points[i], model.predicted(points[i]), 1);
        possible += least < radius ? 1 : 0;
        assertThat(result.outcomes().get(i).verdict())
            .as("sample %d at distance %s", i, least)
            .isEqualTo(
                least < radius * (1 - 1e-6) ? Outcome.Verdict.FOOLED : Outcome.Verdict.WITHSTOOD);
      }
      assertThat(possible).isBetween(20, 180);
    }
  }

  /** In L2 with two classes the gradient never turns: PGD reaches the edge of the ball. */
  @Test
  void l2StepsReachTheEdge() {
    LinearModel model = LinearModel.random(2, WIDTH, 1, WIDE);
    double radius = 0.3;
    try (Scope scope = Scope.open()) {
      AttackResult result =
          Pgd.of(new Ball(Norm.L2, radius), 20, 5)
              .perturb(model, samples(model), new Misclassify());
      for (int i = 0; i < N; i++) {
        double least = model.distance(points[i], model.predicted(points[i]), 2);
        if (Math.abs(least - radius) > 1e-4) {
          assertThat(result.outcomes().get(i).verdict() == Outcome.Verdict.FOOLED)
              .as("sample %d at distance %s", i, least)
              .isEqualTo(least < radius);
        }
        if (result.outcomes().get(i).verdict() == Outcome.Verdict.FOOLED) {
          assertThat(result.outcomes().get(i).distance()).isBetween(least, radius);
        }
      }
    }
  }

  /**
   * The halved steps of a batch whose rows are at different ones, against a loop image by image.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64})
  void halvedStepsAreThoseOfAPlainLoop(int batch) {
    LinearModel model = LinearModel.random(4, WIDTH, 2, Box.UNIT);
    Ball ball = new Ball(Norm.LINF, 0.1);
    double[] lengths = {0.03, 0.03, 0.015, 0.015, 0.01, 0.01, 0.01};
    StepSizes sizes = new StepSizes.Halving(0.03, 2, 0.01);
    try (Scope scope = Scope.open()) {
      Samples samples = samples(model);
      AttackResult result =
          new Engine(batch)
              .run(
                  new Pgd(ball, sizes, lengths.length, false, Objective::margin, 0),
                  model,
                  samples,
                  new Misclassify());
      int later = 0;
      for (int i = 0; i < N; i++) {
        Samples one = samples.select(i);
        Tensor point = one.images();
        int taken = 0;
        boolean fooled = false;
        while (true) {
          double[] values = Ops.toDoubles(point);
          fooled = model.predicted(values) != model.predicted(points[i]);
          if (fooled || taken == lengths.length) {
            break;
          }
          Tensor leaf = point.detach().clone().requires_grad_(true);
          Tensor value = new Aim(one.labels(), false).margin(model.logits(leaf)).neg().sum();
          Tensor slope = torch.grad(new TensorVector(value), new TensorVector(leaf)).get(0);
          Tensor moved = point.add(slope.sign().mul(Ops.scalar(lengths[taken])));
          point = ball.project(moved, one.images(), Box.UNIT);
          taken++;
        }
        Outcome outcome = result.outcomes().get(i);
        assertThat(outcome.verdict() == Outcome.Verdict.FOOLED)
            .as("sample %d", i)
            .isEqualTo(fooled);
        assertThat(outcome.steps()).as("sample %d", i).isEqualTo(taken);
        assertThat(result.adversarial().narrow(0, i, 1).equal(fooled ? point : one.images()))
            .as("sample %d", i)
            .isTrue();
        later += fooled && taken > 2 ? 1 : 0;
      }
      assertThat(later).isPositive();
      assertThat(result.fooled()).isBetween(20L, 199L);
    }
  }

  /** One long step that never gets shorter is the fast method, bit for bit. */
  @Test
  void oneHalvedStepIsTheFastMethod() {
    LinearModel model = LinearModel.random(4, WIDTH, 2, Box.UNIT);
    Ball ball = new Ball(Norm.LINF, 0.1);
    Pgd one = Pgd.halving(ball, 1, 3);
    assertThat(found(model, new Pgd(ball, one.sizes(), 1, false, one.objective(), 0)))
        .isEqualTo(found(model, Pgd.fast(ball)));
  }

  /** Towards a class the margin can fall by eps |w_y - w_t|_1 against each other class. */
  @Test
  void aTargetIsReachedByTheMarginAsFarAsTheBallAllows() {
    LinearModel model = LinearModel.random(2, WIDTH, 8, WIDE);
    try (Scope scope = Scope.open()) {
      Samples all = samples(model);
      int[] zero = IntStream.range(0, N).filter(i -> model.predicted(points[i]) == 0).toArray();
      Tensor index = Ops.longs(Arrays.stream(zero).asLongStream().toArray(), zero.length);
      Samples some =
          Samples.of(all.images().index_select(0, index), all.labels().index_select(0, index));
      double radius = 0.06;
      AttackResult result =
          Pgd.of(new Ball(Norm.LINF, radius), 30, 2).perturb(model, some, new TargetClass(1));
      for (int r = 0; r < zero.length; r++) {
        double least = model.distance(points[zero[r]], 0, 1);
        if (Math.abs(least - radius) > 1e-4) {
          assertThat(result.outcomes().get(r).verdict() == Outcome.Verdict.FOOLED)
              .isEqualTo(least < radius);
        }
      }
      assertThatThrownBy(
              () ->
                  Pgd.of(new Ball(Norm.LINF, radius), 30, 2)
                      .perturb(model, all, new TargetClass(1)))
          .hasMessageContaining("target must differ from the true class");
    }
  }

  @Test
  void theLeastLikelyClassIsThatOfTheCleanImage() {
    LinearModel model = LinearModel.random(5, WIDTH, 4, WIDE);
    try (Scope scope = Scope.open()) {
      Samples samples = samples(model);
      AttackResult result =
          Pgd.of(new Ball(Norm.LINF, 2), 60, 2).perturb(model, samples, new LeastLikely());
      double[] found = Ops.toDoubles(result.adversarial());
      assertThat(result.fooled()).isEqualTo(N);
      for (int i = 0; i < N; i++) {
        int last = 0;
        for (int k = 1; k < 5; k++) {
          last = model.logit(k, points[i]) < model.logit(last, points[i]) ? k : last;
        }
        assertThat(model.predicted(Arrays.copyOfRange(found, i * WIDTH, (i + 1) * WIDTH)))
            .isEqualTo(last);
      }
    }
  }

  /** The ledger against the model's own count; rows leave at the first success. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64, 1000})
  void theLedgerIsTheModelsCount(int batch) {
    LinearModel model = LinearModel.random(3, WIDTH, 1, WIDE);
    try (Scope scope = Scope.open()) {
      Pgd attack = new Pgd(new Ball(Norm.LINF, 0.1), 0.01, 25, false, 0);
      AttackResult result = new Engine(batch).run(attack, model, samples(model), new Misclassify());
      assertThat(result.total(Outcome::forwards)).isEqualTo(model.rows);
      for (Outcome outcome : result.outcomes()) {
        assertThat(outcome.backwards()).isEqualTo(outcome.steps());
        // the clean image, which is the first step's as well, the others, and the confirmation
        boolean fooled = outcome.verdict() == Outcome.Verdict.FOOLED;
        assertThat(outcome.forwards()).isEqualTo(1 + outcome.steps() + (fooled ? 2 : 0));
        assertThat(outcome.steps()).isBetween(1, 25);
      }
      assertThat(result.fooled()).isBetween(30L, 199L);
    }
  }

  /** A long first step is looked at by itself; who stands it is passed once more. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64, 1000})
  void theLedgerOfALongFirstStep(int batch) {
    LinearModel model = LinearModel.random(3, WIDTH, 1, WIDE);
    Ball ball = new Ball(Norm.LINF, 0.05);
    try (Scope scope = Scope.open()) {
      AttackResult result =
          new Engine(batch).run(Pgd.halving(ball, 10, 0), model, samples(model), new Misclassify());
      AttackResult fast = Pgd.fast(ball).perturb(model, samples(model), new Misclassify());
      assertThat(result.total(Outcome::forwards) + fast.total(Outcome::forwards))
          .isEqualTo(model.rows);
      int once = 0;
      for (int i = 0; i < N; i++) {
        Outcome outcome = result.outcomes().get(i);
        boolean fooled = outcome.verdict() == Outcome.Verdict.FOOLED;
        boolean first = outcome.steps() == 1;
        assertThat(outcome.backwards()).isEqualTo(outcome.steps());
        assertThat(outcome.forwards())
            .isEqualTo(1 + outcome.steps() + (first ? 0 : 1) + (fooled ? 2 : 0));
        assertThat(fast.outcomes().get(i).verdict() == Outcome.Verdict.FOOLED)
            .isEqualTo(fooled && first);
        once += first ? 1 : 0;
      }
      assertThat(once).isBetween(20, 180);
    }
  }

  @Test
  void batchOrderAndCompanyAreOfNoAccount() {
    LinearModel model = LinearModel.random(4, WIDTH, 2, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Samples samples = samples(model);
      Pgd attack = Pgd.of(new Ball(Norm.LINF, 0.12), 15, 9);
      AttackResult one = new Engine(64).run(attack, model, samples, new Misclassify());
      int[] order = IntStream.range(0, N).map(i -> (i * 37 + 11) % N).toArray();
      long[] ids = Arrays.stream(order).asLongStream().toArray();
      Tensor index = Ops.longs(ids, N);
      Samples shuffled =
          new Samples(
              samples.images().index_select(0, index),
              samples.labels().index_select(0, index),
              ids);
      AttackResult other = new Engine(9).run(attack, model, shuffled, new Misclassify());
      for (int r = 0; r < N; r++) {
        Outcome a = one.outcomes().get(order[r]);
        Outcome b = other.outcomes().get(r);
        assertThat(b.verdict()).isEqualTo(a.verdict());
        assertThat(b.steps()).isEqualTo(a.steps());
      }
      assertThat(one.fooled()).isBetween(20L, 199L);
    }
  }

  /** Everything stored is inside ball and box, in float64, also where float32 would round out. */
  @ParameterizedTest
  @ValueSource(doubles = {8.0 / 255, 0.1, 0.3})
  void storedImagesAreInside(double radius) {
    LinearModel model = LinearModel.random(3, WIDTH, 6, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Samples doubles = samples(model);
      Samples samples = Samples.of(doubles.images().to(ScalarType.Float), doubles.labels());
      AttackResult result =
          Pgd.of(new Ball(Norm.LINF, radius), 10, 4).perturb(model, samples, new Misclassify());
      double[] clean = Ops.toDoubles(samples.images().to(ScalarType.Double));
      double[] found = Ops.toDoubles(result.adversarial().to(ScalarType.Double));
      double most = 0;
      for (int k = 0; k < clean.length; k++) {
        assertThat(found[k]).isBetween(0.0, 1.0);
        most = Math.max(most, Math.abs(found[k] - clean[k]));
      }
      assertThat(most).isBetween(radius / 2, radius);
      assertThat(result.outcomes())
          .noneMatch(outcome -> outcome.verdict() == Outcome.Verdict.UNCONFIRMED);
    }
  }

  @Test
  void oneBadSampleEndsAlone() {
    LinearModel linear = LinearModel.random(3, WIDTH, 6, Box.UNIT);
    Classifier model =
        new Classifier() {
          @Override
          public Tensor logits(Tensor images) {
            Tensor logits = linear.logits(images);
            // NaN where the first pixel has left its place by more than 0.02 below 0.2
            Tensor bad = images.flatten(1, -1).select(1, 0).lt(Ops.scalar(0.1)).unsqueeze(1);
            return logits.masked_fill(bad, Ops.scalar(Double.NaN));
          }

          @Override
          public int classes() {
            return 3;
          }

          @Override
          public Box box() {
            return Box.UNIT;
          }
        };
    try (Scope scope = Scope.open()) {
      AttackResult result =
          Pgd.of(new Ball(Norm.LINF, 0.1), 10, 4)
              .perturb(model, samples(linear), new Misclassify());
      int bad = 0;
      int lost = 0;
      for (int i = 0; i < N; i++) {
        Outcome outcome = result.outcomes().get(i);
        if (points[i][0] < 0.1) {
          assertThat(outcome.verdict()).isEqualTo(Outcome.Verdict.MISCLASSIFIED);
          assertThat(outcome.reason()).contains("not finite");
          bad++;
        } else if (points[i][0] > 0.2) {
          assertThat(outcome.verdict()).isIn(Outcome.Verdict.FOOLED, Outcome.Verdict.WITHSTOOD);
        } else if (outcome.verdict() == Outcome.Verdict.GIVEN_UP) {
          assertThat(outcome.reason()).contains("logits not finite at step");
          assertThat(outcome.robust()).isFalse();
          lost++;
        }
      }
      assertThat(bad).isPositive();
      assertThat(lost).isPositive();
    }
  }

  @Test
  void everyOptionMatters() {
    LinearModel model = LinearModel.random(4, WIDTH, 2, Box.UNIT);
    Ball ball = new Ball(Norm.LINF, 0.1);
    Pgd plain = new Pgd(ball, 0.02, 6, true, 1);
    double[] reference = found(model, plain);
    assertThat(found(model, plain)).isEqualTo(reference);
    assertThat(found(model, new Pgd(new Ball(Norm.LINF, 0.11), 0.02, 6, true, 1)))
        .isNotEqualTo(reference);
    assertThat(found(model, new Pgd(new Ball(Norm.L2, 0.1), 0.02, 6, true, 1)))
        .isNotEqualTo(reference);
    assertThat(found(model, new Pgd(ball, 0.03, 6, true, 1))).isNotEqualTo(reference);
    assertThat(found(model, new Pgd(ball, 0.02, 2, true, 1))).isNotEqualTo(reference);
    assertThat(found(model, new Pgd(ball, 0.02, 6, false, 1))).isNotEqualTo(reference);
    assertThat(found(model, new Pgd(ball, 0.02, 6, true, 2))).isNotEqualTo(reference);
    assertThat(found(model, plain.withObjective(Objective::margin))).isNotEqualTo(reference);
    double[] halved = found(model, halving(0.08, 1, 0.01));
    assertThat(found(model, halving(0.08, 1, 0.01))).isEqualTo(halved);
    assertThat(found(model, halving(0.07, 1, 0.01))).isNotEqualTo(halved);
    assertThat(found(model, halving(0.08, 2, 0.01))).isNotEqualTo(halved);
    assertThat(found(model, halving(0.08, 1, 0.02))).isNotEqualTo(halved);
  }

  private static Pgd halving(double first, int every, double last) {
    StepSizes sizes = new StepSizes.Halving(first, every, last);
    return new Pgd(new Ball(Norm.LINF, 0.1), sizes, 6, true, Objective::crossEntropy, 1);
  }

  private double[] found(LinearModel model, Pgd attack) {
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(attack.perturb(model, samples(model), new Misclassify()).adversarial());
    }
  }

  @Test
  void badInputIsNamed() {
    LinearModel model = LinearModel.random(3, WIDTH, 6, Box.UNIT);
    Ball ball = new Ball(Norm.LINF, 0.1);
    assertThatThrownBy(() -> new Pgd(ball, Double.NaN, 6, true, 1))
        .hasMessageContaining("stepSize must be");
    assertThatThrownBy(() -> new Pgd(ball, 0.1, 0, true, 1)).hasMessageContaining("steps must be");
    assertThatThrownBy(() -> new Engine(0)).hasMessageContaining("rows must be");
    try (Scope scope = Scope.open()) {
      Samples good = samples(model);
      Samples outside = Samples.of(good.images().mul(Ops.scalar(255)), good.labels());
      assertThatThrownBy(() -> Pgd.fast(ball).perturb(model, outside, new Misclassify()))
          .hasMessageContaining("images must be in 0.0..1.0")
          .hasMessageContaining("the model normalises by itself");
      Samples strange = Samples.of(good.images(), good.labels().add(Ops.longs(new long[] {7}, 1)));
      assertThatThrownBy(() -> Pgd.fast(ball).perturb(model, strange, new Misclassify()))
          .hasMessageContaining("labels must be in 0..2");
      assertThatThrownBy(
              () ->
                  new TargetClass(9)
                      .resolve(good.images().flatten(1, -1).narrow(1, 0, 3), good.labels()))
          .hasMessageContaining("target must be below the number of classes, 3");
    }
  }

  /** For 40 steps: four of each size, and from the sixteenth on those of the constant rule. */
  @Test
  void sizesOfHalvedSteps() {
    StepSizes sizes = Pgd.halving(new Ball(Norm.LINF, 0.5), 1).sizes();
    double[] each = IntStream.range(0, 40).mapToDouble(sizes::at).toArray();
    assertThat(each).startsWith(.5, .5, .5, .5, .25, .25, .25, .25, .125, .125, .125, .125);
    assertThat(Arrays.copyOfRange(each, 12, 16)).containsOnly(.0625);
    assertThat(Arrays.copyOfRange(each, 16, 40))
        .containsOnly(Pgd.of(new Ball(Norm.LINF, 0.5), 1).sizes().at(0));
    assertThat(Pgd.halving(new Ball(Norm.LINF, 0.5), 2, 1).sizes().at(1)).isEqualTo(0.5);
    assertThatThrownBy(() -> new StepSizes.Halving(0.1, 1, 0.2))
        .hasMessage("last must be <= first, 0.1, got 0.2");
    assertThatThrownBy(() -> new StepSizes.Halving(Double.NaN, 1, 0.2))
        .hasMessageContaining("first must be");
    assertThatThrownBy(() -> new StepSizes.Halving(0.1, 0, 0.1))
        .hasMessageContaining("every must be");
    assertThatThrownBy(() -> new StepSizes.Halving(0.1, 1, Double.NaN))
        .hasMessageContaining("last must be");
  }

  /** The first run begins at the clean image, the others where their draws put them. */
  @Test
  void restartsOfHalvedStepsAreOtherRuns() {
    Pgd attack = Pgd.halving(new Ball(Norm.LINF, 0.1), 3);
    assertThat(attack.restart(0)).isEqualTo(attack);
    assertThat(attack.restart(1).randomStart()).isTrue();
    assertThat(attack.restart(2).seed()).isNotEqualTo(attack.restart(1).seed());
  }

  /** Steps of the basic method: E = 8 gives min(12, 10), E = 76.5 gives min(80.5, 95.6). */
  @Test
  void stepsOfTheBasicMethod() {
    assertThat(Pgd.basic(new Ball(Norm.LINF, 8.0 / 255)).steps()).isEqualTo(10);
    assertThat(Pgd.basic(new Ball(Norm.LINF, 0.3)).steps()).isEqualTo(81);
  }
}
