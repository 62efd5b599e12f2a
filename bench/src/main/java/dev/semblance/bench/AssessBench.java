package dev.semblance.bench;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.eval.DensityCoverage;
import dev.semblance.generative.eval.FrechetDistance;
import dev.semblance.generative.eval.KernelDistance;
import dev.semblance.generative.eval.Memorisation;
import dev.semblance.generative.eval.NearestNeighbourTest;
import dev.semblance.generative.eval.PrecisionRecall;
import dev.semblance.generative.eval.TwoSampleTest;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/** What each metric of generated samples costs on Gaussian features of two equal distributions. */
public final class AssessBench {
  private AssessBench() {}

  /** Arguments: rows of each side (default 10,000) and width (default 100). */
  public static void main(String[] args) {
    int n = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    int width = args.length > 1 ? Integer.parseInt(args[1]) : 100;
    try (Scope scope = Scope.open()) {
      Tensor real = gaussian(1, n, width);
      Tensor fake = gaussian(2, n, width);
      Tensor training = gaussian(3, n, width);
      time("Fréchet distance with error", () -> FrechetDistance.of(0).measure(real, fake));
      FrechetDistance frechet = FrechetDistance.of(0);
      if (n >= frechet.leastAtInfinity(width)) {
        time("the same at endless n", () -> frechet.atInfinity(real, fake));
      }
      time("kernel distance", () -> KernelDistance.of(0).measure(real, fake));
      time("precision and recall", () -> PrecisionRecall.of().measure(real, fake));
      time("density and coverage", () -> DensityCoverage.of().measure(real, fake));
      time("1-NN test", () -> new NearestNeighbourTest(0).measure(real, fake));
      time("classifier two-sample test", () -> TwoSampleTest.small(width, 0).measure(real, fake));
      time("memorisation", () -> Memorisation.of().measure(fake, training, real));
    }
  }

  /** Wall time, and that of this thread, which other work on the machine does not lengthen. */
  private static void time(String name, Runnable metric) {
    long start = System.nanoTime();
    long own = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    metric.run();
    System.out.printf(
        Locale.ROOT,
        "%-32s %8.2f s, this thread %8.2f s%n",
        name,
        (System.nanoTime() - start) * 1e-9,
        (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - own) * 1e-9);
  }

  private static Tensor gaussian(long seed, int n, int width) {
    Rng rng = Rng.of(seed, Rng.Purpose.SYNTHETIC);
    double[] values = new double[Math.multiplyExact(n, width)];
    for (int i = 0; i < values.length; i++) {
      values[i] = rng.gaussian();
    }
    return Ops.doubles(values, n, width);
  }
}
