package dev.semblance.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class OptimizerTest {
  private static final double[] START = {1, -2, 3};
  private static final double[] SLOPE = {0.5, -1, 2};

  /** Five steps on the quadratic 0.5 sum slope w^2, whose gradient is slope * w. */
  private static double[] run(Optimizer optimizer) {
    try (Weights weights = new Weights(0)) {
      Tensor w = weights.constant("w", 0, 3);
      Ops.withoutGradient(() -> w.copy_(Ops.doubles(START, 3)));
      try (Optimizer.State state = optimizer.over(Map.of("w", w))) {
        for (int i = 0; i < 5; i++) {
          try (Scope scope = Scope.open()) {
            Tensor slope = Ops.doubles(SLOPE, 3).to(w.scalar_type());
            w.mul(w).mul(slope).sum().mul(Ops.scalar(0.5)).backward();
            state.apply(optimizer.rate());
          }
        }
        return Ops.toDoubles(w);
      }
    }
  }

  @Test
  void adam_follows_algorithm_1() {
    assertClose(run(Optimizer.Adam.of(0.1)), adam(0.1, 0.9, 0.999, 1e-8, 0, false));
    assertClose(
        run(new Optimizer.Adam(0.1, 0.8, 0.99, 1e-3, 0.05)),
        adam(0.1, 0.8, 0.99, 1e-3, 0.05, false));
  }

  @Test
  void adamw_decouples_its_decay() {
    assertClose(
        run(new Optimizer.AdamW(0.1, 0.9, 0.999, 1e-8, 0.3)),
        adam(0.1, 0.9, 0.999, 1e-8, 0.3, true));
  }

  private static double[] adam(
      double rate, double beta1, double beta2, double epsilon, double decay, boolean decoupled) {
    double[] w = START.clone();
    double[] m = new double[3];
    double[] v = new double[3];
    for (int t = 1; t <= 5; t++) {
      for (int i = 0; i < 3; i++) {
        double g = SLOPE[i] * w[i] + (decoupled ? 0 : decay * w[i]);
        if (decoupled) {
          w[i] -= rate * decay * w[i];
        }
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        double mHat = m[i] / (1 - Math.pow(beta1, t));
        double vHat = v[i] / (1 - Math.pow(beta2, t));
        w[i] -= rate * mHat / (Math.sqrt(vHat) + epsilon);
      }
    }
    return w;
  }

  @Test
  void sgd_follows_its_recurrence() {
    for (Optimizer.Sgd sgd :
        List.of(
            new Optimizer.Sgd(0.1, 0, false, 0),
            new Optimizer.Sgd(0.1, 0.9, false, 0.02),
            new Optimizer.Sgd(0.1, 0.9, true, 0.02))) {
      double[] w = START.clone();
      double[] velocity = new double[3];
      for (int t = 0; t < 5; t++) {
        for (int i = 0; i < 3; i++) {
          double g = SLOPE[i] * w[i] + sgd.weightDecay() * w[i];
          velocity[i] = sgd.momentum() * velocity[i] + g;
          w[i] -= sgd.rate() * (sgd.nesterov() ? g + sgd.momentum() * velocity[i] : velocity[i]);
        }
      }
      assertClose(run(sgd), w);
    }
  }

  @Test
  void refuses_nonsense() {
    assertThatThrownBy(() -> Optimizer.Adam.of(Double.NaN))
        .hasMessageContaining("rate must be > 0");
    assertThatThrownBy(() -> new Optimizer.Adam(1, 1, 0.9, 1e-8, 0)).hasMessageContaining("beta1");
    assertThatThrownBy(() -> new Optimizer.Sgd(1, 0, true, 0))
        .hasMessageContaining("nesterov needs momentum");
  }

  @Test
  void clipping_bounds_the_norm_of_all_gradients_together() {
    try (Weights weights = new Weights(0)) {
      Tensor a = weights.constant("a", 3, 1);
      Tensor b = weights.constant("b", 4, 1);
      Update.Config config =
          new Update.Config(new Optimizer.Sgd(1, 0, false, 0), new Schedule.Constant(), 1);
      try (Update update = new Update(weights.parameters(), config, 10);
          Scope scope = Scope.open()) {
        // Gradients 3 and 4: norm 5, clipped to 1, so 0.6 and 0.8.
        a.mul(a).add(b.mul(b)).mul(Ops.scalar(0.5)).backward();
        update.apply(0);
      }
      assertThat(Ops.toDoubles(a)[0]).isCloseTo(3 - 0.6, within(1e-6));
      assertThat(Ops.toDoubles(b)[0]).isCloseTo(4 - 0.8, within(1e-6));
    }
  }

  @Test
  void schedules_have_their_closed_forms() {
    assertThat(Schedule.Cosine.of().factor(0, 10)).isEqualTo(1);
    assertThat(Schedule.Cosine.of().factor(5, 10)).isCloseTo(0.5, within(1e-12));
    assertThat(new Schedule.Cosine(0.2).factor(10, 10)).isCloseTo(0.2, within(1e-12));
    assertThat(Schedule.Steps.of().factor(4, 10)).isEqualTo(1);
    assertThat(Schedule.Steps.of().factor(5, 10)).isCloseTo(0.1, within(1e-12));
    assertThat(Schedule.Steps.of().factor(8, 10)).isCloseTo(0.01, within(1e-12));
    Schedule warm = new Schedule.WarmUp(4, new Schedule.Constant());
    assertThat(warm.factor(0, 10)).isCloseTo(0.2, within(1e-12));
    assertThat(warm.factor(3, 10)).isCloseTo(0.8, within(1e-12));
    assertThat(warm.factor(4, 10)).isEqualTo(1);
  }

  @Test
  void the_average_follows_its_recurrence() {
    try (Weights weights = new Weights(0)) {
      Tensor w = weights.constant("w", 1, 1);
      Tensor buffer = weights.buffer("b", 5, 1);
      try (Ema ema = new Ema(0.9, weights)) {
        double expected = 1;
        double[] decays = {0.1, 2 / 11.0, 0.25};
        for (int i = 0; i < decays.length; i++) {
          Ops.withoutGradient(() -> w.add_(Ops.scalar(1)));
          Ops.withoutGradient(() -> buffer.add_(Ops.scalar(1)));
          ema.update(i);
          expected = decays[i] * expected + (1 - decays[i]) * (2 + i);
        }
        assertThat(Ops.toDoubles(ema.averages().get("w"))[0]).isCloseTo(expected, within(1e-6));
        assertThat(Ops.toDoubles(ema.averages().get("b"))[0]).isEqualTo(8);
        // Late in a run the decay is the one given.
        ema.update(1000);
        assertThat(Ops.toDoubles(ema.averages().get("w"))[0])
            .isCloseTo(0.9 * expected + 0.1 * 4, within(1e-6));
      }
    }
  }

  private static void assertClose(double[] actual, double[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i])
          .isCloseTo(expected[i], within(2e-6 * Math.max(1, Math.abs(expected[i]))));
    }
  }
}
