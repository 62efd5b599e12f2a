package dev.semblance.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AugmentationTest {
  private static final int N = 9;
  private static final int C = 3;
  private static final int H = 11;
  private static final int W = 14;
  private static final long SEED = 77;
  private static final long[] SAMPLES = {4, 1, 900, 7, 12, 3_000_000_000L, 2, 5, 6};

  @Test
  void withoutOptionsItIsTheBatchItself() {
    try (Scope scope = Scope.open()) {
      Tensor batch = images(1);
      assertThat(Augmentation.none().apply(batch, SAMPLES, SEED, 3)).isSameAs(batch);
      assertThat(Augmentation.none().isNone()).isTrue();
    }
  }

  @Test
  void zeroProbabilitiesChangeNothing() {
    try (Scope scope = Scope.open()) {
      Tensor batch = images(1);
      // So unlikely that it never happens, yet every path runs.
      Augmentation almost = new Augmentation(1e-300, 0, 0, 0, 1e-300);
      assertThat(Ops.toFloats(almost.apply(batch, SAMPLES, SEED, 3)))
          .isEqualTo(Ops.toFloats(batch));
      Augmentation tiny = new Augmentation(0, 0, 1e-9, 1e-9, 0);
      float[] changed = Ops.toFloats(tiny.apply(batch, SAMPLES, SEED, 3));
      float[] original = Ops.toFloats(batch);
      for (int i = 0; i < changed.length; i++) {
        assertThat(changed[i]).isCloseTo(original[i], within(2e-4f));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0.5, 0, 0, 0, 0",
    "0, 3, 0, 0, 0",
    "0.5, 4, 0, 0, 0",
    "0, 0, 25, 0, 0",
    "0, 0, 0, 0.3, 0",
    "0, 0, 0, 0, 0.7",
    "0.5, 2, 40, 0.2, 0.6",
    "1, 10, 180, 0.9, 1"
  })
  void agreesWithNaiveLoops(
      double flip, int shift, double rotationDegrees, double scale, double erasing) {
    Augmentation augmentation = new Augmentation(flip, shift, rotationDegrees, scale, erasing);
    boolean whole = rotationDegrees == 0 && scale == 0;
    try (Scope scope = Scope.open()) {
      Tensor batch = images(2);
      float[] actual = Ops.toFloats(augmentation.apply(batch, SAMPLES, SEED, 5));
      float[] expected = naive(augmentation, Ops.toFloats(batch), 5);
      if (whole) {
        assertThat(actual).isEqualTo(expected);
      } else {
        for (int i = 0; i < actual.length; i++) {
          assertThat(actual[i]).as("element %d", i).isCloseTo(expected[i], within(2e-4f));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0.5, 3, 0, 0, 0.5", "0.5, 3, 20, 0.2, 0.5"})
  void aSampleIsChangedTheSameWayInAnyBatch(
      double flip, int shift, double rotationDegrees, double scale, double erasing) {
    Augmentation augmentation = new Augmentation(flip, shift, rotationDegrees, scale, erasing);
    try (Scope scope = Scope.open()) {
      Tensor batch = images(3);
      float[] together = Ops.toFloats(augmentation.apply(batch, SAMPLES, SEED, 8));
      int size = C * H * W;
      for (int i = 0; i < N; i++) {
        Tensor alone = batch.narrow(0, i, 1);
        float[] single = Ops.toFloats(augmentation.apply(alone, new long[] {SAMPLES[i]}, SEED, 8));
        assertThat(single).isEqualTo(Arrays.copyOfRange(together, i * size, (i + 1) * size));
      }
      long[] backwards = new long[N];
      for (int i = 0; i < N; i++) {
        backwards[i] = N - 1 - i;
      }
      Tensor reversed = batch.index_select(0, Ops.longs(backwards));
      long[] samples = Arrays.stream(backwards).map(i -> SAMPLES[(int) i]).toArray();
      float[] result =
          Ops.toFloats(
              augmentation.apply(reversed, samples, SEED, 8).index_select(0, Ops.longs(backwards)));
      assertThat(result).isEqualTo(together);
    }
  }

  @Test
  void everyComponentAndEveryKeyMatters() {
    Augmentation base = new Augmentation(0.5, 2, 10, 0.1, 0.5);
    try (Scope scope = Scope.open()) {
      Tensor batch = images(4);
      float[] result = Ops.toFloats(base.apply(batch, SAMPLES, SEED, 1));
      for (Augmentation other :
          new Augmentation[] {
            new Augmentation(0, 2, 10, 0.1, 0.5),
            new Augmentation(0.5, 3, 10, 0.1, 0.5),
            new Augmentation(0.5, 2, 11, 0.1, 0.5),
            new Augmentation(0.5, 2, 10, 0.2, 0.5),
            new Augmentation(0.5, 2, 10, 0.1, 0),
          }) {
        assertThat(Ops.toFloats(other.apply(batch, SAMPLES, SEED, 1))).isNotEqualTo(result);
      }
      assertThat(Ops.toFloats(base.apply(batch, SAMPLES, SEED + 1, 1))).isNotEqualTo(result);
      assertThat(Ops.toFloats(base.apply(batch, SAMPLES, SEED, 2))).isNotEqualTo(result);
      assertThat(Ops.toFloats(base.apply(batch, SAMPLES, SEED, 1, 1))).isNotEqualTo(result);
      long[] others = SAMPLES.clone();
      others[0] = 5_000;
      assertThat(Ops.toFloats(base.apply(batch, others, SEED, 1))).isNotEqualTo(result);
    }
  }

  @Test
  void anOptionDoesNotMoveTheDrawsOfAnother() {
    try (Scope scope = Scope.open()) {
      Tensor batch = images(4);
      Tensor mirrored = new Augmentation(0.5, 0, 0, 0, 0).apply(batch, SAMPLES, SEED, 1);
      Tensor erased = new Augmentation(0, 0, 0, 0, 0.8).apply(mirrored, SAMPLES, SEED, 1);
      Tensor both = new Augmentation(0.5, 0, 0, 0, 0.8).apply(batch, SAMPLES, SEED, 1);
      assertThat(Ops.toFloats(both)).isEqualTo(Ops.toFloats(erased));
    }
  }

  @Test
  void viewsAreIndependentAndStackedOneAfterTheOther() {
    Augmentation augmentation = new Augmentation(0.5, 2, 10, 0.1, 0);
    try (Scope scope = Scope.open()) {
      Tensor batch = images(5);
      Tensor views = augmentation.twoViews(batch, SAMPLES, SEED, 6);
      assertThat(views.shape()).containsExactly(2 * N, C, H, W);
      float[] first = Ops.toFloats(augmentation.apply(batch, SAMPLES, SEED, 6));
      float[] second = Ops.toFloats(augmentation.apply(batch, SAMPLES, SEED, 6, 1));
      assertThat(Ops.toFloats(views.narrow(0, 0, N))).isEqualTo(first);
      assertThat(Ops.toFloats(views.narrow(0, N, N))).isEqualTo(second).isNotEqualTo(first);
      Tensor plain = Augmentation.none().twoViews(batch, SAMPLES, SEED, 6);
      assertThat(Ops.toFloats(plain.narrow(0, N, N))).isEqualTo(Ops.toFloats(batch));
    }
  }

  @Test
  void theFrequenciesAreThoseAskedFor() {
    int n = 2000;
    long[] samples = new long[n];
    Arrays.setAll(samples, i -> i);
    try (Scope scope = Scope.open()) {
      float[] ramp = new float[n * 20 * 20];
      for (int i = 0; i < ramp.length; i++) {
        ramp[i] = 1 + i % 400;
      }
      Tensor batch = Ops.floats(ramp, n, 1, 20, 20);
      float[] flipped = Ops.toFloats(new Augmentation(0.3, 0, 0, 0, 0).apply(batch, samples, 1, 1));
      float[] erased = Ops.toFloats(new Augmentation(0, 0, 0, 0, 0.4).apply(batch, samples, 1, 1));
      float[] moved = Ops.toFloats(new Augmentation(0, 1, 0, 0, 0).apply(batch, samples, 1, 1));
      int mirrors = 0;
      int holes = 0;
      int[] shifts = new int[9];
      for (int i = 0; i < n; i++) {
        mirrors += flipped[i * 400] == 20 ? 1 : 0;
        int zeros = 0;
        for (int p = 0; p < 400; p++) {
          zeros += erased[i * 400 + p] == 0 ? 1 : 0;
        }
        if (zeros > 0) {
          holes++;
          // The sides are rounded: an area may leave [0.02, 0.4] by half a pixel of each.
          assertThat(zeros).isBetween(4, 182);
        }
        float centre = moved[i * 400 + 10 * 20 + 10] - 211;
        int down = -Math.round(centre / 20);
        int right = -(int) (centre + 20 * down);
        shifts[(down + 1) * 3 + right + 1]++;
      }
      // Five standard deviations.
      assertThat(mirrors / (double) n).isCloseTo(0.3, within(0.052));
      assertThat(holes / (double) n).isCloseTo(0.4, within(0.055));
      for (int count : shifts) {
        assertThat(count / (double) n).isCloseTo(1 / 9.0, within(0.036));
      }
    }
  }

  @Test
  void refusesNonsense() {
    for (double bad : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThatThrownBy(() -> new Augmentation(bad, 0, 0, 0, 0)).hasMessageContaining("flip");
      assertThatThrownBy(() -> new Augmentation(0, 0, 0, bad, 0)).hasMessageContaining("scale");
      assertThatThrownBy(() -> new Augmentation(0, 0, 0, 0, bad)).hasMessageContaining("erasing");
    }
    assertThatThrownBy(() -> new Augmentation(0, -1, 0, 0, 0)).hasMessageContaining("shift");
    assertThatThrownBy(() -> new Augmentation(0, 0, 181, 0, 0)).hasMessageContaining("rotation");
    try (Scope scope = Scope.open()) {
      Tensor batch = images(1);
      Augmentation cifar = Augmentation.cifar();
      assertThatThrownBy(() -> cifar.apply(batch, new long[2], 1, 1))
          .hasMessage("samples must name the 9 images of the batch, got 2");
      assertThatThrownBy(() -> cifar.apply(batch.to(ScalarType.Byte), SAMPLES, 1, 1))
          .hasMessageContaining("float32 [n, c, h, w]");
      assertThatThrownBy(() -> new Augmentation(0, 11, 0, 0, 0).apply(batch, SAMPLES, 1, 1))
          .hasMessageContaining("shift must be < 11");
      assertThatThrownBy(() -> cifar.apply(batch, SAMPLES, 1, -1)).hasMessageContaining("step");
      assertThatThrownBy(() -> cifar.apply(batch, SAMPLES, 1, 1, -1)).hasMessageContaining("view");
    }
  }

  private static Tensor images(long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    float[] values = new float[N * C * H * W];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rng.uniform(-2, 2);
    }
    return Ops.floats(values, N, C, H, W);
  }

  /** Mirror, rotate and scale, shift, erase: each as one says it, pixel by pixel. */
  private static float[] naive(Augmentation a, float[] batch, long step) {
    float[] result = new float[batch.length];
    for (int i = 0; i < N; i++) {
      Rng rng = Rng.of(SEED, Rng.Purpose.AUGMENT, SAMPLES[i], step);
      boolean mirror = rng.nextDouble() < a.flip();
      int down = (int) Math.floor(rng.nextDouble() * (2 * a.shift() + 1)) - a.shift();
      int right = (int) Math.floor(rng.nextDouble() * (2 * a.shift() + 1)) - a.shift();
      double angle = Math.toRadians(rng.uniform(-a.rotationDegrees(), a.rotationDegrees()));
      double size = rng.uniform(1 - a.scale(), 1 + a.scale());
      for (int c = 0; c < C; c++) {
        int plane = (i * C + c) * H * W;
        for (int y = 0; y < H; y++) {
          for (int x = 0; x < W; x++) {
            double px = x - right - (W - 1) / 2.0;
            double py = y - down - (H - 1) / 2.0;
            double qx = (Math.cos(angle) * px + Math.sin(angle) * py) / size;
            double qy = (-Math.sin(angle) * px + Math.cos(angle) * py) / size;
            qx = (mirror ? -qx : qx) + (W - 1) / 2.0;
            qy += (H - 1) / 2.0;
            result[plane + y * W + x] = bilinear(batch, plane, qy, qx);
          }
        }
      }
      if (rng.nextDouble() < a.erasing()) {
        erase(rng, result, i);
      }
    }
    return result;
  }

  private static void erase(Rng rng, float[] images, int i) {
    for (int attempt = 0; attempt < 10; attempt++) {
      double area = rng.uniform(0.02, 0.4) * H * W;
      double aspect = Math.exp(rng.uniform(-Math.log(1 / 0.3), Math.log(1 / 0.3)));
      long tall = Math.round(Math.sqrt(area * aspect));
      long wide = Math.round(Math.sqrt(area / aspect));
      double v = rng.nextDouble();
      double u = rng.nextDouble();
      if (tall < 1 || wide < 1 || tall > H || wide > W) {
        continue;
      }
      int top = (int) (v * (H - tall + 1));
      int left = (int) (u * (W - wide + 1));
      for (int c = 0; c < C; c++) {
        for (int y = top; y < top + tall; y++) {
          for (int x = left; x < left + wide; x++) {
            images[((i * C + c) * H + y) * W + x] = 0;
          }
        }
      }
      return;
    }
  }

  private static float bilinear(float[] batch, int plane, double y, double x) {
    int y0 = (int) Math.floor(y);
    int x0 = (int) Math.floor(x);
    double sum = 0;
    for (int dy = 0; dy <= 1; dy++) {
      for (int dx = 0; dx <= 1; dx++) {
        int yy = y0 + dy;
        int xx = x0 + dx;
        if (yy >= 0 && yy < H && xx >= 0 && xx < W) {
          double weight = (1 - Math.abs(y - yy)) * (1 - Math.abs(x - xx));
          sum += weight * batch[plane + yy * W + xx];
        }
      }
    }
    return (float) sum;
  }
}
