package dev.semblance.generative.gan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

final class PenaltyTest {
  private static final Noise NOISE = Noise.of(3, 0, 4);

  private static Tensor images(long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[] values = new double[12];
    for (int i = 0; i < values.length; i++) {
      values[i] = rng.gaussian();
    }
    return Ops.doubles(values, 4, 1, 1, 3);
  }

  private static double of(Penalty penalty, Penalty.Critic critic, long step) {
    try (Scope scope = Scope.open()) {
      return penalty.of(critic, images(1), images(2), NOISE, step).item_double();
    }
  }

  @Test
  void ofALinearCriticTheyAreClosedForms() {
    try (Scope scope = Scope.open()) {
      Tensor a = Ops.doubles(new double[] {1, -2, 2}, 3, 1);
      Penalty.Critic linear = x -> x.flatten(1, -1).matmul(a);
      assertThat(of(new Penalty.Gradient(10), linear, 0)).isCloseTo(10 * 4, within(1e-9));
      assertThat(of(new Penalty.Gradient(3), linear, 0)).isCloseTo(3 * 4, within(1e-9));
      assertThat(of(new Penalty.R1(10, 1), linear, 0)).isCloseTo(5 * 9, within(1e-9));
      // Lazy: so many times as large, so many times as rare.
      assertThat(of(new Penalty.R1(2, 16), linear, 0)).isCloseTo(16 * 9, within(1e-9));
    }
    assertThat(new Penalty.R1(2, 16).isDue(32)).isTrue();
    assertThat(new Penalty.R1(2, 16).isDue(31)).isFalse();
    assertThat(new Penalty.Gradient(2).isDue(31)).isTrue();
    assertThat(new Penalty.None().isDue(0)).isFalse();
  }

  @Test
  void theGradientPenaltyIsTakenBetweenTheImagesAndR1AtTheData() {
    // d = |x|^2 / 2 has the gradient x: the penalties tell where it was taken.
    Penalty.Critic bowl =
        x ->
            x.flatten(1, -1)
                .square()
                .sum(new long[] {1}, true, Ops.sameType())
                .mul(Ops.scalar(0.5));
    try (Scope scope = Scope.open()) {
      double[] real = Ops.toDoubles(images(1));
      double[] fake = Ops.toDoubles(images(2));
      double r1 = 0;
      double gradient = 0;
      double[] draws = Ops.toDoubles(NOISE.uniform(Rng.Purpose.PROBE, 7, 1));
      for (int i = 0; i < 4; i++) {
        double square = 0;
        for (int j = 0; j < 3; j++) {
          int at = 3 * i + j;
          r1 += real[at] * real[at] / 4;
          double between = draws[i] * real[at] + (1 - draws[i]) * fake[at];
          square += between * between;
        }
        gradient += Math.pow(Math.sqrt(square) - 1, 2) / 4;
      }
      assertThat(of(new Penalty.R1(2, 1), bowl, 7)).isCloseTo(r1, within(1e-9));
      assertThat(of(new Penalty.Gradient(1), bowl, 7)).isCloseTo(gradient, within(1e-9));
      assertThat(of(new Penalty.Gradient(1), bowl, 8)).isNotCloseTo(gradient, within(1e-4));
    }
  }

  @Test
  void theirGradientByTheWeightsIsThatOfFiniteDifferences() {
    Gan.Config config =
        new Gan.Config(
            1,
            1,
            3,
            0,
            Players.MLP,
            List.of(6, 5),
            2,
            Prior.GAUSSIAN,
            false,
            DiscriminatorNorm.NONE,
            Conditioning.NONE);
    for (Penalty penalty : new Penalty[] {new Penalty.Gradient(10), new Penalty.R1(10, 2)}) {
      try (Scope scope = Scope.open();
          Gan gan = config.build(4)) {
        gan.weights().all().values().forEach(w -> w.set_data(w.detach().to(ScalarType.Double)));
        Penalty.Critic critic = x -> gan.judge(x, null, Pass.OWN);
        penalty.of(critic, images(1), images(2), NOISE, 0).backward();
        Tensor weight = gan.discriminatorWeights().parameters().get("hidden0.weight");
        double[] gradient = Ops.toDoubles(weight.grad());
        assertThat(weight.grad().abs().max().item_double()).isGreaterThan(1e-3);
        double step = 1e-7;
        for (int i = 0; i < gradient.length; i += 5) {
          double[] sides = new double[2];
          for (int side = 0; side < 2; side++) {
            move(weight, i, side == 0 ? step : -2 * step);
            sides[side] = of(penalty, critic, 0);
          }
          move(weight, i, step);
          assertThat((sides[0] - sides[1]) / (2 * step))
              .isCloseTo(gradient[i], within(1e-5 * Math.max(1, Math.abs(gradient[i]))));
        }
      }
    }
  }

  private static void move(Tensor weight, int place, double by) {
    Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            weight.view(-1).narrow(0, place, 1).add_(Ops.scalar(by));
          }
        });
  }

  @Test
  void aCriticWithoutSlopeHasAFinitePenaltyAndGradient() {
    try (Scope scope = Scope.open()) {
      Tensor zero = Ops.doubles(new double[3], 3, 1).requires_grad_(true);
      Tensor value =
          new Penalty.Gradient(1)
              .of(x -> x.flatten(1, -1).matmul(zero), images(1), images(2), NOISE, 0);
      value.backward();
      assertThat(value.item_double()).isCloseTo(1, within(1e-5));
      assertThat(Ops.toDoubles(zero.grad())).doesNotContain(Double.NaN);
    }
  }
}
