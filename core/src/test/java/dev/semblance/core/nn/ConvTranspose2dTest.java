package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

final class ConvTranspose2dTest {
  private static Tensor draws(long seed, long... shape) {
    int n = 1;
    for (long side : shape) {
      n *= (int) side;
    }
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = rng.gaussian();
    }
    return Ops.doubles(values, shape);
  }

  @Test
  void everyOptionIsThatOfTheNaiveLoop() {
    int[][] cases = {{1, 0, 0}, {2, 1, 0}, {2, 1, 1}, {3, 0, 2}, {3, 2, 1}};
    for (int[] given : cases) {
      try (Scope scope = Scope.open()) {
        Tensor x = draws(1, 2, 3, 4, 5);
        Tensor w = draws(2, 3, 2, 4, 4);
        Tensor b = draws(3, 2);
        Tensor y = new ConvTranspose2d(w, b, given[0], given[1], given[2]).apply(x);
        int height = 3 * given[0] - 2 * given[1] + 4 + given[2];
        int width = 4 * given[0] - 2 * given[1] + 4 + given[2];
        assertThat(y.shape()).containsExactly(2, 2, height, width);
        assertThat(Ops.toDoubles(y))
            .containsExactly(naive(x, w, b, given, height, width), within(1e-12));
      }
    }
  }

  private static double[] naive(Tensor x, Tensor w, Tensor b, int[] given, int height, int width) {
    double[] in = Ops.toDoubles(x);
    double[] weight = Ops.toDoubles(w);
    double[] bias = Ops.toDoubles(b);
    double[] out = new double[2 * 2 * height * width];
    for (int i = 0; i < out.length; i++) {
      out[i] = bias[i / (height * width) % 2];
    }
    for (int n = 0; n < 2; n++) {
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < 4; i++) {
          for (int j = 0; j < 5; j++) {
            for (int o = 0; o < 2; o++) {
              for (int u = 0; u < 4; u++) {
                for (int v = 0; v < 4; v++) {
                  int row = i * given[0] - given[1] + u;
                  int column = j * given[0] - given[1] + v;
                  if (row >= 0 && row < height && column >= 0 && column < width) {
                    out[((n * 2 + o) * height + row) * width + column] +=
                        in[((n * 3 + c) * 4 + i) * 5 + j] * weight[((c * 2 + o) * 4 + u) * 4 + v];
                  }
                }
              }
            }
          }
        }
      }
    }
    return out;
  }

  @Test
  void itIsTheTransposeOfTheConvolution() {
    try (Scope scope = Scope.open()) {
      Tensor w = draws(4, 3, 2, 4, 4);
      Tensor x = draws(5, 1, 3, 7, 7);
      Tensor y = draws(6, 1, 2, 14, 14);
      Tensor up = new ConvTranspose2d(w, null, 2, 1, 0).apply(x);
      Tensor down =
          torch.conv2d(
              y, w, Ops.optional(null), new long[] {2, 2}, new long[] {1, 1}, new long[] {1, 1}, 1);
      assertThat(up.mul(y).sum().item_double())
          .isCloseTo(down.mul(x).sum().item_double(), within(1e-10));
    }
  }
}
