package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MlpTest extends NetContract {
  @Override
  Mlp.Config architecture() {
    return new Mlp.Config(6, List.of(4, 3), 2);
  }

  @Override
  long[] inputShape() {
    return new long[] {6};
  }

  @Override
  int outputWidth() {
    return 2;
  }

  @Test
  void agreesWithLoopsOverItsWeights() {
    try (Mlp net = new Mlp.Config(3, List.of(4), 2).build(5);
        Scope scope = Scope.open()) {
      Map<String, org.bytedeco.pytorch.Tensor> w = net.weights().parameters();
      Ops.withoutGradient(() -> w.get("hidden0.bias").add_(Ops.scalar(0.25)));
      double[] x = {0.5, -1, 2};
      double[] hidden =
          affine(x, Ops.toDoubles(w.get("hidden0.weight")), Ops.toDoubles(w.get("hidden0.bias")));
      for (int i = 0; i < hidden.length; i++) {
        hidden[i] = Math.max(0, hidden[i]);
      }
      double[] expected =
          affine(hidden, Ops.toDoubles(w.get("head.weight")), Ops.toDoubles(w.get("head.bias")));
      double[] actual =
          Ops.toDoubles(net.forward(Ops.floats(new float[] {0.5f, -1, 2}, 1, 3), Mode.INFERENCE));
      assertThat(actual).containsExactly(expected, within(1e-6));
    }
  }

  private static double[] affine(double[] x, double[] weight, double[] bias) {
    double[] y = bias.clone();
    for (int i = 0; i < y.length; i++) {
      for (int k = 0; k < x.length; k++) {
        y[i] += weight[i * x.length + k] * x[k];
      }
    }
    return y;
  }
}
