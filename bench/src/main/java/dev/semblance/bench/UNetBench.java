package dev.semblance.bench;

import dev.semblance.core.nn.UNet;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The U-Net on grey images of 28x28 pixels, with feature maps in channels last and in the
 * contiguous layout, in turn: images a second forward (sampling asks this for each step) and
 * forward and backward (training), and the ratio of each pair.
 */
public final class UNetBench {
  private static final int BATCH = 64;

  private UNetBench() {}

  /** Arguments: pairs of runs (default 9). */
  public static void main(String[] args) {
    int pairs = args.length > 0 ? Integer.parseInt(args[0]) : 9;
    compare("patch 2, widths 32 64", config(2, List.of(32, 64)), pairs);
    compare("patch 2, widths 48 96", config(2, List.of(48, 96)), pairs);
    compare("patch 1, widths 16 32 64", config(1, List.of(16, 32, 64)), pairs);
  }

  private static UNet.Config config(int patch, List<Integer> widths) {
    return new UNet.Config(1, patch, widths, 1, true, 0, 0);
  }

  private static void compare(String name, UNet.Config config, int pairs) {
    try (Weights weights = new Weights(1);
        Scope scope = Scope.open()) {
      UNet last = UNet.of(weights, "", config);
      UNet contiguous = last.contiguous();
      Tensor images = random(BATCH * 28 * 28).view(BATCH, 1, 28, 28);
      Tensor times = random(BATCH);
      System.out.printf("%s: %,d weights%n", name, weights.count());
      double[][] seconds = new double[4][pairs];
      for (int i = -1; i < pairs; i++) {
        double[] now = {
          forward(last, images, times),
          forward(contiguous, images, times),
          training(last, images, times),
          training(contiguous, images, times)
        };
        for (int k = 0; k < now.length && i >= 0; k++) {
          seconds[k][i] = now[k];
        }
      }
      Measure.printRate("forward, channels last", "images/s", BATCH, seconds[0]);
      Measure.print("  over contiguous", "", 1, ratios(seconds[1], seconds[0]));
      Measure.printRate("forward and backward, channels last", "images/s", BATCH, seconds[2]);
      Measure.print("  over contiguous", "", 1, ratios(seconds[3], seconds[2]));
    }
  }

  private static double[] ratios(double[] a, double[] b) {
    double[] ratios = new double[a.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = a[i] / b[i];
    }
    return ratios;
  }

  private static double forward(UNet net, Tensor images, Tensor times) {
    long start = System.nanoTime();
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      net.apply(images, times, null, null);
    }
    return (System.nanoTime() - start) * 1e-9;
  }

  private static double training(UNet net, Tensor images, Tensor times) {
    long start = System.nanoTime();
    try (Scope scope = Scope.open()) {
      net.apply(images, times, null, null).sub(images).square().mean().backward();
    }
    return (System.nanoTime() - start) * 1e-9;
  }

  private static Tensor random(int n) {
    Rng rng = Rng.of(1, Rng.Purpose.OTHER);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) rng.gaussian();
    }
    return Ops.floats(values, n);
  }
}
