package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class HeadBoundsTest {
  /** Values of the formula for 10 and 964 classes, by hand calculator. */
  @Test
  void smallestScaleOfKnownCases() {
    assertThat(HeadBounds.smallestScale(10, 0.9)).isCloseTo(3.955, within(1e-3));
    assertThat(HeadBounds.smallestScale(964, 0.9)).isCloseTo(9.06, within(5e-3));
  }

  /** The bound is where the largest probability meets the target: one is the other's inverse. */
  @Test
  void smallestScaleReachesItsProbability() {
    for (int classes : new int[] {2, 10, 1000}) {
      for (double p : new double[] {0.6, 0.9, 0.999}) {
        double s = HeadBounds.smallestScale(classes, p);
        assertThat(HeadBounds.largestProbability(classes, s)).isCloseTo(p, within(1e-12));
      }
    }
    // e / (e + (C-1) e^{-1/(C-1)}) for cosines without scale
    assertThat(HeadBounds.largestProbability(10, 1))
        .isCloseTo(Math.E / (Math.E + 9 * Math.exp(-1 / 9.0)), within(1e-15));
  }

  @Test
  void chanceNeedsNoScale() {
    assertThat(HeadBounds.smallestScale(10, 0.05)).isZero();
  }

  @Test
  void halfArcsOfTheEightIdentities() {
    assertThat(Math.toDegrees(HeadBounds.halfArcRadians(8, 0))).isCloseTo(22.5, within(1e-12));
    assertThat(Math.toDegrees(HeadBounds.halfArcRadians(8, 0.1))).isCloseTo(14.99, within(5e-3));
    assertThat(Math.toDegrees(HeadBounds.halfArcRadians(8, 0.2))).isCloseTo(7.35, within(5e-3));
    assertThat(Math.toDegrees(HeadBounds.halfArcRadians(8, HeadBounds.largestMarginCosine(8, 2))))
        .isCloseTo(0, within(1e-6));
    assertThatThrownBy(() -> HeadBounds.halfArcRadians(8, 0.3))
        .hasMessageContaining("marginCosine");
  }

  /** At the edge of the arc the target's cosine beats the neighbour's by exactly the margin. */
  @Test
  void arcEndsWhereTheMarginIsMet() {
    for (int classes = 3; classes < 12; classes++) {
      double m = 0.7 * HeadBounds.largestMarginCosine(classes, 2);
      double edge = HeadBounds.halfArcRadians(classes, m);
      assertThat(Math.cos(edge) - Math.cos(2 * Math.PI / classes - edge))
          .isCloseTo(m, within(1e-12));
    }
  }

  /** Random directions never stand wider than the bound; simplex and cross attain it. */
  @Test
  void noPlacementBeatsTheWidestAngle() {
    for (int width = 1; width < 5; width++) {
      for (int classes = 2; classes < 9; classes++) {
        double bound = HeadBounds.widestAngle(classes, width);
        for (long seed = 0; seed < 200; seed++) {
          double[][] w = ToyBatch.matrix(seed, classes, width);
          double most = -1;
          for (int i = 0; i < classes; i++) {
            for (int j = 0; j < i; j++) {
              most = Math.max(most, Naive.cosine(w[i], w[j]));
            }
          }
          assertThat(Math.acos(Math.min(1, most))).isLessThanOrEqualTo(bound + 1e-7);
        }
      }
    }
    assertThat(HeadBounds.largestMarginCosine(10, 64)).isCloseTo(10.0 / 9, within(1e-12));
    assertThat(HeadBounds.largestMarginCosine(6, 3)).isCloseTo(1, within(1e-12));
    assertThat(HeadBounds.largestMarginCosine(8, 2)).isCloseTo(0.2929, within(1e-4));
    assertThat(HeadBounds.largestMarginCosine(3, 1)).isZero();
  }

  @Test
  void refusesWhatIsNoProbabilityOrClassCount() {
    assertThatThrownBy(() -> HeadBounds.smallestScale(1, 0.9)).hasMessageContaining("classes");
    for (double p : new double[] {0, 1, Double.NaN}) {
      assertThatThrownBy(() -> HeadBounds.smallestScale(10, p)).hasMessageContaining("probability");
    }
    assertThatThrownBy(() -> HeadBounds.largestProbability(10, 0)).hasMessageContaining("scale");
  }
}
