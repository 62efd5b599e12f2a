package dev.semblance.adversarial.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.adversarial.verdict.SecurityCurve.Entrant;
import dev.semblance.adversarial.verdict.SecurityCurve.Point;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** On a linear model of two classes, where every distance is known and one step is optimal. */
class SecurityCurveTest {
  private static final int N = 60;
  private static final int WIDTH = 8;
  private static final double[] RADII = {0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6};
  private static final double[] WEIGHTS = new double[WIDTH];
  private static final double[][] POINTS = new double[N][WIDTH];
  private static final long[] LABELS = new long[N];

  static {
    Rng rng = Rng.of(3, Rng.Purpose.OTHER);
    for (int i = 0; i < WIDTH; i++) {
      WEIGHTS[i] = rng.gaussian();
    }
    for (int i = 0; i < N; i++) {
      for (int k = 0; k < WIDTH; k++) {
        POINTS[i][k] = rng.gaussian();
      }
      // One in six is wrong from the beginning.
      LABELS[i] = (score(i) > 0) != (i % 6 == 0) ? 1 : 0;
    }
  }

  /** Logits (0, w x): the boundary is where w x is 0. */
  private static final Classifier MODEL =
      new Classifier() {
        @Override
        public Tensor logits(Tensor images) {
          try (Scope scope = Scope.open()) {
            Tensor score = images.flatten(1, -1).matmul(Ops.doubles(WEIGHTS, WIDTH, 1));
            return scope.keep(score.matmul(Ops.doubles(new double[] {0, 1}, 1, 2)));
          }
        }

        @Override
        public int classes() {
          return 2;
        }

        @Override
        public Box box() {
          return new Box(-100, 100);
        }
      };

  private static double score(int i) {
    return IntStream.range(0, WIDTH).mapToDouble(k -> WEIGHTS[k] * POINTS[i][k]).sum();
  }

  private static boolean right(int i) {
    return (score(i) > 0) == (LABELS[i] == 1);
  }

  private static double exact(int i, Norm norm) {
    double dual =
        norm == Norm.LINF
            ? DoubleStream.of(WEIGHTS).map(Math::abs).sum()
            : Math.sqrt(DoubleStream.of(WEIGHTS).map(w -> w * w).sum());
    return Math.abs(score(i)) / dual;
  }

  private static Samples samples() {
    double[] flat = new double[N * WIDTH];
    for (int i = 0; i < N; i++) {
      System.arraycopy(POINTS[i], 0, flat, i * WIDTH, WIDTH);
    }
    long[] ids = IntStream.range(0, N).mapToLong(i -> 1000 + i).toArray();
    return new Samples(Ops.doubles(flat, N, 1, 1, WIDTH), Ops.longs(LABELS, N), ids);
  }

  /** One step to the edge of the ball: exact for two classes. */
  private static Entrant fast() {
    return new Entrant(
        "fast",
        false,
        (ball, some) -> Pgd.fast(ball).perturb(MODEL, some, new Misclassify(), new Engine(7)));
  }

  /** Just over the boundary, straight; right whatever ball it is asked for. */
  private static Entrant straight() {
    return new Entrant(
        "straight",
        true,
        (ball, some) -> {
          Tensor images = some.images().clone();
          List<Outcome> outcomes = new ArrayList<>();
          double square = DoubleStream.of(WEIGHTS).map(w -> w * w).sum();
          for (int r = 0; r < some.size(); r++) {
            int i = (int) (some.ids()[r] - 1000);
            if (right(i)) {
              double length = -score(i) / square * 1.000001;
              images.select(0, r).add_(Ops.doubles(WEIGHTS, 1, 1, WIDTH).mul(Ops.scalar(length)));
            }
            outcomes.add(outcome(1000 + i, right(i) ? Verdict.FOOLED : Verdict.MISCLASSIFIED));
          }
          return new AttackResult(images, outcomes);
        });
  }

