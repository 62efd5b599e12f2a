package dev.semblance.generative.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.LogDensity.Support;
import dev.semblance.generative.Noise;
import dev.semblance.generative.flow.Flow.Layout;
import dev.semblance.generative.flow.Flow.Transform;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/**
 * A published number through the whole of dequantisation, logit and bits per dimension: the normal
 * distribution with full covariance on the logits of digits, lambda 1e-6, fitted to the first
 * 50,000 of them, has 2.013 bits/dim (published 2.01, papamakarios2017masked, Table 3).
 */
@NeedsData
class GaussianOnDigitsTest {
  private static final int PIECE = 5000;

  @Test
  void a_normal_with_full_covariance_has_its_published_bits() throws IOException {
    // One actnorm, one mixing, and a coupling that begins as the identity.
    Flow.Config config =
        new Flow.Config(
            Layout.GLOW,
            Transform.ADDITIVE,
            0,
            Support.PIXELS,
            1,
            28,
            28,
            0,
            0,
            1,
            1,
            1,
            false,
            1e-6);
    try (ImageSet training = DataSets.open("mnist", Split.TRAIN, DataOptions.defaults());
        ImageSet test = DataSets.open("mnist", Split.TEST, DataOptions.defaults());
        Flow flow = config.build(1);
        Scope scope = Scope.open()) {
      fit(flow, training);
      double sum = 0;
      int n = 2 * PIECE;
      for (int from = 0; from < n; from += PIECE) {
        try (Scope piece = Scope.open()) {
          long[] rows = LongStream.range(from, from + PIECE).toArray();
          LogDensity density =
              flow.logDensity(
                  test.images(rows).to(ScalarType.Float), new Noise(2, rows), Condition.none());
          sum += density.value().sum().item_double();
        }
      }
      assertThat(LogDensity.bitsPerDimension(sum / n, 784, Support.PIXELS))
          .isCloseTo(2.013, within(0.004));
    }
  }

  private static void fit(Flow flow, ImageSet training) {
    int n = 50_000;
    Tensor sum = Ops.zeros(ScalarType.Double, 784);
    Tensor squares = Ops.zeros(ScalarType.Double, 784, 784);
    for (int from = 0; from < n; from += PIECE) {
      try (Scope piece = Scope.open()) {
        long[] rows = LongStream.range(from, from + PIECE).toArray();
        Tensor v =
            flow.dequantised(training.images(rows).to(ScalarType.Float), new Noise(1, rows), 0);
        Tensor y = new Logit(1e-6).forward(v, Condition.none()).value().flatten(1, -1);
        Tensor exact = y.to(ScalarType.Double);
        sum.add_(exact.sum(0));
        squares.add_(exact.t().matmul(exact));
      }
    }
    Tensor mean = sum.div(Ops.scalar(n));
    Tensor covariance = squares.div(Ops.scalar(n)).sub(torch.outer(mean, mean));
    Tensor whitening = Ops.factorise(() -> torch.linalg_inv(torch.linalg_cholesky(covariance)));
    Ops.withoutGradient(
        () -> {
          Map<String, Tensor> weights = flow.weights().all();
          of(weights, "norm.shift").copy_(mean.neg());
          of(weights, "mixing.weight").copy_(whitening);
        });
  }

  private static Tensor of(Map<String, Tensor> weights, String suffix) {
    return Objects.requireNonNull(
        weights.entrySet().stream()
            .filter(entry -> entry.getKey().endsWith(suffix))
            .findFirst()
            .orElseThrow()
            .getValue());
  }
}
