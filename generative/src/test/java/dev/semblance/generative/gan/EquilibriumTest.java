package dev.semblance.generative.gan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.synthetic.Densities;
import dev.semblance.core.data.synthetic.ExactDensity;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Noise;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/**
 * The theorems of goodfellow2014generative, section 4, on a game whose generator stands still: one
 * hidden layer holds {@code z = relu(z) - relu(-z)}, so what it makes is exactly normal.
 */
final class EquilibriumTest {
  private static final int STEPS = 400;
  private static final int BATCH = 256;

  /** Normal with one deviation, centred at (x, 0). */
  private record Bell(double x, double deviation) implements ExactDensity {
    @Override
    public Tensor sample(int n, long seed) {
      float[] values = new float[2 * n];
      for (int i = 0; i < n; i++) {
        Rng rng = Rng.of(seed, Rng.Purpose.SYNTHETIC, i, 0);
        values[2 * i] = (float) (x + deviation * rng.gaussian());
        values[2 * i + 1] = (float) (deviation * rng.gaussian());
      }
      return Ops.floats(values, n, 2);
    }

    @Override
    public Tensor logDensity(Tensor points) {
      Tensor centre = Ops.floats(new float[] {(float) x, 0}, 2);
      Tensor squares = points.sub(centre).square().sum(new long[] {1}, false, Ops.sameType());
      return squares
          .mul(Ops.scalar(-0.5 / (deviation * deviation)))
          .sub(Ops.scalar(Math.log(2 * Math.PI * deviation * deviation)));
    }
  }

  /**
   * What a discriminator learnt against a fixed generator.
   *
   * @param value V at the end, over fresh points
   * @param error mean of |D - p/(p+q)| over points of both
   * @param errorOfHalf the same of D = 1/2
   * @param best V of p/(p+q) over the same points
   */
  private record Learnt(double value, double error, double errorOfHalf, double best) {}

  private static Learnt learn(ExactDensity p, Bell q) {
    GanFamily family =
        Games.with(
            GanFamily.gan(),
            "width",
            48,
            "depth",
            1,
            "latent",
            2,
            "loss",
            GanFamily.Loss.MINIMAX,
            "discriminatorSteps",
            STEPS + 1);
    try (Scope scope = Scope.open();
        Gan gan = build(q)) {
      GanLearner learner =
          family.learner(gan, family.preprocessing(Games.PLANE), Games.course(1e-2, 0, STEPS + 1));
      try (learner) {
        for (long step = 0; step < STEPS; step++) {
          try (Scope inner = Scope.open()) {
            learner.step(Games.points(p, BATCH, step));
          }
        }
      }
      int n = 4000;
      Tensor real = p.sample(n, 77);
      Tensor made = gan.sample(Noise.of(78, 0, n), Condition.none()).view(n, 2);
      double[][] shares = {share(p, q, real), share(p, q, made)};
      double[][] said = {said(gan, real), said(gan, made)};
      double value = 0;
      double best = 0;
      double error = 0;
      double half = 0;
      for (int i = 0; i < n; i++) {
        value += Math.log(said[0][i]) + Math.log(1 - said[1][i]);
        best += Math.log(shares[0][i]) + Math.log(1 - shares[1][i]);
        for (int k = 0; k < 2; k++) {
          error += Math.abs(said[k][i] - shares[k][i]) / 2;
          half += Math.abs(0.5 - shares[k][i]) / 2;
        }
      }
      return new Learnt(value / n, error / n, half / n, best / n);
    }
  }

  private static Gan build(Bell q) {
    Gan gan =
        new Gan.Config(
                1,
                1,
                2,
                0,
                Players.MLP,
                List.of(48, 4),
                2,
                Prior.GAUSSIAN,
                false,
                DiscriminatorNorm.NONE,
                Conditioning.NONE)
            .build(1);
    float s = (float) q.deviation;
    // relu(z), relu(-z); the second hidden layer hands both on; their difference, scaled and moved.
    set(gan, "hidden0.weight", 1, 0, 0, 1, -1, 0, 0, -1);
    float[] through = new float[48 * 4];
    for (int i = 0; i < 4; i++) {
      through[i * 4 + i] = 1;
    }
    set(gan, "hidden1.weight", through);
    float[] out = new float[2 * 48];
    out[0] = s;
    out[2] = -s;
    out[48 + 1] = s;
    out[48 + 3] = -s;
    set(gan, "output.weight", out);
    set(gan, "output.bias", (float) q.x, 0);
    return gan;
  }

  private static void set(Gan gan, String name, float... values) {
    Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor weight = Objects.requireNonNull(gan.generatorWeights().parameters().get(name));
            weight.copy_(Ops.floats(values, weight.shape()));
          }
        });
  }

  private static double[] share(ExactDensity p, ExactDensity q, Tensor points) {
    return Ops.toDoubles(p.logDensity(points).sub(q.logDensity(points)).sigmoid());
  }

  private static double[] said(Gan gan, Tensor points) {
    return Ops.toDoubles(gan.judge(points.view(-1, 1, 1, 2), null, Pass.INFERENCE).sigmoid());
  }

  @Test
  void theFixedGeneratorDrawsItsBell() {
    try (Scope scope = Scope.open();
        Gan gan = build(new Bell(1.5, 0.5))) {
      Tensor made = gan.sample(Noise.of(5, 0, 20_000), Condition.none()).view(20_000, 2);
      assertThat(made.narrow(1, 0, 1).mean().item_double()).isCloseTo(1.5, within(0.02));
      assertThat(made.narrow(1, 1, 1).std().item_double()).isCloseTo(0.5, within(0.02));
    }
  }

  @Test
  void theTrainedDiscriminatorIsTheShareOfTheData() {
    Learnt learnt = learn(Densities.EightGaussians.of(), new Bell(0, 2));
    assertThat(learnt.error).isLessThan(0.08);
    assertThat(learnt.errorOfHalf).isGreaterThan(0.25);
    assertThat(learnt.value).isCloseTo(learnt.best, within(0.1));
  }

  @Test
  void theValueFallsToMinusTwoLogTwoAsTheGeneratorComesCloser() {
    Bell data = new Bell(0, 1);
    Learnt far = learn(data, new Bell(3, 1));
    Learnt near = learn(data, new Bell(1, 1));
    Learnt there = learn(data, data);
    double equilibrium = -2 * Math.log(2);
    assertThat(there.value).isCloseTo(equilibrium, within(0.03));
    assertThat(near.value).isBetween(equilibrium + 0.1, far.value - 0.1);
    assertThat(far.value).isGreaterThan(equilibrium + 0.5);
    assertThat(near.value).isCloseTo(near.best, within(0.05));
    assertThat(there.error).isLessThan(0.06);
  }
}
