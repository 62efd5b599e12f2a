package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResNetTest extends NetContract {
  @Override
  ResNet.Config architecture() {
    return new ResNet.Config(2, 10, List.of(3, 4), 5, 0.001);
  }

  @Override
  long[] inputShape() {
    return new long[] {2, 7, 8};
  }

  @Override
  int outputWidth() {
    return 5;
  }

  @Test
  void everyOptionChangesWeightsOrOutput() {
    String usual = LeNetTest.shapes(architecture());
    assertThat(
            List.of(
                LeNetTest.shapes(new ResNet.Config(1, 10, List.of(3, 4), 5, 0.001)),
                LeNetTest.shapes(new ResNet.Config(2, 6, List.of(3, 4), 5, 0.001)),
                LeNetTest.shapes(new ResNet.Config(2, 10, List.of(3, 6), 5, 0.001)),
                LeNetTest.shapes(new ResNet.Config(2, 10, List.of(3, 4), 6, 0.001))))
        .doesNotContain(usual)
        .doesNotHaveDuplicates();
    try (Scope scope = Scope.open();
        Net net = architecture().build(1);
        Net other = new ResNet.Config(2, 10, List.of(3, 4), 5, 0.1).build(1)) {
      assertThat(Ops.toFloats(other.forward(input(1, 1), Mode.INFERENCE)))
          .isNotEqualTo(Ops.toFloats(net.forward(input(1, 1), Mode.INFERENCE)));
    }
  }

  @Test
  void impossibleDepthsAndNumbersAreRefused() {
    assertThatThrownBy(() -> ResNet.Config.of(3, 33, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("depth must be 6 x blocks + 2 for 3 stages, got 33");
    assertThatThrownBy(() -> ResNet.Config.of(3, 2, 10)).hasMessageContaining("depth");
    assertThatThrownBy(() -> ResNet.Config.of(0, 32, 10)).hasMessageContaining("channels");
    assertThatThrownBy(() -> ResNet.Config.of(3, 32, 0)).hasMessageContaining("classes");
    assertThatThrownBy(() -> new ResNet.Config(3, 8, List.of(1, 2, 0), 10, 0.1))
        .hasMessageContaining("width");
    assertThatThrownBy(() -> new ResNet.Config(3, 8, List.of(), 10, 0.1))
        .hasMessageContaining("widths");
    assertThatThrownBy(() -> new ResNet.Config(3, 8, List.of(1, 2, 3), 10, Double.NaN))
        .hasMessageContaining("epsilon");
  }

  /** One channel, one block of stride 2, by loops: even sides are not padded before. */
  @ParameterizedTest
  @CsvSource({"6, 0", "5, 1"})
  void aHalvingBlockAgreesWithLoops(int side, int before) {
    int half = 3;
    try (Scope scope = Scope.open();
        Net net = new ResNet.Config(1, 6, List.of(1, 1), 1, 0.001).build(11)) {
      Tensor input = Ops.floats(ramp(side * side), 1, 1, side, side);
      double[][] x = convolve(image(input, side), net, "conv1", 3, 1, 1, side);
      double[][] h = convolve(active(x, net, "layer1.0.bn1"), net, "layer1.0.conv1", 3, 1, 1, side);
      h = convolve(active(h, net, "layer1.0.bn2"), net, "layer1.0.conv2", 3, 1, 1, side);
      x = sum(x, h);
      h = convolve(active(x, net, "layer2.0.bn1"), net, "layer2.0.conv1", 3, 2, before, half);
      h = convolve(active(h, net, "layer2.0.bn2"), net, "layer2.0.conv2", 3, 1, 1, half);
      h = active(sum(convolve(x, net, "layer2.0.shortcut", 1, 2, 0, half), h), net, "bn");
      double mean = 0;
      for (double[] row : h) {
        for (double value : row) {
          mean += value / (half * half);
        }
      }
      assertThat(net.features(input, Mode.INFERENCE).item_double()).isCloseTo(mean, within(1e-5));
    }
  }

  private static double[][] convolve(
      double[][] x, Net net, String name, int kernel, int stride, int before, int size) {
    Map<String, Tensor> weights = net.weights().all();
    float[] w = Ops.toFloats(Objects.requireNonNull(weights.get(name + ".weight")));
    double[][] y = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        y[i][j] = Ops.toFloats(Objects.requireNonNull(weights.get(name + ".bias")))[0];
        for (int u = 0; u < kernel; u++) {
          for (int v = 0; v < kernel; v++) {
            int row = i * stride + u - before;
            int column = j * stride + v - before;
            if (row >= 0 && row < x.length && column >= 0 && column < x.length) {
              y[i][j] += w[u * kernel + v] * x[row][column];
            }
          }
        }
      }
    }
    return y;
  }

  /** New nets have mean 0, variance 1, weight 1 and bias 0. */
  private static double[][] active(double[][] x, Net net, String norm) {
    assertThat(net.weights().all()).containsKey(norm + ".running_var");
    double[][] y = new double[x.length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i][j] = Math.max(0, x[i][j] / Math.sqrt(1 + 0.001));
      }
    }
    return y;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    double[][] y = new double[a.length][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a.length; j++) {
        y[i][j] = a[i][j] + b[i][j];
      }
    }
    return y;
  }

  private static double[][] image(Tensor input, int side) {
    float[] values = Ops.toFloats(input);
    double[][] image = new double[side][side];
    for (int i = 0; i < side * side; i++) {
      image[i / side][i % side] = values[i];
    }
    return image;
  }

  private static float[] ramp(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) Math.sin(2 + i * i);
    }
    return values;
  }
}