  private static Entrant idle() {
    return new Entrant(
        "idle",
        false,
        (ball, some) ->
            new AttackResult(
                some.images().clone(),
                IntStream.range(0, some.size())
                    .mapToObj(
                        r ->
                            outcome(
                                some.ids()[r],
                                right((int) (some.ids()[r] - 1000))
                                    ? Verdict.WITHSTOOD
                                    : Verdict.MISCLASSIFIED))
                    .toList()));
  }

  private static Outcome outcome(long id, Verdict verdict) {
    return new Outcome(id, verdict, 1, 2, 3, 0, 4, Double.NaN, true, null);
  }

  @Test
  void everyPointIsTheClosedForm() {
    for (Norm norm : List.<Norm>of(Norm.LINF, Norm.L2)) {
      try (Scope scope = Scope.open()) {
        SecurityCurve curve = SecurityCurve.measure(norm, RADII, List.of(fast()), samples());
        assertThat(curve.points()).hasSize(RADII.length);
        for (Point point : curve.points()) {
          long standing =
              IntStream.range(0, N)
                  .filter(i -> right(i) && exact(i, norm) > point.radius())
                  .count();
          assertThat(point.standing()).as("%s %s", norm, point.radius()).isEqualTo(standing);
          assertThat(point.interval()).isEqualTo(Interval.exact(standing, N, 0.95));
        }
        assertThat(curve.points().getFirst().standing()).isEqualTo(50);
        assertThat(curve.points().getLast().standing()).isLessThan(10);
      }
    }
  }

  @Test
  void whoLooksForTheNearestGivesEveryDistance() {
    try (Scope scope = Scope.open()) {
      SecurityCurve curve =
          SecurityCurve.measure(Norm.L2, RADII, List.of(idle(), straight()), samples());
      for (int i = 0; i < N; i++) {
        Outcome outcome = curve.nearest().outcomes().get(i);
        assertThat(outcome.id()).isEqualTo(1000 + i);
        assertThat(outcome.distance()).isCloseTo(right(i) ? exact(i, Norm.L2) : 0, within(1e-5));
        assertThat(outcome.verdict()).isEqualTo(right(i) ? Verdict.FOOLED : Verdict.MISCLASSIFIED);
      }
      for (Point point : curve.points()) {
        assertThat(point.standing())
            .isEqualTo(
                IntStream.range(0, N)
                    .filter(i -> right(i) && exact(i, Norm.L2) > point.radius())
                    .count());
      }
      assertThat(curve.shares().get(0).nearest()).isZero();
      assertThat(curve.shares().get(1).nearest()).isEqualTo(50);
      assertThat(curve.shares().get(1).queries()).isEqualTo(4 * N);
    }
  }

  @Test
  void noOneIsAttackedAgainOnceItHasFallen() {
    try (Scope scope = Scope.open()) {
      List<Double> asked = new ArrayList<>();
      Entrant watched =
          new Entrant(
              "watched",
              false,
              (ball, some) -> {
                double before = asked.isEmpty() ? 0 : asked.getLast();
                asked.add(ball.radius());
                for (long id : some.ids()) {
                  int i = (int) (id - 1000);
                  assertThat(before == 0 || (right(i) && exact(i, Norm.LINF) > before)).isTrue();
                }
                return fast().attacker().attack(ball, some);
              });
      SecurityCurve.measure(Norm.LINF, RADII, List.of(watched), samples());
      assertThat(asked).containsExactly(0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6);
    }
  }

  @Test
  void whatIsFoundLateCountsAtEverySmallerRadiusThatHoldsIt() {
    try (Scope scope = Scope.open()) {
      Entrant late =
          new Entrant(
              "late",
              false,
              (ball, some) ->
                  (ball.radius() > 1 ? straight() : idle()).attacker().attack(ball, some));
      List<Point> points = SecurityCurve.measure(Norm.L2, RADII, List.of(late), samples()).points();
      List<Point> alone =
          SecurityCurve.measure(Norm.L2, RADII, List.of(straight()), samples()).points();
      assertThat(points).isEqualTo(alone);
    }
  }

