package dev.semblance.adversarial.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.adversarial.goal.TargetClass;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/**
 * What every search must do, on a linear model of 8x8 grey images in three classes. An attack that
 * does nothing, that lies, that leaves ball or box, or that looks at its company fails.
 */
abstract class SearchContract {
  static final int WIDTH = 64;
  private static final int N = 16;
  private static final int FAR = 5;

  /** A search that should fool at least half of the samples; some hundred queries each. */
  abstract SearchAttack attack(long seed);

  /** Whether another seed changes what is found. */
  boolean random() {
    return true;
  }

  /** How many of the 16 samples it should fool, at least 1. */
  int leastFooled() {
    return N / 2;
  }

  /** How many of those of two classes it should drive to the third, at least 1. */
  int leastDriven() {
    return 1;
  }

  /** Queries that may be left when the budget is spent: what is too few for another step. */
  int leftOver() {
    return 0;
  }

  private final Plane model = plane();
  private final double[][] points = points();

  private static Plane plane() {
    return Plane.random(3, WIDTH, 11, Box.UNIT);
  }

  private static double[][] points() {
    double[][] points = Plane.points(N, WIDTH, 0.2, 0.6, 4);
    // Far from the others and from noise, so that what befalls it befalls no other.
    points[FAR] = Plane.points(1, WIDTH, 0.8, 1, 5)[0];
    return points;
  }

  private Samples samples(ScalarType type) {
    return model.samples(type, points, 1, 8, 8);
  }

  private AttackResult run(QueryEngine engine, SearchAttack attack, Samples samples, Goal goal) {
    return run(model, engine, attack, samples, goal);
  }

  static AttackResult run(
      Plane model, QueryEngine engine, SearchAttack attack, Samples samples, Goal goal) {
    return switch (attack) {
      case ScoreSearch scores -> engine.run(scores, model.scores(), samples, goal);
      case LabelSearch labels -> engine.run(labels, model.labels(), samples, goal);
      default -> throw new AssertionError("attack must see scores or labels");
    };
  }

  @Test
  void foolsHalfOfWhatItIsShownAndStaysInside() {
    foolsAndStaysInside(attack(1), leastFooled());
  }

  static void foolsAndStaysInside(SearchAttack attack, int least) {
    Plane model = plane();
    try (Scope scope = Scope.open()) {
      Samples samples = model.samples(ScalarType.Float, points(), 1, 8, 8);
      AttackResult result = run(model, QueryEngine.of(), attack, samples, new Misclassify());
      assertThat(result.count(Outcome.Verdict.FOOLED)).isGreaterThanOrEqualTo(least);
      assertThat(result.count(Outcome.Verdict.UNCONFIRMED)).isZero();
      double[] clean = Ops.toDoubles(samples.images());
      double[] found = Ops.toDoubles(result.adversarial());
      double[] lengths =
          Ops.toDoubles(
              attack
                  .norm()
                  .of(
                      result
                          .adversarial()
                          .to(ScalarType.Double)
                          .sub(samples.images().to(ScalarType.Double))));
      for (int i = 0; i < N; i++) {
        double[] before = Arrays.copyOfRange(clean, i * WIDTH, (i + 1) * WIDTH);
        double[] after = Arrays.copyOfRange(found, i * WIDTH, (i + 1) * WIDTH);
        Outcome outcome = result.outcomes().get(i);
        assertThat(Arrays.stream(after).allMatch(value -> value >= 0 && value <= 1)).isTrue();
        if (outcome.verdict() == Outcome.Verdict.FOOLED) {
          assertThat(model.predicted(after)).isNotEqualTo(model.predicted(before));
          assertThat(outcome.distance()).isEqualTo(lengths[i]).isBetween(1e-9, attack.radius());
        } else {
          assertThat(after).isEqualTo(before);
        }
      }
    }
  }

