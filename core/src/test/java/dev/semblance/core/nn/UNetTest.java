package dev.semblance.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class UNetTest {
  private static final UNet.Config TOY = new UNet.Config(2, 1, List.of(8, 12), 1, true, 3, 0.25);

  /** Weights that begin at zero get values, so that everything counts. */
  private static UNet filled(Weights weights, UNet.Config config) {
    UNet net = UNet.of(weights, "", config);
    try (NoGradGuard guard = new NoGradGuard()) {
      weights
          .parameters()
          .forEach((name, w) -> w.add_(random(name.hashCode(), w.shape()), Ops.scalar(0.1)));
    }
    return net;
  }

  private static Tensor random(long seed, long... shape) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rng.gaussian();
    }
    return Ops.floats(values, shape);
  }

  private static Tensor classes() {
    return Ops.longs(new long[] {0, -1, 2});
  }

  @Test
  void gradientsAreThoseOfFiniteDifferences() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(1)) {
      UNet net = filled(weights, TOY);
      weights.all().values().forEach(w -> w.set_data(w.detach().to(ScalarType.Double)));
      Tensor input = random(1, 3, 2, 5, 6).to(ScalarType.Double).set_requires_grad(true);
      Tensor time = random(2, 3).to(ScalarType.Double).abs().mul(Ops.scalar(50));
      Tensor probe = random(3, 3, 2, 5, 6).to(ScalarType.Double);
      Dropout.Keys keys = new Dropout.Keys(1, 2, new long[] {4, 5, 6});
      net.apply(input, time, classes(), keys).mul(probe).sum().backward();
      Map<String, Tensor> all = new HashMap<>(weights.parameters());
      all.put("input", input);
      all.forEach(
          (name, weight) -> {
            Tensor gradient = weight.grad();
            assertThat(gradient.abs().max().item_double()).as(name).isPositive();
            Tensor direction = random(name.hashCode() + 1, weight.shape()).to(ScalarType.Double);
            double expected = gradient.mul(direction).sum().item_double();
            double step = 1e-6;
            double[] at = new double[2];
            try (NoGradGuard guard = new NoGradGuard()) {
              weight.add_(direction, Ops.scalar(step));
              at[0] = net.apply(input, time, classes(), keys).mul(probe).sum().item_double();
              weight.add_(direction, Ops.scalar(-2 * step));
              at[1] = net.apply(input, time, classes(), keys).mul(probe).sum().item_double();
              weight.add_(direction, Ops.scalar(step));
            }
            assertThat((at[0] - at[1]) / (2 * step))
                .as(name)
                .isCloseTo(expected, within(1e-5 * Math.max(1, Math.abs(expected))));
          });
    }
  }

  @Test
  void bothLayoutsGiveTheSameImage() {
    for (UNet.Config config : List.of(TOY, new UNet.Config(2, 2, List.of(8), 2, false, 0, 0))) {
      try (Scope scope = Scope.open();
          Weights weights = new Weights(1)) {
        UNet net = filled(weights, config);
        Tensor input = random(1, 3, 2, 8, 8);
        Tensor output = net.apply(input, random(2, 3), null, null);
        Tensor contiguous = net.contiguous().apply(input, random(2, 3), null, null);
        assertThat(output.sub(contiguous).abs().max().item_double())
            .isLessThan(1e-5 * Math.max(1, output.abs().max().item_double()));
      }
    }
  }

  @Test
  void anImageDoesNotDependOnItsNeighbours() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(1)) {
      UNet net = filled(weights, TOY);
      Tensor input = random(1, 3, 2, 7, 5);
      Tensor time = random(2, 3);
      Dropout.Keys keys = new Dropout.Keys(1, 2, new long[] {4, 5, 6});
      Tensor together = net.apply(input, time, classes(), keys);
      assertThat(together.shape()).containsExactly(3, 2, 7, 5);
      for (int i = 0; i < 3; i++) {
        Tensor alone =
            net.apply(
                input.narrow(0, i, 1),
                time.narrow(0, i, 1),
                classes().narrow(0, i, 1),
                new Dropout.Keys(1, 2, new long[] {4 + i}));
        assertThat(alone.sub(together.narrow(0, i, 1)).abs().max().item_double())
            .isLessThan(1e-5 * Math.max(1, together.abs().max().item_double()));
      }
    }
  }

  @Test
  void timeClassAndKeysCount() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(1)) {
      UNet net = filled(weights, TOY);
      Tensor input = random(1, 3, 2, 4, 4);
      Tensor time = random(2, 3);
      Dropout.Keys keys = new Dropout.Keys(1, 2, new long[] {4, 5, 6});
      List<List<Float>> outputs =
          List.of(
              list(net.apply(input, time, classes(), null)),
              list(net.apply(input, time.add(Ops.scalar(1)), classes(), null)),
              list(net.apply(input, time, null, null)),
              list(net.apply(input, time, classes(), keys)),
              list(net.apply(input, time, classes(), new Dropout.Keys(2, 2, keys.rows()))),
              list(net.apply(input, time, classes(), new Dropout.Keys(1, 3, keys.rows()))));
      assertThat(outputs).doesNotHaveDuplicates();
      // Of the batch, the second image has no class in both.
      assertThat(outputs.get(0).subList(32, 64)).isEqualTo(outputs.get(2).subList(32, 64));
      assertThatThrownBy(() -> net.apply(input, time, Ops.longs(new long[] {0, 1, 3}), null))
          .hasMessage("class must be 0..2, got 3");
      assertThat(net.bottom(input, time, null).shape()).containsExactly(3, net.bottomWidth());
    }
  }

  private static List<Float> list(Tensor tensor) {
    Float[] values = new Float[(int) tensor.numel()];
    float[] all = Ops.toFloats(tensor);
    Arrays.setAll(values, i -> all[i]);
    return List.of(values);
  }

  @Test
  void beginsByAnsweringZero() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(1)) {
      UNet net = UNet.of(weights, "net.", TOY);
      assertThat(weights.parameters().keySet()).allMatch(name -> name.startsWith("net."));
      Tensor output = net.apply(random(1, 3, 2, 4, 4), random(2, 3), null, null);
      assertThat(output.abs().max().item_double()).isZero();
    }
  }

  @Test
  void everyOptionChangesTheNet() {
    List<UNet.Config> configs =
        List.of(
            TOY,
            new UNet.Config(1, 1, List.of(8, 12), 1, true, 3, 0.25),
            new UNet.Config(2, 2, List.of(8, 12), 1, true, 3, 0.25),
            new UNet.Config(2, 1, List.of(8, 16), 1, true, 3, 0.25),
            new UNet.Config(2, 1, List.of(8, 12, 12), 1, true, 3, 0.25),
            new UNet.Config(2, 1, List.of(8, 12), 2, true, 3, 0.25),
            new UNet.Config(2, 1, List.of(8, 12), 1, false, 3, 0.25),
            new UNet.Config(2, 1, List.of(8, 12), 1, true, 4, 0.25));
    List<Long> counts = configs.stream().map(UNetTest::count).toList();
    assertThat(counts).doesNotHaveDuplicates();
    assertThatThrownBy(() -> new UNet.Config(2, 1, List.of(6), 1, true, 0, 0))
        .hasMessage("width must be a multiple of 4, got 6");
    assertThatThrownBy(() -> new UNet.Config(2, 1, List.of(8), 1, true, 0, Double.NaN))
        .hasMessage("dropout must be in [0, 1), got NaN");
  }

  private static long count(UNet.Config config) {
    try (Weights weights = new Weights(1)) {
      Objects.requireNonNull(UNet.of(weights, "", config));
      return weights.count();
    }
  }

  @Test
  void groupsAreNormalisedByTheirOwnMoments() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(1)) {
      GroupNorm norm = GroupNorm.of(weights, "n", 24);
      assertThat(norm.groups()).isEqualTo(3);
      Tensor input = random(5, 2, 24, 3, 4);
      try (NoGradGuard guard = new NoGradGuard()) {
        norm.weight().add_(random(6, 24));
        norm.bias().add_(random(7, 24));
      }
      float[] x = Ops.toFloats(input);
      float[] y = Ops.toFloats(norm.apply(input));
      float[] weight = Ops.toFloats(norm.weight());
      float[] bias = Ops.toFloats(norm.bias());
      for (int group = 0; group < 6; group++) {
        double mean = 0;
        double square = 0;
        for (int i = group * 96; i < (group + 1) * 96; i++) {
          mean += x[i] / 96.0;
          square += x[i] * (double) x[i] / 96;
        }
        for (int i = group * 96; i < (group + 1) * 96; i++) {
          int channel = i / 12 % 24;
          double expected =
              (x[i] - mean) / Math.sqrt(square - mean * mean + 1e-5) * weight[channel]
                  + bias[channel];
          assertThat(y[i]).isCloseTo((float) expected, within(1e-5f));
        }
      }
      assertThat(GroupNorm.of(weights, "few", 7).groups()).isEqualTo(1);
      assertThat(GroupNorm.of(weights, "many", 512).groups()).isEqualTo(32);
    }
  }

  @Test
  void attentionIsTheSoftmaxOfItsProducts() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(1)) {
      Attention attention = Attention.of(weights, "a", 8, 2);
      Tensor input = random(5, 1, 8, 1, 3);
      assertThat(Ops.toFloats(attention.apply(input))).isEqualTo(Ops.toFloats(input));
      try (NoGradGuard guard = new NoGradGuard()) {
        weights.parameters().forEach((name, w) -> w.add_(random(name.hashCode(), w.shape())));
      }
      float[] x = Ops.toFloats(input);
      float[] normed = Ops.toFloats(attention.norm().apply(input));
      double[][] in = new double[3][24];
      float[] w = Ops.toFloats(attention.into().weight());
      float[] b = Ops.toFloats(Objects.requireNonNull(attention.into().bias()));
      for (int place = 0; place < 3; place++) {
        for (int row = 0; row < 24; row++) {
          in[place][row] = b[row];
          for (int c = 0; c < 8; c++) {
            in[place][row] += w[8 * row + c] * normed[3 * c + place];
          }
        }
      }
      double[][] mixed = new double[3][8];
      for (int head = 0; head < 2; head++) {
        for (int place = 0; place < 3; place++) {
          double[] scores = new double[3];
          double sum = 0;
          for (int other = 0; other < 3; other++) {
            for (int c = 4 * head; c < 4 * head + 4; c++) {
              scores[other] += in[place][c] * in[other][8 + c] / 2;
            }
            scores[other] = Math.exp(scores[other]);
            sum += scores[other];
          }
          for (int other = 0; other < 3; other++) {
            for (int c = 4 * head; c < 4 * head + 4; c++) {
              mixed[place][c] += scores[other] / sum * in[other][16 + c];
            }
          }
        }
      }
      float[] out = Ops.toFloats(attention.out().weight());
      float[] shift = Ops.toFloats(Objects.requireNonNull(attention.out().bias()));
      float[] y = Ops.toFloats(attention.apply(input));
      for (int place = 0; place < 3; place++) {
        for (int row = 0; row < 8; row++) {
          double expected = x[3 * row + place] + shift[row];
          for (int c = 0; c < 8; c++) {
            expected += out[8 * row + c] * mixed[place][c];
          }
          assertThat(y[3 * row + place]).isCloseTo((float) expected, within(1e-4f));
        }
      }
      assertThatThrownBy(() -> Attention.of(weights, "b", 8, 3))
          .hasMessage("heads must divide the 8 channels, got 3");
    }
  }

  @Test
  void dropoutKeepsTheMeanAndKnowsItsImages() {
    Tensor ones;
    try (Scope scope = Scope.open()) {
      ones = Ops.floats(filled(3 * 40_000), 3, 40_000);
      Dropout dropout = new Dropout(0.3);
      Dropout.Keys keys = new Dropout.Keys(1, 5, new long[] {8, 2, 9});
      Tensor thinned = dropout.apply(ones, keys, 0);
      float[] values = Ops.toFloats(thinned);
      int zeros = 0;
      for (float value : values) {
        if (value == 0) {
          zeros++;
        } else {
          assertThat(value).isCloseTo(1 / 0.7f, within(1e-4f));
        }
      }
      // Four deviations of a share of 120,000.
      assertThat(zeros / 120_000.0).isCloseTo(0.3, within(4 * Math.sqrt(0.21 / 120_000)));
      Tensor alone = dropout.apply(ones.narrow(0, 1, 1), new Dropout.Keys(1, 5, new long[] {2}), 0);
      assertThat(Ops.toFloats(alone)).isEqualTo(Arrays.copyOfRange(values, 40_000, 80_000));
      assertThat(Ops.toFloats(dropout.apply(ones, keys, 1))).isNotEqualTo(values);
      assertThat(dropout.apply(ones, null, 0)).isSameAs(ones);
      assertThat(new Dropout(0).apply(ones, keys, 0)).isSameAs(ones);
      assertThatThrownBy(() -> dropout.apply(ones, new Dropout.Keys(1, 5, new long[] {2}), 0))
          .hasMessage("keys must name the 3 images, got 1");
      assertThatThrownBy(() -> new Dropout(1)).hasMessage("rate must be in [0, 1), got 1.0");
    }
  }

  private static float[] filled(int n) {
    float[] values = new float[n];
    Arrays.fill(values, 1);
    return values;
  }
}
