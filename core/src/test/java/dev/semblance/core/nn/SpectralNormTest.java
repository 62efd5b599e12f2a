package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

final class SpectralNormTest {
  private static double largest(Tensor weight) {
    return torch.linalg_svdvals(weight.detach().flatten(1, -1)).max().item_double();
  }

  @Test
  void iteratingFindsTheLargestSingularValue() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(3)) {
      Tensor kernel = weights.normal("conv.weight", 0.3, 6, 4, 3, 3);
      SpectralNorm norm = SpectralNorm.of(weights, "conv", kernel);
      for (int i = 0; i < 300; i++) {
        norm.advance();
      }
      assertThat(norm.value()).isCloseTo(largest(kernel), within(1e-5));
      assertThat(largest(norm.normalized())).isCloseTo(1, within(1e-5));
      assertThat(norm.normalized().shape()).isEqualTo(kernel.shape());
    }
  }

  @Test
  void oneIterationIsThatOfTheDefinition() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(4)) {
      Tensor matrix = weights.normal("w.weight", 1, 5, 7);
      SpectralNorm norm = SpectralNorm.of(weights, "w", matrix);
      double[][] w = new double[5][7];
      double[] flat = Ops.toDoubles(matrix);
      double[] u = Ops.toDoubles(norm.left());
      double[] v = new double[7];
      double[] next = new double[5];
      for (int i = 0; i < 35; i++) {
        w[i / 7][i % 7] = flat[i];
        v[i % 7] += w[i / 7][i % 7] * u[i / 7];
      }
      for (int i = 0; i < 35; i++) {
        next[i / 7] += w[i / 7][i % 7] * v[i % 7] / length(v);
      }
      norm.advance();
      double[] now = Ops.toDoubles(norm.left());
      for (int i = 0; i < 5; i++) {
        assertThat(now[i]).isCloseTo(next[i] / length(next), within(1e-6));
      }
    }
  }

  private static double length(double[] vector) {
    double sum = 0;
    for (double value : vector) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  @Test
  void readingTheWeightMovesNothing() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(5)) {
      Tensor matrix = weights.normal("w.weight", 1, 5, 7);
      SpectralNorm norm = SpectralNorm.of(weights, "w", matrix);
      float[] before = Ops.toFloats(norm.left());
      float[] first = Ops.toFloats(norm.normalized());
      assertThat(Ops.toFloats(norm.normalized())).isEqualTo(first);
      assertThat(Ops.toFloats(norm.left())).isEqualTo(before);
      norm.advance();
      assertThat(Ops.toFloats(norm.left())).isNotEqualTo(before);
      assertThat(weights.buffers()).containsOnlyKeys("w.u");
    }
  }

  @Test
  void theGradientIsThatOfMiyatosEquation() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(6)) {
      Tensor matrix = weights.normal("w.weight", 1, 4, 3);
      SpectralNorm norm = SpectralNorm.of(weights, "w", matrix);
      for (int i = 0; i < 300; i++) {
        norm.advance();
      }
      Tensor probe = Ops.floats(new float[] {1, -2, 3, 0, 1, 2, -1, 1, 0, 2, 1, 1}, 4, 3);
      norm.normalized().mul(probe).sum().backward();
      Tensor wanted;
      try (NoGradGuard guard = new NoGradGuard()) {
        // Eq. (10): (G - <G, W/s> u v^T) / s
        double sigma = norm.value();
        Tensor v = matrix.t().mv(norm.left());
        Tensor outer = norm.left().outer(v.div(v.norm()));
        double share = probe.mul(matrix).sum().item_double() / sigma;
        wanted = probe.sub(outer, Ops.scalar(share)).div(Ops.scalar(sigma));
      }
      assertThat(Ops.toFloats(matrix.grad())).containsExactly(Ops.toFloats(wanted), within(1e-5f));
    }
  }
}