  @Test
  void aTargetIsReached() {
    try (Scope scope = Scope.open()) {
      Samples samples = samples(ScalarType.Double);
      long[] labels = Ops.toLongs(samples.labels());
      int[] others = IntStream.range(0, N).filter(i -> labels[i] != 2).toArray();
      AttackResult result =
          run(QueryEngine.of(), attack(1), some(samples, others), new TargetClass(2));
      double[] found = Ops.toDoubles(result.adversarial());
      assertThat(result.fooled()).isGreaterThanOrEqualTo(leastDriven());
      for (int r = 0; r < others.length; r++) {
        boolean there = model.predicted(Arrays.copyOfRange(found, r * WIDTH, (r + 1) * WIDTH)) == 2;
        assertThat(there).isEqualTo(result.outcomes().get(r).verdict() == Outcome.Verdict.FOOLED);
      }
    }
  }

  /** Every row that the model answered is booked on one sample, whatever the batch. */
  @Test
  void theLedgerIsTheModelsCount() {
    for (int rows : new int[] {1, 7, 64}) {
      try (Scope scope = Scope.open()) {
        model.rows = 0;
        model.largestCall = 0;
        AttackResult result =
            run(
                QueryEngine.of().withRows(rows),
                attack(1),
                samples(ScalarType.Double),
                new Misclassify());
        assertThat(result.total(Outcome::queries)).isEqualTo(model.rows);
        assertThat(model.largestCall)
            .isLessThanOrEqualTo(rows)
            .isGreaterThanOrEqualTo(rows == 1 ? 1 : 7);
        assertThat(result.total(Outcome::forwards)).isZero();
        assertThat(result.outcomes())
            .allMatch(outcome -> outcome.queries() > 2 && outcome.steps() > 0);
      }
    }
  }

  @Test
  void aBudgetIsNeverExceededAndIsUsed() {
    keepsAndUsesBudgets(attack(1), leftOver());
  }

  static void keepsAndUsesBudgets(SearchAttack attack, int leftOver) {
    for (long budget : new long[] {4, 5, 9, 40}) {
      Plane model = plane();
      try (Scope scope = Scope.open()) {
        AttackResult result =
            run(
                model,
                QueryEngine.of().withRows(8).withBudget(budget),
                attack,
                model.samples(ScalarType.Double, points(), 1, 8, 8),
                new Misclassify());
        assertThat(result.outcomes()).allMatch(outcome -> outcome.queries() <= budget);
        assertThat(result.total(Outcome::queries)).isEqualTo(model.rows);
        // Two are set aside to confirm a success.
        assertThat(result.outcomes().stream().mapToLong(Outcome::queries).max().orElse(0))
            .isBetween(budget - 2 - leftOver, budget);
      }
    }
  }

  /** Bit for bit: this model answers a row in the same bits whatever its company. */
  @Test
  void batchOrderAndCompanyAreOfNoAccount() {
    try (Scope scope = Scope.open()) {
      Samples samples = samples(ScalarType.Double);
      AttackResult reference = run(QueryEngine.of(), attack(3), samples, new Misclassify());
      for (int rows : new int[] {1, 8, 64}) {
        same(
            run(QueryEngine.of().withRows(rows), attack(3), samples, new Misclassify()),
            reference,
            IntStream.range(0, N).toArray());
      }
      int[] order = IntStream.range(0, N).map(i -> (i * 5 + 3) % N).toArray();
      same(
          run(QueryEngine.of().withRows(9), attack(3), some(samples, order), new Misclassify()),
          reference,
          order);
      int[] few = {12, 2, 7};
      same(run(QueryEngine.of(), attack(3), some(samples, few), new Misclassify()), reference, few);
    }
  }

  @Test
  void theSeedMatters() {
    if (random()) {
      assertThat(signature(attack(4))).isNotEqualTo(signature(attack(3)));
    }
  }

