package dev.semblance.generative.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import dev.semblance.generative.diffusion.NoiseSchedule.Rule;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SolverTest {
  private static final double[] MEANS = {-2, 0.5, 3};
  private static final double[] VARIANCES = {0.3, 0.05, 1.2};
  private static final double[] SHARES = {0.5, 0.2, 0.3};

  static List<Solver> deterministic() {
    return List.of(Euler.of(), Heun.of(), Ddim.of(), new DpmSolver(1), DpmSolver.of(), new Plms());
  }

  static List<Solver> all() {
    return List.of(
        Euler.of(),
        Heun.of(),
        Ddim.of(),
        new Ddim(0.5),
        Ddim.ancestral(),
        new DpmSolver(1),
        DpmSolver.of(),
        new Plms(),
        Ddpm.of(),
        new Ddpm(Ddpm.Variance.LARGE),
        new Euler(new Churn(20, 0.05, 50, 1.003)),
        new Heun(new Churn(20, 0.05, 50, 1.003)));
  }

  /** The denoiser of a mixture of normal distributions of one value. */
  private static Tensor mixture(Tensor x, Tensor sigma) {
    Tensor level = sigma.view(-1, 1, 1, 1).square();
    Tensor weights = torch.zeros_like(x);
    Tensor sum = torch.zeros_like(x);
    for (int k = 0; k < MEANS.length; k++) {
      Tensor variance = level.add(Ops.scalar(VARIANCES[k]));
      Tensor apart = x.sub(Ops.scalar(MEANS[k]));
      Tensor weight =
          apart
              .square()
              .div(variance)
              .mul(Ops.scalar(-0.5))
              .exp()
              .div(variance.sqrt())
              .mul(Ops.scalar(SHARES[k]));
      Tensor expected = apart.div(variance).mul(Ops.scalar(VARIANCES[k])).add(Ops.scalar(MEANS[k]));
      weights = weights.add(weight);
      sum = sum.add(weight.mul(expected));
    }
    return sum.div(weights);
  }

  private static Tensor start(int n, double most) {
    return Noise.of(5, 0, n)
        .gaussian(Rng.Purpose.START, 0, 1, 1, 1)
        .to(ScalarType.Double)
        .mul(Ops.scalar(most));
  }

  private static double[] solved(Solver solver, int steps) {
    NoiseGrid grid = NoiseGrid.uniformLambda(steps, 0.1, 10);
    return Ops.toDoubles(
        solver.solve(SolverTest::mixture, start(24, 10), grid, Noise.of(5, 0, 24)));
  }

  /** The slope of the logarithm of the error over that of the steps, N = 128 to 512. */
  private static double order(Solver solver, double[] exact) {
    double[] errors = {error(solved(solver, 128), exact), error(solved(solver, 512), exact)};
    return Math.log(errors[0] / errors[1]) / Math.log(511.0 / 127);
  }

  private static double error(double[] values, double[] exact) {
    return IntStream.range(0, exact.length).mapToDouble(i -> Math.abs(values[i] - exact[i])).sum();
  }

  @Test
  void errorsFallByTheOrderOfTheMethod() {
    try (Scope scope = Scope.open()) {
      double[] exact = solved(Heun.of(), 4000);
      assertThat(order(Euler.of(), exact)).isBetween(0.95, 1.05);
      assertThat(order(Heun.of(), exact)).isBetween(1.9, 2.05);
      assertThat(order(DpmSolver.of(), exact)).isBetween(1.9, 2.05);
      assertThat(order(new Plms(), exact)).isBetween(1.9, 2.1);
    }
  }

  @Test
  void aNormalDistributionsPathsAreItsClosedForm() {
    double mean = 0.7;
    double square = 0.09;
    Denoiser denoiser =
        (x, sigma) -> {
          Tensor share = sigma.view(-1, 1, 1, 1).square().add(Ops.scalar(square)).reciprocal();
          return x.sub(Ops.scalar(mean)).mul(share.mul(Ops.scalar(square))).add(Ops.scalar(mean));
        };
    try (Scope scope = Scope.open()) {
      Tensor x = start(16, 20);
      double[] from = Ops.toDoubles(x);
      NoiseGrid grid = NoiseGrid.uniformLambda(800, 1e-3, 20);
      for (Solver solver : List.of(Heun.of(), DpmSolver.of())) {
        double[] reached = Ops.toDoubles(solver.solve(denoiser, x, grid, Noise.of(1, 0, 16)));
        for (int i = 0; i < 16; i++) {
          double expected = mean + (from[i] - mean) * Math.sqrt(square / (square + 400));
          assertThat(reached[i]).isCloseTo(expected, within(1e-5));
        }
      }
    }
  }

  @Test
  void ddimWithoutNoiseEulerAndTheFirstOrderOfDpmAreOneMethod() {
    try (Scope scope = Scope.open()) {
      double[] euler = solved(Euler.of(), 17);
      assertThat(solved(Ddim.of(), 17)).containsExactly(euler, within(1e-12));
      assertThat(solved(new DpmSolver(1), 17)).containsExactly(euler, within(1e-12));
      // Plms with two steps: one, of two predictions, and that to zero.
      assertThat(solved(new Plms(), 2)).containsExactly(solved(Heun.of(), 2), within(1e-12));
    }
  }

  @Test
  void eulersMethodInTheTimeOfStraightPathsIsTheSame() {
    try (Scope scope = Scope.open()) {
      NoiseGrid grid = NoiseGrid.evenTime(9, 50);
      Tensor x = start(6, 50);
      double[] ours =
          Ops.toDoubles(Euler.of().solve(SolverTest::mixture, x, grid, Noise.of(5, 0, 6)));
      // x_t = t x; u = (D - x_t) / (1 - t); x_t' = x_t + (t' - t) u.
      double t = 1 / 51.0;
      Tensor at = x.mul(Ops.scalar(t));
      for (int i = 0; i < 9; i++) {
        double[] sigmas = new double[6];
        Arrays.fill(sigmas, (1 - t) / t);
        Tensor denoised = mixture(at.div(Ops.scalar(t)), Ops.doubles(sigmas, 6));
        double next = 1 / 51.0 + (1 - 1 / 51.0) * (i + 1) / 9;
        at = at.add(denoised.sub(at), Ops.scalar((next - t) / (1 - t)));
        t = next;
      }
      assertThat(ours).containsExactly(Ops.toDoubles(at), within(1e-12));
    }
  }

  /** Mean and deviation of one step to {@code to}, of a denoiser that always says 0.4. */
  private static double[] moments(Solver solver, double from, double to) {
    Denoiser constant = (x, sigma) -> torch.full_like(x, Ops.scalar(0.4));
    NoiseGrid grid = new NoiseGrid(new double[] {from, to, 0});
    // The second step gives 0.4 whatever stands there, so the first is looked at by the denoiser.
    double[][] seen = new double[2][];
    Denoiser spy =
        (x, sigma) -> {
          if (Ops.toDoubles(sigma)[0] < from) {
            seen[0] = Ops.toDoubles(x);
          }
          return constant.denoise(x, sigma);
        };
    Noise noise = Noise.of(3, 0, 2);
    Tensor x = Ops.doubles(new double[] {1.5, 1.5}, 2, 1, 1, 1);
    solver.solve(spy, x, grid, noise);
    double[] drawn = Ops.toDoubles(noise.gaussian(Rng.Purpose.NOISE, 0, 1, 1, 1));
    // Two draws from one start tell the mean and the factor of the noise.
    double deviation = (seen[0][0] - seen[0][1]) / (drawn[0] - drawn[1]);
    return new double[] {seen[0][0] - deviation * drawn[0], deviation};
  }

  @Test
  void ddimWithAllItsNoiseIsDdpmIsTheAncestralStep() {
    NoiseSchedule schedule = NoiseSchedule.of(Rule.LINEAR, 1000);
    for (int[] pair : new int[][] {{999, 998}, {500, 400}, {20, 0}, {1, 0}}) {
      double from = schedule.sigma(pair[0]);
      double to = schedule.sigma(pair[1]);
      double bar = schedule.alphaBar(pair[0]);
      double before = schedule.alphaBar(pair[1]);
      // ho2020denoising, Eq. (7), for a step that may be many: beta = 1 - bar / before.
      double beta = 1 - bar / before;
      double mean =
          Math.sqrt(before) * beta / (1 - bar) * 0.4
              + Math.sqrt(1 - beta) * (1 - before) / (1 - bar) * Math.sqrt(bar) * 1.5;
      double small = beta * (1 - before) / (1 - bar);
      // karras2022elucidating's ancestral step: up and down.
      double up = Math.min(to, Math.sqrt(to * to * (from * from - to * to) / (from * from)));
      double down = Math.sqrt(to * to - up * up);
      double euler = 1.5 + (down - from) * (1.5 - 0.4) / from;
      try (Scope scope = Scope.open()) {
        double[] expected = {mean / Math.sqrt(before), Math.sqrt(small / before)};
        assertThat(moments(Ddpm.of(), from, to)).containsExactly(expected, within(1e-12));
        assertThat(moments(Ddim.ancestral(), from, to)).containsExactly(expected, within(1e-12));
        assertThat(expected).containsExactly(new double[] {euler, up}, within(1e-11));
        assertThat(moments(new Ddpm(Ddpm.Variance.LARGE), from, to))
            .containsExactly(new double[] {expected[0], Math.sqrt(beta / before)}, within(1e-12));
      }
    }
  }

  @Test
  void halfOfDdimsNoiseHasThePapersVariance() {
    NoiseSchedule schedule = NoiseSchedule.of(Rule.COSINE, 100);
    double bar = schedule.alphaBar(60);
    double before = schedule.alphaBar(30);
    // song2021denoising, Eq. (16), in x; ours is divided by alpha'.
    double s = 0.5 * Math.sqrt((1 - before) / (1 - bar)) * Math.sqrt(1 - bar / before);
    double noise = (1.5 - 0.4) / schedule.sigma(60);
    double mean = Math.sqrt(before) * 0.4 + Math.sqrt(1 - before - s * s) * noise;
    try (Scope scope = Scope.open()) {
      assertThat(moments(new Ddim(0.5), schedule.sigma(60), schedule.sigma(30)))
          .containsExactly(
              new double[] {mean / Math.sqrt(before), s / Math.sqrt(before)}, within(1e-12));
    }
  }

  @Test
  void theBestChainOnANormalDistributionIsTooNarrowWithFewSteps() {
    // Variance recursion of the optimal denoiser on N(0, 0.25); values from the same recursion
    // written in alphaBar.
    double[] expected = {0.12217, 0.19656, 0.24613};
    int[] lengths = {10, 50, 1000};
    for (int k = 0; k < lengths.length; k++) {
      NoiseGrid grid =
          NoiseGrid.of(
              NoiseSchedule.of(Rule.LINEAR, lengths[k]), lengths[k], NoiseGrid.Spacing.TRAILING);
      try (Scope scope = Scope.open()) {
        Denoiser denoiser =
            (x, sigma) ->
                x.mul(
                    sigma
                        .view(-1, 1, 1, 1)
                        .square()
                        .add(Ops.scalar(0.25))
                        .reciprocal()
                        .mul(Ops.scalar(0.25)));
        int n = 4000;
        Tensor end =
            Ddpm.of()
                .solve(
                    denoiser,
                    start(n, Math.sqrt(1 + grid.most() * grid.most())),
                    grid,
                    Noise.of(9, 0, n));
        double variance = end.square().mean().item_double();
        // The spread of a variance of n normal values is sqrt(2 / n) of it.
        assertThat(variance).isCloseTo(expected[k], within(4 * Math.sqrt(2.0 / n) * expected[k]));
        double linear = 1 + grid.most() * grid.most();
        for (int i = 0; i < grid.steps(); i++) {
          double from = grid.sigma(i);
          double to = grid.sigma(i + 1);
          double share = to * to / (from * from);
          double factor = share + (1 - share) * 0.25 / (0.25 + from * from);
          linear = factor * factor * linear + share * (from * from - to * to);
        }
        assertThat(linear).isCloseTo(expected[k], within(6e-6));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void anImageDoesNotDependOnItsNeighbours(Solver solver) {
    NoiseGrid grid = NoiseGrid.karras(8, 0.01, 20, 7);
    try (Scope scope = Scope.open()) {
      Tensor x = start(6, 20);
      double[] together =
          Ops.toDoubles(solver.solve(SolverTest::mixture, x, grid, Noise.of(2, 0, 6)));
      for (int i = 0; i < 6; i++) {
        double[] alone =
            Ops.toDoubles(
                solver.solve(SolverTest::mixture, x.narrow(0, i, 1), grid, Noise.of(2, i, 1)));
        assertThat(alone[0]).isCloseTo(together[i], within(1e-12));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void theStartIsLeftAsItIsAndTheTypeIsKept(Solver solver) {
    NoiseGrid grid = NoiseGrid.karras(4, 0.01, 20, 7);
    try (Scope scope = Scope.open()) {
      for (ScalarType type : List.of(ScalarType.Float, ScalarType.Double)) {
        Tensor x = start(3, 20).to(type);
        double[] before = Ops.toDoubles(x);
        Tensor end =
            solver.solve(
                (at, sigma) -> mixture(at.to(ScalarType.Double), sigma).to(type),
                x,
                grid,
                Noise.of(2, 0, 3));
        assertThat(end.scalar_type().intern()).isEqualTo(type);
        assertThat(end.shape()).containsExactly(3, 1, 1, 1);
        assertThat(Ops.toDoubles(x)).isEqualTo(before);
      }
      assertThatThrownBy(
              () -> solver.solve(SolverTest::mixture, start(3, 1), grid, Noise.of(2, 0, 4)))
          .hasMessage("x must hold 4 images as noise has, got [3, 1, 1, 1]");
    }
  }

  @ParameterizedTest
  @MethodSource("deterministic")
  void whatDrawsNothingIgnoresTheSeed(Solver solver) {
    NoiseGrid grid = NoiseGrid.karras(5, 0.01, 20, 7);
    try (Scope scope = Scope.open()) {
      assertThat(
              Ops.toDoubles(
                  solver.solve(SolverTest::mixture, start(3, 20), grid, Noise.of(2, 0, 3))))
          .isEqualTo(
              Ops.toDoubles(
                  solver.solve(SolverTest::mixture, start(3, 20), grid, Noise.of(3, 0, 3))));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void imagesStayAtOnePlaceInMemory(Solver solver) {
    Set<Long> places = new HashSet<>();
    try (Scope scope = Scope.open()) {
      solver.solve(
          (x, sigma) -> {
            places.add(x.data_ptr().address());
            return mixture(x, sigma);
          },
          start(64, 80),
          NoiseGrid.karras(12, 0.05, 80, 7),
          Noise.of(1, 0, 64));
    }
    // The first step of PLMS asks at a second place, once.
    assertThat(places).hasSize(solver instanceof Plms ? 2 : 1);
  }

  @ParameterizedTest
  @MethodSource("all")
  void aDenoiserMayGiveBackWhatItWasGiven(Solver solver) {
    NoiseGrid grid = NoiseGrid.karras(6, 0.05, 80, 7);
    try (Scope scope = Scope.open()) {
      Tensor same = solver.solve((x, sigma) -> x, start(5, 80), grid, Noise.of(1, 0, 5));
      Tensor equal = solver.solve((x, sigma) -> x.clone(), start(5, 80), grid, Noise.of(1, 0, 5));
      assertThat(Ops.toDoubles(same)).isEqualTo(Ops.toDoubles(equal));
    }
  }

  @Test
  void callsAreCounted() {
    assertThat(calls(Euler.of())).isEqualTo(7);
    assertThat(calls(Heun.of())).isEqualTo(13);
    assertThat(calls(Ddim.of())).isEqualTo(7);
    assertThat(calls(Ddpm.of())).isEqualTo(7);
    assertThat(calls(DpmSolver.of())).isEqualTo(7);
    assertThat(calls(new Plms())).isEqualTo(8);
  }

  private static int calls(Solver solver) {
    AtomicInteger calls = new AtomicInteger();
    try (Scope scope = Scope.open()) {
      solver.solve(
          (x, sigma) -> {
            calls.incrementAndGet();
            return mixture(x, sigma);
          },
          start(1, 20),
          NoiseGrid.karras(7, 0.01, 20, 7),
          Noise.of(2, 0, 1));
    }
    return calls.get();
  }

  @Test
  void churnKeepsTheDistributionAndEachOfItsNumbersCounts() {
    NoiseGrid grid = NoiseGrid.karras(40, 0.01, 20, 7);
    try (Scope scope = Scope.open()) {
      int n = 4000;
      Tensor x = start(n, Math.hypot(20, 2));
      Tensor end =
          new Heun(new Churn(20, 0.05, 10, 1))
              .solve(SolverTest::mixture, x, grid, Noise.of(2, 0, n));
      double mean = IntStream.range(0, 3).mapToDouble(k -> SHARES[k] * MEANS[k]).sum();
      double square =
          IntStream.range(0, 3)
              .mapToDouble(k -> SHARES[k] * (MEANS[k] * MEANS[k] + VARIANCES[k]))
              .sum();
      double spread = Math.sqrt((square - mean * mean) / n);
      assertThat(end.mean().item_double()).isCloseTo(mean, within(4 * spread));
      assertThat(end.square().mean().item_double()).isCloseTo(square, within(0.05 * square));
      List<double[]> results =
          List.of(
              churned(new Churn(20, 0.05, 10, 1), grid),
              churned(new Churn(10, 0.05, 10, 1), grid),
              churned(new Churn(20, 0.5, 10, 1), grid),
              churned(new Churn(20, 0.05, 5, 1), grid),
              churned(new Churn(20, 0.05, 10, 1.01), grid));
      assertThat(results.stream().map(values -> values[0]).distinct()).hasSize(5);
    }
    assertThatThrownBy(() -> new Churn(-1, 0, 1, 1)).hasMessageContaining("amount");
    assertThatThrownBy(() -> new Churn(1, 2, 1, 1)).hasMessageContaining("most must be >= 2.0");
    assertThatThrownBy(() -> new Churn(1, 0, 1, 0)).hasMessageContaining("scale");
  }

  private static double[] churned(Churn churn, NoiseGrid grid) {
    return Ops.toDoubles(
        new Euler(churn).solve(SolverTest::mixture, start(1, 20), grid, Noise.of(2, 0, 1)));
  }

  @Test
  void limitsAreChecked() {
    assertThatThrownBy(() -> new Ddim(1.5)).hasMessageContaining("eta must be in [0.0, 1.0]");
    assertThatThrownBy(() -> new DpmSolver(3)).hasMessage("order must be 1 or 2, got 3");
  }
}
