package dev.semblance.adversarial.universal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.MemoryImages;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How universal perturbations are measured: {@link Panel}, {@link Control}, {@link HeldOut}. */
class PanelTest {
  private static final int WIDTH = 8;
  private static final int N = 90;

  private static double[][] points() {
    Rng rng = Rng.of(3, Rng.Purpose.OTHER);
    double[][] points = new double[N][WIDTH];
    for (double[] point : points) {
      for (int i = 0; i < WIDTH; i++) {
        // eighths: exact in float32, and many of them at the ends of the box
        point[i] = rng.below(9) / 8.0;
      }
    }
    return points;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 90, 250})
  void theRateIsThatOfAPlainLoopOverClampedImages(int rows) {
    double[][] points = points();
    Affine model = Affine.random(3, WIDTH, 5, Box.UNIT);
    double[] v = Affine.normal(1, WIDTH, 6)[0];
    int fooled = 0;
    int unclamped = 0;
    for (double[] point : points) {
      double[] moved = point.clone();
      double[] free = point.clone();
      for (int i = 0; i < WIDTH; i++) {
        double d = Math.copySign(0.25, v[i]);
        moved[i] = Math.min(1, Math.max(0, point[i] + d));
        free[i] = point[i] + d;
      }
      fooled += model.answer(moved) != model.answer(point) ? 1 : 0;
      unclamped += model.answer(free) != model.answer(point) ? 1 : 0;
    }
    assertThat(fooled).isBetween(5, 85).isNotEqualTo(unclamped);
    double[] signs = Arrays.stream(v).map(d -> Math.copySign(0.25, d)).toArray();
    try (Scope scope = Scope.open()) {
      Panel panel = Panel.of(model, Affine.images(points), rows);
      FoolingRate rate = panel.rate(Ops.doubles(signs, 1, 1, 1, WIDTH), new Ball(Norm.LINF, 0.25));
      assertThat(rate).isEqualTo(new FoolingRate(fooled, N, 0));
      assertThat(rate.rate()).isEqualTo((double) fooled / N);
      assertThat(rate.interval().contains(rate.rate())).isTrue();
      assertThat(panel.forwards()).isEqualTo(model.rows).isEqualTo(2L * N);
      long[] answers = Arrays.stream(points).mapToLong(model::answer).toArray();
      assertThat(panel.answers()).isEqualTo(answers);
      assertThat(panel.rate(panel.still(), new Ball(Norm.LINF, 0.25)).fooled()).isZero();
    }
  }

  /** What a ball of half the radius does not hold is not counted at full size. */
  @Test
  void aPerturbationTooLargeIsCutToTheBall() {
    double[][] points = points();
    Affine model = Affine.random(3, WIDTH, 5, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Panel panel = Panel.of(model, Affine.images(points));
      Ball small = new Ball(Norm.LINF, 0.05);
      Tensor large = Control.signs(new Ball(Norm.LINF, 0.25), panel.still(), Box.UNIT, 9);
      assertThat(panel.rate(large, small))
          .isEqualTo(panel.rate(large.div(Ops.scalar(5)), small))
          .isNotEqualTo(panel.rate(large, new Ball(Norm.LINF, 0.25)));
    }
  }

  /** A tie between the old and a new answer is no change; NaN is neither. */
  @Test
  void tiesAndWhatIsNotFinite() {
    Affine tied = new Affine(new double[][] {{0, 0}, {4, 0}}, new double[] {2, 0}, Box.UNIT);
    Classifier broken =
        new Classifier() {
          @Override
          public Tensor logits(Tensor images) {
            Tensor bad = images.flatten(1, -1).select(1, 1).gt(Ops.scalar(0.9)).unsqueeze(1);
            return tied.logits(images).masked_fill(bad, Ops.scalar(Double.NaN));
          }

          @Override
          public int classes() {
            return 2;
          }

          @Override
          public Box box() {
            return Box.UNIT;
          }
        };
    double[][] points = {{0.25, 0}, {0.375, 0}, {0.25, 1}, {0.25, 0.75}, {0.25, 0.75}};
    try (Scope scope = Scope.open()) {
      Panel panel = Panel.of(broken, Affine.images(points));
      Ball ball = new Ball(Norm.LINF, 0.25);
      // 0.25 + 0.25 ties exactly, 0.375 + 0.25 goes over; the third is bad clean, two after it.
      Tensor v = Ops.doubles(new double[] {0.25, 0.25}, 1, 1, 1, 2);
      assertThat(panel.rate(v, ball)).isEqualTo(new FoolingRate(1, 2, 3));
      // One bad row leaves the others' gradient as it is.
      Tensor some = panel.slope(panel.still(), 9, 0, 1).gradient();
      Tensor all = panel.slope(panel.still(), 9, 0, 1, 2).gradient();
      assertThat(Ops.toDoubles(all)).isEqualTo(Ops.toDoubles(some)).isNotEqualTo(new double[2]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"linf", "l2"})
  void controlsFillTheBall(String norm) {
    Ball ball = new Ball(norm.equals("l2") ? Norm.L2 : Norm.LINF, 10.0 / 255);
    try (Scope scope = Scope.open()) {
      Tensor like = Ops.zeros(ScalarType.Float, 1, 3, 8, 8);
      Tensor signs = Control.signs(ball, like, Box.UNIT, 1);
      assertThat(ball.norm().of(signs).item_double())
          .isBetween(ball.radius() * (1 - 1e-5), ball.radius());
      double[] values = Ops.toDoubles(signs);
      assertThat(Arrays.stream(values).filter(v -> v > 0).count()).isBetween(60L, 130L);
      assertThat(Arrays.stream(values).map(Math::abs).distinct().count()).isEqualTo(1);
      assertThat(Ops.toDoubles(Control.signs(ball, like, Box.UNIT, 2))).isNotEqualTo(values);
      double[] ramp = new double[192];
      Arrays.setAll(ramp, i -> i);
      double[] shuffled = Ops.toDoubles(Control.shuffled(Ops.doubles(ramp, 1, 3, 8, 8), 4));
      assertThat(shuffled).isNotEqualTo(ramp);
      Arrays.sort(shuffled);
      assertThat(shuffled).isEqualTo(ramp);
    }
  }

  @Test
  void noTrainingImageIsHeldOut() {
    byte[] pixels = new byte[12 * 4];
    for (int i = 0; i < 12; i++) {
      for (int p = 0; p < 4; p++) {
        pixels[i * 4 + p] = (byte) (i == 9 ? 2 * 4 + p : i * 4 + p); // row 9 is row 2 again
      }
    }
    try (ImageSet set =
        MemoryImages.of(
            "twelve",
            new ImageShape(1, 2, 2),
            pixels,
            new int[12],
            List.of("a"),
            row -> "#" + row)) {
      HeldOut held = HeldOut.of(set, new long[] {2, 5}, set, new long[] {0, 2, 3, 5, 9, 11});
      assertThat(held.rows()).containsExactly(0, 3, 11);
      assertThat(held.copies()).isEqualTo(3);
    }
  }

  @Test
  void anEmptyRateIsNoNumber() {
    assertThat(new FoolingRate(0, 0, 3).rate()).isNaN();
    assertThat(new FoolingRate(3, 4, 0).rate()).isCloseTo(0.75, offset(0.0));
  }
}
