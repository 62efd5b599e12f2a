package dev.semblance.adversarial.certify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.Layered;
import dev.semblance.core.nn.LeNet;
import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.ResNet;
import dev.semblance.core.nn.SmallCnn;
import dev.semblance.core.nn.StridedCnn;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IntervalBoundsTest {
  private static Tensor uniform(long seed, long... shape) {
    int n = 1;
    for (long side : shape) {
      n *= (int) side;
    }
    double[] values = new double[n];
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    for (int i = 0; i < n; i++) {
      values[i] = rng.nextDouble();
    }
    return Ops.doubles(values, shape);
  }

  private static Preprocessing preprocessing(int channels, int height, int width) {
    double[] mean = {120, 90, 100};
    double[] deviation = {50, 70, 60};
    return new Preprocessing(
        new ImageShape(channels, height, width),
        Arrays.copyOf(mean, channels),
        Arrays.copyOf(deviation, channels));
  }

  /** Of a linear net the bound is the minimum: m - sum |v_i| min(eps, room to the box). */
  @Test
  void exactForALinearModel() {
    try (Scope scope = Scope.open();
        Mlp net = new Mlp.Config(12, List.of(), 4).build(3)) {
      Preprocessing scale = preprocessing(1, 3, 4);
      Tensor images = uniform(5, 6, 1, 3, 4);
      double[] x = Ops.toDoubles(images);
      Linear head = (Linear) net.layers().getLast();
      double[] w = Ops.toDoubles(head.weight());
      double shift = (float) (-120.0 / 50); // as Preprocessing has them
      double factor = (float) (1 / 50.0);
      double eps = 0.3;
      long[] labels = {0, 1, 2, 3, 1, 0};
      double[] margins =
          Ops.toDoubles(new IntervalBounds(net, scale).margins(images, Ops.longs(labels), eps));
      int cut = 0;
      for (int n = 0; n < 6; n++) {
        for (int k = 0; k < 4; k++) {
          if (k == labels[n]) {
            assertThat(margins[n * 4 + k]).isInfinite();
            continue;
          }
          double least = 0;
          for (int i = 0; i < 12; i++) {
            double v = (w[(int) labels[n] * 12 + i] - w[k * 12 + i]);
            double value = x[n * 12 + i];
            double room = Math.min(eps, v > 0 ? value : 1 - value);
            cut += room < eps ? 1 : 0;
            least += v * (factor * 255 * (value - Math.signum(v) * room) + shift);
          }
          assertThat(margins[n * 4 + k]).isCloseTo(least, offset(1e-11)).isLessThanOrEqualTo(least);
        }
      }
      assertThat(cut).isPositive();
    }
  }

  /** Below the minimum over many points and all corners, and not far below with a small ball. */
  @Test
  void belowTheMinimumOfATwoLayerNet() {
    try (Scope scope = Scope.open();
        Mlp net = new Mlp.Config(8, List.of(12), 3).build(9)) {
      Preprocessing scale = preprocessing(1, 2, 4);
      Tensor image = uniform(6, 1, 1, 2, 4);
      double[] x = Ops.toDoubles(image);
      double eps = 0.15;
      double[] bound =
          Ops.toDoubles(
              new IntervalBounds(net, scale).margins(image, Ops.longs(new long[] {1}), eps));
      int random = 100_000;
      double[] points = new double[(random + 256) * 8];
      Rng rng = Rng.of(4, Rng.Purpose.OTHER);
      for (int p = 0; p < random + 256; p++) {
        for (int i = 0; i < 8; i++) {
          double t = p < random ? rng.uniform(-1, 1) : (p >> i & 1) == 1 ? 1 : -1;
          points[p * 8 + i] = Math.clamp(x[i] + eps * t, 0.0, 1.0);
        }
      }
      Tensor logits = doubles(net, scale, Ops.doubles(points, random + 256, 1, 2, 4));
      Tensor differences = logits.select(1, 1).unsqueeze(1).sub(logits);
      double[] least = Ops.toDoubles(differences.amin(new long[] {0}, false));
      double[] clean = Ops.toDoubles(doubles(net, scale, image));
      for (int k : new int[] {0, 2}) {
        assertThat(bound[k]).isLessThanOrEqualTo(least[k]);
        double fall = clean[1] - clean[k] - least[k];
        assertThat(clean[1] - clean[k] - bound[k]).isBetween(fall, 3 * fall);
      }
    }
  }

  /** The net in float64: what the bounds speak of. */
  private static Tensor doubles(Layered net, Preprocessing scale, Tensor images) {
    return Ops.withoutGradient(
        () -> {
          Tensor h = scale.normalize(images.mul(Ops.scalar(255)));
          for (var layer : net.layers()) {
            h =
                layer instanceof Linear linear
                    ? new Linear(
                            linear.weight().to(ScalarType.Double),
                            linear.bias().to(ScalarType.Double))
                        .apply(h)
                    : layer.apply(h);
          }
          return h;
        });
  }

  static List<Architecture> nets() {
    return List.of(
        new LeNet.Config(3, 18, 20, 5),
        new SmallCnn.Config(1, 10, 12, 4),
        new StridedCnn.Config(1, 10, 13, 4),
        new Mlp.Config(3 * 6 * 5, List.of(20, 10), 3));
  }

  /**
   * In a ball of no radius the bounds are the margins, up to what float32 rounds; they fall with
   * the radius; and what they certify no attack breaks.
   */
  @ParameterizedTest
  @MethodSource("nets")
  void aroundTheNetsOwnAnswers(Architecture architecture) {
    Preprocessing scale =
        switch (architecture) {
          case LeNet.Config c -> preprocessing(3, c.height(), c.width());
          case SmallCnn.Config c -> preprocessing(1, c.height(), c.width());
          case StridedCnn.Config c -> preprocessing(1, c.height(), c.width());
          default -> preprocessing(3, 6, 5);
        };
    ImageShape shape = scale.shape();
    try (Scope scope = Scope.open();
        Layered net = (Layered) architecture.build(2)) {
      Tensor images =
          uniform(8, 60, shape.channels(), shape.height(), shape.width()).to(ScalarType.Float);
      Tensor logits =
          net.forward(scale.normalize(images.mul(Ops.scalar(255))), Mode.INFERENCE).detach();
      Tensor labels = logits.argmax(new LongOptional(1), false);
      IntervalBounds bounds = new IntervalBounds(net, scale);
      Tensor margins = logits.gather(1, labels.unsqueeze(1)).sub(logits).to(ScalarType.Double);
      double[] clean = Ops.toDoubles(margins);
      double[] still = Ops.toDoubles(bounds.margins(images, labels, 0));
      double[] near = Ops.toDoubles(bounds.margins(images, labels, 1e-4));
      double[] far = Ops.toDoubles(bounds.margins(images, labels, 3e-4));
      int n = 0;
      for (int i = 0; i < clean.length; i++) {
        if (Double.isFinite(still[i])) {
          assertThat(still[i]).isCloseTo(clean[i], offset(1e-4));
          assertThat(near[i]).isLessThan(still[i]);
          assertThat(far[i]).isLessThan(near[i]);
          n++;
        }
      }
      assertThat(n).isEqualTo(clean.length - 60);
      // Nets with random weights prove little: the largest radius of a few at which some are.
      double radius = 1e-5;
      while (count(bounds.certified(images, labels, 2 * radius)) >= 10) {
        radius *= 2;
      }
      boolean[] proved = bounds.certified(images, labels, radius);
      try (NetClassifier model = NetClassifier.of(net, scale, (int) logits.size(1))) {
        AttackResult attacked =
            Pgd.of(new Ball(Norm.LINF, radius), 20, 1)
                .perturb(model, Samples.of(images, labels), new Misclassify());
        assertThat(count(proved)).isBetween(10, 60);
        for (int i = 0; i < 60; i++) {
          assertThat(!proved[i] || attacked.outcomes().get(i).robust()).as("image %d", i).isTrue();
        }
      }
      assertThat(bounds.certified(images, labels, 0.9)).containsOnly(false);
    }
  }

  private static int count(boolean... answers) {
    int count = 0;
    for (boolean answer : answers) {
      count += answer ? 1 : 0;
    }
    return count;
  }

  @Test
  void otherNetsAreRefused() {
    try (Scope scope = Scope.open();
        Model model =
            new Model(
                ResNet.Config.of(3, 8, 2).build(1),
                Preprocessing.of(new ImageShape(3, 32, 32)),
                List.of("a", "b"),
                Map.of())) {
      assertThatThrownBy(() -> IntervalBounds.of(model))
          .hasMessageContaining("net must be a chain of layers")
          .hasMessageContaining("got ResNet");
    }
    try (Scope scope = Scope.open();
        Mlp net = new Mlp.Config(4, List.of(), 2).build(1)) {
      IntervalBounds bounds = new IntervalBounds(net, preprocessing(1, 2, 2));
      Tensor image = uniform(1, 1, 1, 2, 2);
      assertThatThrownBy(() -> bounds.margins(image, Ops.longs(new long[] {0}), Double.NaN))
          .hasMessageContaining("radius must be");
      assertThatThrownBy(() -> bounds.margins(image, Ops.longs(new long[] {0, 1}), 0.1))
          .hasMessageContaining("labels must be [1]");
    }
  }
}
