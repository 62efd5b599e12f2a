package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Split;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.StridedCnn;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** MNIST's test images: one half against the other, and against noise of the same moments. */
@NeedsData
class MeasuredDistancesTest {
  private static final int HALF = 1000;

  @Test
  void halves_of_real_images_are_alike_and_noise_is_not() throws IOException {
    try (ImageSet set = DataSets.open("mnist", Split.TEST, DataOptions.defaults());
        Model model =
            new Model(
                StridedCnn.Config.of().build(1),
                Preprocessing.of(new ImageShape(1, 28, 28)),
                List.of(),
                Map.of());
        Scope scope = Scope.open()) {
      long[] order =
          Arrays.stream(Rng.of(3, Rng.Purpose.SELECT).permutation(set.size()))
              .asLongStream()
              .toArray();
      Tensor first = set.images(Arrays.copyOfRange(order, 0, HALF));
      Tensor second = set.images(Arrays.copyOfRange(order, HALF, 2 * HALF));
      Tensor noise = noise(first);
      // An untrained net: its features are random, but features.
      FeatureNet net = FeatureNet.of(model, "untrained");
      Tensor x = net.features(first);
      Tensor y = net.features(second);
      Tensor z = net.features(noise);

      double floor = FrechetDistance.of(0).measure(x, y).distance();
      assertThat(FrechetDistance.of(0).measure(x, z).distance()).isGreaterThan(10 * floor);
      KernelDistance.Measured equal = KernelDistance.of(0).measure(x, y);
      assertThat(Math.abs(equal.distance())).isLessThan(4 * equal.standardError());
      KernelDistance.Measured apart = KernelDistance.of(0).measure(x, z);
      assertThat(apart.distance()).isGreaterThan(10 * apart.standardError());

      assertThat(PrecisionRecall.of().measure(x, y).precision().value()).isGreaterThan(.7);
      // Not precision: wide balls around a few outliers take noise in (.62 here).
      assertThat(PrecisionRecall.of().measure(x, z).recall().value()).isLessThan(.05);
      assertThat(DensityCoverage.of().measure(x, y).coverage().value()).isBetween(.93, .99);
      assertThat(DensityCoverage.of().measure(x, z).coverage().value()).isLessThan(.6);

      TwoSampleTest pixels = TwoSampleTest.images(new ImageShape(1, 28, 28), 0);
      TwoSampleTest quick =
          new TwoSampleTest(pixels.classifier(), 60, pixels.batch(), pixels.rate(), 0);
      assertThat(quick.measure(floats(first), floats(second)).pValue()).isGreaterThan(1e-3);
      assertThat(quick.measure(floats(first), floats(noise)).accuracy().value()).isGreaterThan(.99);
      assertThat(new NearestNeighbourTest(0).measure(x, y).pValue()).isGreaterThan(1e-3);
      assertThat(new NearestNeighbourTest(0).measure(x, z).pValue()).isLessThan(1e-10);
    }
  }

  private static Tensor floats(Tensor images) {
    return images.to(ScalarType.Float);
  }

  /** Gaussian, each pixel with the mean and deviation it has in the images, as bytes. */
  private static Tensor noise(Tensor images) {
    Tensor x = images.flatten(1, -1).to(ScalarType.Double);
    int n = Math.toIntExact(x.size(0));
    int d = Math.toIntExact(x.size(1));
    double[] mean = Ops.toDoubles(x.mean(0));
    double[] deviation = Ops.toDoubles(x.std(new long[] {0}, false));
    Rng rng = Rng.of(4, Rng.Purpose.SYNTHETIC);
    byte[] bytes = new byte[n * d];
    for (int i = 0; i < bytes.length; i++) {
      double value = mean[i % d] + deviation[i % d] * rng.gaussian();
      bytes[i] = (byte) Math.round(Math.clamp(value, 0.0, 255.0));
    }
    return Ops.bytes(bytes, n, 1, 28, 28);
  }
}