  /** Around one image, but not on it, the model throws; then says NaN. The others go on. */
  @Test
  void oneBadSampleEndsAlone() {
    try (Scope scope = Scope.open()) {
      Samples samples = samples(ScalarType.Double);
      AttackResult reference = run(QueryEngine.of(), attack(3), samples, new Misclassify());
      int[] others = IntStream.range(0, N).filter(i -> i != FAR).toArray();
      for (boolean loud : new boolean[] {true, false}) {
        model.rows = 0;
        model.broken = image -> loud && near(image);
        model.silent = image -> !loud && near(image);
        AttackResult result =
            run(QueryEngine.of().withRows(8), attack(3), samples, new Misclassify());
        assertThat(result.total(Outcome::queries)).isEqualTo(model.rows);
        model.broken = image -> false;
        model.silent = image -> false;
        same(pick(result, others), reference, others);
        Outcome bad = result.outcomes().get(FAR);
        if (bad.verdict() != Outcome.Verdict.FOOLED) { // it may have been found from afar
          assertThat(bad.verdict()).isEqualTo(Outcome.Verdict.GIVEN_UP);
          assertThat(bad.reason())
              .contains(loud ? "the model failed at query" : "scores not finite at query");
          assertThat(bad.robust()).isFalse();
        }
      }
    }
  }

  /** The model throws on one clean image. */
  @Test
  void aCleanImageThatBreaksTheModelEndsAlone() {
    try (Scope scope = Scope.open()) {
      Samples samples = samples(ScalarType.Double);
      AttackResult reference = run(QueryEngine.of(), attack(3), samples, new Misclassify());
      int[] others = IntStream.range(0, N).filter(i -> i != FAR).toArray();
      model.broken = image -> Arrays.equals(image, points[FAR]);
      AttackResult result = run(QueryEngine.of(), attack(3), samples, new Misclassify());
      model.broken = image -> false;
      same(pick(result, others), reference, others);
      assertThat(result.outcomes().get(FAR).verdict()).isEqualTo(Outcome.Verdict.GIVEN_UP);
      assertThat(result.outcomes().get(FAR).queries()).isZero();
      assertThat(result.outcomes().get(FAR).reason())
          .isEqualTo("the model failed on the clean image: this image breaks the model");
    }
  }

  /** What an attack comes to on 10 samples, short enough to be printed. */
  static String signature(SearchAttack attack) {
    Plane model = Plane.random(3, WIDTH, 11, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Samples samples =
          model.samples(ScalarType.Double, Plane.points(10, WIDTH, 0.2, 0.6, 9), 1, 8, 8);
      AttackResult result = run(model, QueryEngine.of(), attack, samples, new Misclassify());
      return result.outcomes().stream().map(o -> o.queries() + " " + o.distance()).toList()
          + " "
          + Arrays.hashCode(Ops.toDoubles(result.adversarial()));
    }
  }

  private boolean near(double[] image) {
    double square = 0;
    for (int i = 0; i < WIDTH; i++) {
      square += (image[i] - points[FAR][i]) * (image[i] - points[FAR][i]);
    }
    return square > 0 && square < 4;
  }

  private static Samples some(Samples samples, int... rows) {
    long[] ids = Arrays.stream(rows).asLongStream().toArray();
    Tensor index = Ops.longs(ids, ids.length);
    return new Samples(
        samples.images().index_select(0, index), samples.labels().index_select(0, index), ids);
  }

  private static AttackResult pick(AttackResult result, int... rows) {
    Tensor index = Ops.longs(Arrays.stream(rows).asLongStream().toArray(), rows.length);
    return new AttackResult(
        result.adversarial().index_select(0, index),
        Arrays.stream(rows).mapToObj(result.outcomes()::get).toList());
  }

  /** Row r of {@code result} is row {@code rows[r]} of the reference. */
  private static void same(AttackResult result, AttackResult reference, int... rows) {
    AttackResult expected = pick(reference, rows);
    assertThat(result.outcomes()).isEqualTo(expected.outcomes());
    assertThat(Ops.toDoubles(result.adversarial()))
        .isEqualTo(Ops.toDoubles(expected.adversarial()));
  }
}
