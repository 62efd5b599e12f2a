package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.junit.jupiter.api.Test;

class ArcFaceHeadTest {
  private static final ToyBatch BATCH = ToyBatch.of(1, 12, 3, 4);

  /** Margin 1.5 puts a third of the rows of this batch beyond pi - m. */
  @Test
  void agreesWithTheLoopsInValueAndGradients() {
    try (Scope scope = Scope.open()) {
      for (double m : new double[] {0, 0.5, 1.5}) {
        try (ArcFaceHead head = new ArcFaceHead(new ArcFaceHead.Config(4, 3, 8, m), 3)) {
          double[][] w = ToyBatch.rows(head, "weight");
          LossResult result = BATCH.apply(head);
          assertThat(result.value()).isCloseTo(Naive.arcFace(BATCH, w, 8, m), within(1e-12));
          assertThat(Ops.toDoubles(result.gradient()))
              .containsExactly(
                  Naive.gradient(x -> Naive.arcFace(BATCH.with(x), w, 8, m), BATCH.x()),
                  within(1e-6));
          assertThat(ToyBatch.gradient(head, "weight"))
              .containsExactly(Naive.gradient(v -> Naive.arcFace(BATCH, v, 8, m), w), within(1e-5));
        }
      }
    }
  }

  /** One row at angle theta from its class, the other class opposite: the loss over theta. */
  private static LossResult at(double theta, double m) {
    try (ArcFaceHead head = new ArcFaceHead(new ArcFaceHead.Config(2, 2, 1, m), 3)) {
      ToyBatch.set(head, "weight", 1, 0, -1, 0);
      double[][] x = {{Math.cos(theta), Math.sin(theta)}};
      return new ToyBatch(x, new long[] {0}, new long[] {0}).apply(head);
    }
  }

  /** The target's logit minus the other's, read off the loss. */
  private static double gap(double theta, double m) {
    return -Math.log(Math.expm1(at(theta, m).value()));
  }

  @Test
  void targetFallsWithoutAJumpAllTheWayRound() {
    try (Scope scope = Scope.open()) {
      double m = 0.5;
      double before = Double.POSITIVE_INFINITY;
      for (int step = 1; step < 1000; step++) {
        double theta = Math.PI * step / 1000;
        double target = gap(theta, m) - Math.cos(theta); // the other class is at -cos theta
        assertThat(target).isLessThan(before);
        if (step > 1) {
          assertThat(before - target).isLessThan(1.1 * Math.PI / 1000);
        }
        before = target;
      }
      // cos(theta + m) at 1 rad, and -2 - cos(theta + m) at 3 rad
      assertThat(gap(1, m) - Math.cos(1)).isCloseTo(Math.cos(1.5), within(1e-12));
      assertThat(gap(3, m) - Math.cos(3)).isCloseTo(-2 - Math.cos(3.5), within(1e-12));
    }
  }

  @Test
  void gradientIsFiniteOnAndOppositeTheClass() {
    try (Scope scope = Scope.open()) {
      for (double theta : new double[] {0, 1e-9, 1e-7, 1e-4, Math.PI - 1e-7, Math.PI}) {
        LossResult result = at(theta, 0.5);
        double[] gradient = Ops.toDoubles(result.gradient());
        // |dL/dx| <= s (|dphi/dtheta| + 1) = 2, and no part along x
        assertThat(Math.hypot(gradient[0], gradient[1])).isLessThanOrEqualTo(2.01);
        assertThat(gradient[0] * Math.cos(theta) + gradient[1] * Math.sin(theta))
            .isCloseTo(0, within(1e-6));
      }
    }
  }

  /** The true derivative has the factor sin(theta + m) / sin(theta), not s (p - 1) alone. */
  @Test
  void gradientGoesThroughTheMargin() {
    try (Scope scope = Scope.open()) {
      double theta = 0.7;
      double m = 0.5;
      double probability = 1 / (1 + Math.exp(-Math.cos(theta) - Math.cos(theta + m)));
      double byTheta = (1 - probability) * (Math.sin(theta + m) + Math.sin(theta));
      double[] gradient = Ops.toDoubles(at(theta, m).gradient());
      double along = -Math.sin(theta) * gradient[0] + Math.cos(theta) * gradient[1];
      assertThat(along).isCloseTo(byTheta, within(1e-7));
    }
  }

  @Test
  void everyComponentMattersAndIsChecked() {
    try (Scope scope = Scope.open()) {
      double value = value(new ArcFaceHead.Config(4, 3, 16, 0.5));
      assertThat(value(new ArcFaceHead.Config(4, 3, 17, 0.5))).isNotCloseTo(value, within(0.01));
      assertThat(value(new ArcFaceHead.Config(4, 3, 16, 0.4))).isNotCloseTo(value, within(0.01));
      assertThat(value(new ArcFaceHead.Config(6, 3, 16, 0.5))).isNotCloseTo(value, within(0.01));
    }
    assertThat(ArcFaceHead.Config.of(10, 64)).isEqualTo(new ArcFaceHead.Config(10, 64, 64, 0.5));
    assertThatThrownBy(() -> ArcFaceHead.Config.of(13, 2))
        .hasMessageContaining("marginRadians must be <= 0.483")
        .hasMessageContaining("13 classes in width 2");
    assertThatThrownBy(() -> new ArcFaceHead.Config(10, 64, 64, -0.1))
        .hasMessageContaining("marginRadians");
    assertThatThrownBy(() -> new ArcFaceHead.Config(10, 64, Double.NaN, 0.5))
        .hasMessageContaining("scale");
  }

  private static double value(ArcFaceHead.Config config) {
    try (ArcFaceHead head = new ArcFaceHead(config, 3)) {
      return BATCH.apply(head).value();
    }
  }
}
