package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.L1;
import dev.semblance.adversarial.ball.Linf;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * What every attack must satisfy, on linear models whose exact answers are known. Each check stands
 * by itself, so that it can be shown to fail on a broken attack.
 */
final class AttackChecks {
  private static final int WIDTH = 16;
  private static final int N = 25;

  private AttackChecks() {}

  /** An attack under test: how it is made, and what can be asked of it. */
  interface Subject {
    /** The attack with that seed and that many times its usual steps. */
    Attack attack(long seed, double budget);

    Norm norm();

    /** The radius that decides on success; infinite for attacks that look for the nearest. */
    double radius();

    /** How much farther than the exact distance it may be from being exact, as a share. */
    default double slack() {
      return 1e-3;
    }

    /** Whether it draws random numbers. */
    default boolean random() {
      return true;
    }

    /** How many classes the model has; an attack may be exact for two only. */
    default int classes() {
      return 4;
    }

    /** Of the model where it is not to be in the way. */
    default Box wide() {
      return new Box(-100, 100);
    }

    /** Whether fewer steps make a difference on a linear model. */
    default boolean stepsMatter() {
      return true;
    }
  }

  private static LinearModel model(Subject subject, Box box) {
    return LinearModel.random(subject.classes(), WIDTH, 2, box);
  }

  private static double[][] points() {
    return Points.uniform(N, WIDTH, 3);
  }

  private static double exact(LinearModel model, double[] x, Norm norm) {
    double q = norm instanceof Linf ? 1 : norm instanceof L1 ? Double.POSITIVE_INFINITY : 2;
    return model.distance(x, model.predicted(x), q);
  }

  private static AttackResult run(
      Subject subject, LinearModel model, Samples samples, int batch, double budget) {
    return subject.attack(7, budget).perturb(model, samples, new Misclassify(), new Engine(batch));
  }

  /** Everything within reach is broken, nothing out of reach, at every batch size. */
  static void reaches(Subject subject, int batch) {
    LinearModel model = model(subject, subject.wide());
    try (Scope scope = Scope.open()) {
      // One by one takes a long time.
      int n = batch == 1 ? 4 : N;
      Samples samples = Points.samples(model, Arrays.copyOf(points(), n));
      AttackResult result = run(subject, model, samples, batch, 1);
      int out = 0;
      for (int i = 0; i < n; i++) {
        double least = exact(model, points()[i], subject.norm());
        Outcome outcome = result.outcomes().get(i);
        if (least < subject.radius() * (1 - subject.slack())) {
          assertThat(outcome.verdict()).as("sample %d at %s", i, least).isEqualTo(Verdict.FOOLED);
          assertThat(outcome.distance()).isGreaterThan(least * (1 - 1e-9));
          if (Double.isInfinite(subject.radius())) {
            assertThat(outcome.distance())
                .as("sample %d at %s", i, least)
                .isLessThan(least * (1 + subject.slack()));
          }
        } else if (least > subject.radius()) {
          assertThat(outcome.verdict())
              .as("sample %d at %s", i, least)
              .isNotEqualTo(Verdict.FOOLED);
          out++;
        }
      }
      assertThat(result.fooled()).isGreaterThanOrEqualTo(Math.max(1, n / 5));
      if (Double.isFinite(subject.radius())) {
        assertThat(out).isGreaterThanOrEqualTo(n / 5);
      }
    }
  }

  /** What is called fooled is inside ball and box and is mistaken, by an independent count. */
  static void keepsItsWord(Subject subject) {
    LinearModel model = model(subject, Box.UNIT);
    try (Scope scope = Scope.open()) {
      double[][] points = points();
      AttackResult result = run(subject, model, Points.samples(model, points), 16, 1);
      int fooled = 0;
      for (int i = 0; i < N; i++) {
        Outcome outcome = result.outcomes().get(i);
        double[] found = Points.image(result, i);
        assertThat(outcome.id()).isEqualTo(i);
        if (outcome.verdict() == Verdict.FOOLED) {
          fooled++;
          for (double value : found) {
            assertThat(value).isBetween(0.0, 1.0);
          }
          // To rounding: whoever looks for the nearest stops at the boundary itself.
          assertThat(model.margin(found, model.predicted(points[i]))).isLessThan(1e-12);
          Tensor delta =
              Ops.doubles(found, 1, 1, 1, WIDTH).sub(Ops.doubles(points[i], 1, 1, 1, WIDTH));
          double size = subject.norm().of(delta).item_double();
          assertThat(size).isLessThanOrEqualTo(subject.radius()).isPositive();
          assertThat(outcome.distance())
              .isCloseTo(size, org.assertj.core.data.Offset.offset(1e-12));
        } else {
          assertThat(found).isEqualTo(points[i]);
        }
      }
      assertThat(fooled).isPositive();
    }
  }