  @Test
  void anAttackThatDoesNothingLeavesTheCleanAccuracy() {
    try (Scope scope = Scope.open()) {
      SecurityCurve curve = SecurityCurve.measure(Norm.LINF, RADII, List.of(idle()), samples());
      assertThat(curve.points()).allMatch(point -> point.standing() == 50);
      assertThat(curve.points().getFirst().accuracy()).isEqualTo(50.0 / 60);
    }
  }

  @Test
  void theCleanAccuracyAloneIsAPointToo() {
    try (Scope scope = Scope.open()) {
      SecurityCurve curve =
          SecurityCurve.measure(Norm.LINF, new double[] {0}, List.of(idle()), samples());
      assertThat(curve.points()).hasSize(1);
      assertThat(curve.points().getFirst().standing()).isEqualTo(50);
    }
  }

  @Test
  void aSampleGivenUpIsNotRobustFromThereOn() {
    try (Scope scope = Scope.open()) {
      Entrant fragile =
          new Entrant(
              "fragile",
              false,
              (ball, some) -> {
                AttackResult result = idle().attacker().attack(ball, some);
                List<Outcome> outcomes = new ArrayList<>(result.outcomes());
                for (int r = 0; r < outcomes.size(); r++) {
                  if (outcomes.get(r).id() == 1001 && ball.radius() > 0.3) {
                    outcomes.set(
                        r,
                        new Outcome(
                            1001, Verdict.GIVEN_UP, 0, 1, 0, 0, 0, Double.NaN, false, "NaN"));
                  }
                }
                return new AttackResult(result.adversarial(), outcomes);
              });
      SecurityCurve curve = SecurityCurve.measure(Norm.LINF, RADII, List.of(fragile), samples());
      assertThat(curve.points().stream().map(Point::standing))
          .containsExactly(50L, 50L, 50L, 50L, 50L, 49L, 49L, 49L);
      assertThat(curve.nearest().outcomes().get(1).verdict()).isEqualTo(Verdict.GIVEN_UP);
      assertThat(curve.nearest().outcomes().get(1).reason()).isEqualTo("NaN");
    }
  }

  @Test
  void aStoppedRunKeepsTheRadiiThatAreDone() {
    try (Scope scope = Scope.open()) {
      AtomicInteger calls = new AtomicInteger();
      Entrant stopping =
          new Entrant(
              "stopping",
              false,
              (ball, some) ->
                  Pgd.fast(ball)
                      .perturb(
                          MODEL,
                          some,
                          new Misclassify(),
                          new Engine(64).withStop(() -> ball.radius() > 0.1)));
      Entrant counted =
          new Entrant(
              "counted",
              false,
              (ball, some) -> {
                calls.incrementAndGet();
                return idle().attacker().attack(ball, some);
              });
      SecurityCurve curve =
          SecurityCurve.measure(Norm.LINF, RADII, List.of(stopping, counted), samples());
      assertThat(curve.points().stream().map(Point::radius)).containsExactly(0.0, 0.02, 0.05, 0.1);
      assertThat(calls).hasValue(3);
      assertThat(curve.nearest().count(Verdict.UNTRIED)).isPositive();
      SecurityCurve nothing =
          SecurityCurve.measure(
              Norm.LINF,
              RADII,
              List.of(
                  new Entrant(
                      "stopped",
                      false,
                      (ball, some) ->
                          Pgd.fast(ball)
                              .perturb(
                                  MODEL,
                                  some,
                                  new Misclassify(),
                                  new Engine(64).withStop(() -> true)))),
              samples());
      assertThat(nothing.points()).isEmpty();
    }
  }

  @Test
  void nonsenseIsRefused() {
    try (Scope scope = Scope.open()) {
      for (double[] bad :
          new double[][] {{}, {0.1, 0.1}, {0.2, 0.1}, {-1}, {Double.NaN}, {0, 1.0 / 0}}) {
        assertThatThrownBy(() -> SecurityCurve.measure(Norm.LINF, bad, List.of(fast()), samples()))
            .hasMessageContaining("radii must be");
      }
      assertThatThrownBy(() -> SecurityCurve.measure(Norm.LINF, RADII, List.of(), samples()))
          .hasMessageContaining("entrants must be at least one");
    }
  }
}
