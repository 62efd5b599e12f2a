package dev.semblance.similarity.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.ImageSize;
import dev.semblance.core.data.OneShotRuns;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class OneShotEvaluationTest {
  /** 38.75 % is also the error that Lake's own baseline has (38.8 %). */
  @NeedsData
  @Test
  void lakesRuns() throws IOException {
    try (Scope scope = Scope.open();
        OneShotRuns runs =
            OneShotRuns.open(DataOptions.defaults().withSize(ImageSize.square(105)))) {
      OneShotEvaluation.Report hausdorff =
          new OneShotEvaluation(ModifiedHausdorff.of()).evaluate(runs);
      assertThat(hausdorff.trials()).isEqualTo(400);
      assertThat(hausdorff.wrong()).isEqualTo(155);
      assertThat(hausdorff.wrongPerRun())
          .containsExactly(
              9.0, 7.0, 8.0, 5.0, 6.0, 3.0, 12.0, 7.0, 8.0, 11.0, 3.0, 14.0, 13.0, 7.0, 3.0, 5.0,
              6.0, 8.0, 14.0, 6.0);
      assertThat(hausdorff.error().value()).isEqualTo(0.3875);
      assertThat(hausdorff.error().interval()).isEqualTo(Interval.wilson(155, 400));
      OneShotEvaluation.Report l2 =
          new OneShotEvaluation(ImageComparison.pixels(new SquaredEuclidean())).evaluate(runs);
      assertThat(l2.error().value()).isCloseTo(0.81, within(1e-12));
      OneShotEvaluation.Report cosine =
          new OneShotEvaluation(ImageComparison.pixels(new CosineDistance())).evaluate(runs);
      assertThat(cosine.error().value()).isCloseTo(0.7825, within(1e-12));
    }
  }

  @Test
  void tiesEarnTheirShare() {
    double[][] distances = {{1, 2, 3}, {1, 1, 3}, {2, 2, 2}, {1, 1, 3}, {3, 2, 2}};
    assertThat(OneShotEvaluation.wrong(distances, 3, new int[] {0, 1, 2, 2, 0}))
        .isCloseTo(0 + 0.5 + 2 / 3.0 + 1 + 1, within(1e-15));
  }

  @Test
  void refusesOtherShapesAndNan() {
    assertThatThrownBy(() -> OneShotEvaluation.wrong(new double[2][3], 3, new int[3]))
        .hasMessageContaining("3 rows, got 2");
    assertThatThrownBy(() -> OneShotEvaluation.wrong(new double[1][3], 2, new int[1]))
        .hasMessageContaining("2 columns, got 3");
    assertThatThrownBy(
            () -> OneShotEvaluation.wrong(new double[][] {{0, Double.NaN}}, 2, new int[1]))
        .hasMessageContaining("NaN in row 0");
  }

  @Test
  void modifiedHausdorffByHand() {
    try (Scope scope = Scope.open()) {
      // Ink at (0,0), (2,0) and at (0,0), (0,4): centred (-1,0), (1,0) and (0,-2), (0,2).
      byte[] pixels = new byte[2 * 25];
      java.util.Arrays.fill(pixels, (byte) 255);
      pixels[0] = 0;
      pixels[2] = 0;
      pixels[25] = 0;
      pixels[25 + 20] = 100;
      var images = Ops.bytes(pixels, 2, 1, 5, 5);
      double[][] distances = ModifiedHausdorff.of().distances(images, images);
      assertThat(distances).isDeepEqualTo(new double[][] {{0, Math.sqrt(5)}, {Math.sqrt(5), 0}});
      // Without the lighter pixel one point is left: both directions are 1.
      assertThat(new ModifiedHausdorff(100).distances(images, images)[0][1]).isEqualTo(1);
      // Three points and one: mean 4/3 one way, 0 the other; the larger counts.
      pixels[4] = 0;
      var three = Ops.bytes(pixels, 2, 1, 5, 5);
      assertThat(new ModifiedHausdorff(100).distances(three, three)[0][1])
          .isCloseTo(4 / 3.0, within(1e-15));
      assertThatThrownBy(() -> new ModifiedHausdorff(0)).hasMessageContaining("ink");
      var blank = Ops.bytes(new byte[] {127}, 1, 1, 1, 1);
      assertThatThrownBy(() -> new ModifiedHausdorff(100).distances(images, blank))
          .hasMessageContaining("others row 0");
      assertThatThrownBy(() -> ModifiedHausdorff.of().distances(images.expand(2, 3, 5, 5), images))
          .hasMessageContaining("grey");
    }
  }
}