  /** A sample's result is the same alone as among others, and in any order. */
  static void workByRows(Subject subject) {
    LinearModel model = model(subject, subject.wide());
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points());
      AttackResult together = run(subject, model, samples, 64, 1);
      Samples shuffled = Points.shuffled(samples);
      AttackResult others = run(subject, model, shuffled, 23, 1);
      for (int r = 0; r < N; r++) {
        int i = (int) shuffled.ids()[r];
        same(together, i, others, r);
      }
      for (int i = 0; i < N; i += 13) {
        same(together, i, run(subject, model, samples.select(i), 64, 1), 0);
      }
    }
  }

  private static void same(AttackResult one, int i, AttackResult other, int r) {
    Outcome a = one.outcomes().get(i);
    Outcome b = other.outcomes().get(r);
    assertThat(b.verdict()).as("sample %d", i).isEqualTo(a.verdict());
    assertThat(b.steps()).isEqualTo(a.steps());
    assertThat(b.backwards()).isEqualTo(a.backwards());
    double[] x = Points.image(one, i);
    double[] y = Points.image(other, r);
    for (int k = 0; k < x.length; k++) {
      assertThat(y[k]).isCloseTo(x[k], org.assertj.core.data.Offset.offset(1e-7));
    }
  }

  /** The same seed gives the same bits, another seed others. */
  static void followsItsSeed(Subject subject) {
    LinearModel model = model(subject, subject.wide());
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points());
      int runs = subject.random() ? 3 : 2;
      double[][] found = new double[runs][];
      for (int run = 0; run < runs; run++) {
        found[run] =
            Ops.toDoubles(
                subject
                    .attack(run == 2 ? 8 : 7, 1)
                    .perturb(model, samples, new Misclassify(), new Engine(16))
                    .adversarial());
      }
      assertThat(Arrays.equals(found[1], found[0])).as("the same seed, the same").isTrue();
      if (subject.random()) {
        assertThat(Arrays.equals(found[2], found[0])).as("another seed, the same").isFalse();
      }
    }
  }

  /** With a small part of its steps the attack does less, and finds less or farther. */
  static void spendsItsSteps(Subject subject) {
    LinearModel model = model(subject, subject.wide());
    try (Scope scope = Scope.open()) {
      Samples samples = Points.samples(model, points());
      AttackResult all = run(subject, model, samples, 16, 1);
      AttackResult few = run(subject, model, samples, 16, 0.02);
      assertThat(few.total(Outcome::backwards)).isLessThan(all.total(Outcome::backwards));
      double[] near = all.outcomes().stream().mapToDouble(Outcome::distance).toArray();
      double[] far = few.outcomes().stream().mapToDouble(Outcome::distance).toArray();
      if (Double.isInfinite(subject.radius())) {
        assertThat(Arrays.stream(far).sum()).isGreaterThan(Arrays.stream(near).sum());
      } else {
        // Nothing less in reach; what is near falls at once.
        assertThat(few.fooled()).isLessThanOrEqualTo(all.fooled());
      }
    }
  }

  /** The ledger is what the model counted; wrong samples are left alone. */
  static void booksWhatItSpends(Subject subject) {
    LinearModel model = model(subject, subject.wide());
    try (Scope scope = Scope.open()) {
      double[][] points = points();
      Samples right = Points.samples(model, points);
      Tensor labels = right.labels().clone();
      Tensor first = labels.narrow(0, 0, 5);
      first.copy_(first.eq(Ops.scalar(0)));
      Samples samples = Samples.of(right.images(), labels);
      long before = model.rows;
      AttackResult result = run(subject, model, samples, 16, 1);
      assertThat(result.total(Outcome::forwards)).isEqualTo(model.rows - before);
      assertThat(result.count(Verdict.MISCLASSIFIED)).isEqualTo(5);
      assertThat(result.total(Outcome::backwards)).isPositive();
      for (int i : IntStream.range(0, 5).toArray()) {
        Outcome outcome = result.outcomes().get(i);
        assertThat(outcome.verdict()).isEqualTo(Verdict.MISCLASSIFIED);
        assertThat(outcome.backwards()).isZero();
        assertThat(Points.image(result, i)).isEqualTo(points[i]);
      }
    }
  }
}
