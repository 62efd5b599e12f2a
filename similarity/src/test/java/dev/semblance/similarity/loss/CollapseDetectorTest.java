package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class CollapseDetectorTest {
  private static final int ROWS = 48;
  private static final int INPUTS = 10;
  private static final int OUTPUTS = 6;

  /** Points around one centre a class, or none. */
  private static double[] inputs(double separation, long seed) {
    Random random = new Random(seed);
    double[] centres = new double[4 * INPUTS];
    for (int k = 0; k < centres.length; k++) {
      centres[k] = separation * random.nextGaussian();
    }
    double[] x = new double[ROWS * INPUTS];
    for (int k = 0; k < x.length; k++) {
      x[k] = random.nextGaussian() + centres[(k / INPUTS % 4) * INPUTS + k % INPUTS];
    }
    return x;
  }

  /** Trains a linear map by plain gradient descent and returns the last diagnosis. */
  private static Collapse train(
      EmbeddingLoss loss, CollapseDetector detector, double separation, double rate, int steps) {
    Random random = new Random(7);
    double[] map = new double[INPUTS * OUTPUTS];
    for (int k = 0; k < map.length; k++) {
      map[k] = random.nextGaussian() / Math.sqrt(INPUTS);
    }
    long[] labels = new long[ROWS];
    for (int i = 0; i < ROWS; i++) {
      labels[i] = i % 4;
    }
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.doubles(inputs(separation, 3), ROWS, INPUTS);
      Tensor w = Ops.doubles(map, INPUTS, OUTPUTS);
      Tensor y = Ops.longs(labels);
      Collapse last = detector.diagnose(x.mm(w));
      assertThat(last).isInstanceOf(Collapse.None.class);
      for (int step = 0; step < steps; step++) {
        try (Scope inner = Scope.open()) {
          LossResult result = loss.of(x.mm(w), y);
          detector.step(result);
          w.sub_(x.t().mm(result.gradient()), Ops.scalar(rate));
        }
      }
      return detector.diagnose(x.mm(w));
    }
  }

  @Test
  void naiveLossCollapsesToAPointAndTheCureDoesNot() {
    Collapse naive = train(PositivePairLoss.naive(), CollapseDetector.withoutValue(), 1, 0.02, 400);
    assertThat(naive).isInstanceOf(Collapse.ToPoint.class);
    assertThat(naive.vitals().relativeDistance()).isLessThan(0.01);
    assertThat(naive.sentence()).contains("point").contains("negatives");
    Collapse cured =
        train(
            new PositivePairLoss(1, 25, 25, 1, 1e-4),
            CollapseDetector.withoutValue(),
            1,
            0.002,
            400);
    assertThat(cured).isInstanceOf(Collapse.None.class);
    assertThat(cured.vitals().effectiveRank()).isGreaterThan(2.5);
  }

  @Test
  void batchHardCollapsesOnClassesThatOverlap() {
    // Without any structure the farthest positive is farther than the nearest negative.
    TripletLoss loss = TripletLoss.batchHard();
    Collapse collapse = train(loss, CollapseDetector.of(loss), 0, 0.005, 2500);
    assertThat(collapse).isInstanceOf(Collapse.ToPoint.class);
    assertThat(collapse.vitals().loss()).isCloseTo(Math.log(2), within(0.007));
    assertThat(collapse.vitals().stepsAtCollapseValue()).isGreaterThanOrEqualTo(100);
    assertThat(collapse.sentence()).contains("semi-hard");
  }

  @Test
  void lossAtTheMarginIsNamedAfterAHundredSteps() {
    CollapseDetector detector = CollapseDetector.of(TripletLoss.of(0.2));
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.doubles(inputs(1, 1), ROWS, INPUTS);
      assertThat(detector.diagnose(x)).isInstanceOf(Collapse.None.class);
      for (int step = 0; step < 99; step++) {
        detector.step(0.2019, 0.5);
      }
      assertThat(detector.diagnose(x)).isInstanceOf(Collapse.None.class);
      detector.step(0.1981, 0.5);
      Collapse collapse = detector.diagnose(x);
      assertThat(collapse).isInstanceOf(Collapse.AtCollapseValue.class);
      assertThat(collapse.sentence()).contains("100 steps").contains("semi-hard");
      detector.step(0.19, 0.5);
      assertThat(detector.diagnose(x)).isInstanceOf(Collapse.None.class);
    }
  }

  @Test
  void runThatHasRunDryIsNamed() {
    CollapseDetector detector = CollapseDetector.of(0.2);
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.doubles(inputs(1, 2), ROWS, INPUTS);
      for (int step = 0; step < 100; step++) {
        detector.step(0.01, 0.0005);
      }
      Collapse collapse = detector.diagnose(x);
      assertThat(collapse).isInstanceOf(Collapse.RunDry.class);
      assertThat(collapse.sentence()).contains("0.05 %").contains("harder");
    }
  }

  @Test
  void lineInManyDimensionsIsNamed() {
    double[] x = new double[40 * 30];
    for (int k = 0; k < x.length; k++) {
      x[k] = (k / 30) * (1 + k % 30);
    }
    try (Scope scope = Scope.open()) {
      Collapse collapse = CollapseDetector.withoutValue().diagnose(Ops.doubles(x, 40, 30));
      assertThat(collapse).isInstanceOf(Collapse.ToSubspace.class);
      assertThat(collapse.vitals().effectiveRank()).isCloseTo(1, within(1e-6));
      assertThat(collapse.sentence()).contains("1.0 of 30");
    }
  }

  @Test
  void equalRowsFromTheStartAreAPoint() {
    try (Scope scope = Scope.open()) {
      Collapse collapse =
          CollapseDetector.withoutValue().diagnose(Ops.zeros(ScalarType.Float, 5, 3));
      assertThat(collapse).isInstanceOf(Collapse.ToPoint.class);
      assertThat(collapse.vitals().effectiveRank()).isZero();
    }
  }

  @Test
  void vitalsHaveTheirClosedForms() {
    // Four corners of a rectangle 2 x 6: singular values 2 and 6 (centred), shares 1/4 and 3/4.
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.doubles(new double[] {1, 3, 1, -3, -1, 3, -1, -3}, 4, 2);
      Collapse.Vitals vitals = CollapseDetector.withoutValue().diagnose(x).vitals();
      double entropy = -0.25 * Math.log(0.25) - 0.75 * Math.log(0.75);
      assertThat(vitals.effectiveRank()).isCloseTo(Math.exp(entropy), within(1e-12));
      assertThat(vitals.smallestDeviation()).isCloseTo(Math.sqrt(4.0 / 3), within(1e-12));
      assertThat(vitals.relativeDistance()).isEqualTo(1);
    }
  }

  @Test
  void needsTwoRows() {
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.zeros(ScalarType.Float, 1, 3);
      assertThatThrownBy(() -> CollapseDetector.withoutValue().diagnose(x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("rows");
    }
  }
}
