package dev.semblance.bench;

import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.SmallCnn;
import dev.semblance.core.tensor.NativeSetting;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Optimizer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What the native runtime's settings decide, under the settings of the environment it is started
 * in: small operations, large element-wise operations, matrix products, the small network's forward
 * pass and training step at batch 128.
 */
public final class NativeBench {
  private static final int BATCH = 128;

  private NativeBench() {}

  /** Argument: seconds for each figure, default 5. */
  public static void main(String[] args) {
    double budget = args.length > 0 ? Double.parseDouble(args[0]) : 5;
    StringBuilder settings = new StringBuilder("settings:");
    for (NativeSetting setting : NativeSetting.all()) {
      settings.append(' ').append(setting.name()).append('=').append(setting.inForce());
    }
    for (String name : new String[] {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LD_PRELOAD"}) {
      settings.append(' ').append(name).append('=').append(System.getenv(name));
    }
    System.out.println(settings);
    try (Scope scope = Scope.open()) {
      small(budget);
      large(budget);
      product(budget);
      network(budget);
    }
  }

  private static double[] run(double budget, Runnable body) {
    double one = Measure.median(Measure.seconds(2, 3, body));
    return Measure.seconds(0, (int) Math.max(5, Math.min(200, budget / one)), body);
  }

  private static void small(double budget) {
    Tensor a = Ops.zeros(ScalarType.Float, 16);
    double[] s =
        run(
            budget / 4,
            () -> {
              for (int i = 0; i < 10; i++) {
                try (Scope step = Scope.open()) {
                  for (int k = 0; k < 1000; k++) {
                    a.add(a);
                  }
                }
              }
            });
    Measure.print("add of 16 values", "us", 1e6 / 10_000, s);
  }

  private static void large(double budget) {
    Tensor big = Ops.zeros(ScalarType.Float, 16_000_000);
    double[] s =
        run(
            budget / 2,
            () -> {
              try (Scope step = Scope.open()) {
                big.relu();
              }
            });
    Measure.printRate("relu of 64 MB", "GB/s", 0.128, s);
  }

  private static void product(double budget) {
    Tensor a = torch.randn(1024, 1024);
    Tensor b = torch.randn(1024, 1024);
    double[] s =
        run(
            budget / 2,
            () -> {
              try (Scope step = Scope.open()) {
                a.matmul(b);
              }
            });
    Measure.printRate("matmul 1024", "GFLOP/s", 2 * Math.pow(1024, 3) / 1e9, s);
  }

  private static void network(double budget) {
    Tensor x = torch.randn(new long[] {BATCH, 1, 28, 28}, new TensorOptions(ScalarType.Float));
    Tensor y = torch.randint(10, new long[] {BATCH}, Ops.options(ScalarType.Long));
    try (SmallCnn net = SmallCnn.Config.of().build(0);
        Optimizer.State adam = Optimizer.Adam.of(1e-3).over(net.weights().parameters())) {
      double[] forward =
          run(
              budget,
              () -> {
                try (Scope step = Scope.open();
                    NoGradGuard guard = new NoGradGuard()) {
                  net.forward(x, Mode.TRAINING);
                }
              });
      Measure.printRate("small network, forward", "images/s", BATCH, forward);
      double[] train =
          run(
              2 * budget,
              () -> {
                try (Scope step = Scope.open()) {
                  torch.cross_entropy_loss(net.forward(x, Mode.TRAINING), y).backward();
                  adam.apply(1e-3);
                }
              });
      Measure.printRate("small network, training step with Adam", "steps/s", 1, train);
    }
  }
}
