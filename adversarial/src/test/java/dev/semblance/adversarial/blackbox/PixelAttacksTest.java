package dev.semblance.adversarial.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** {@link FewPixels} and {@link ExhaustivePixel}. */
class PixelAttacksTest {
  @Nested
  class Evolution extends SearchContract {
    @Override
    SearchAttack attack(long seed) {
      return new FewPixels(5, 20, 0.5, 3, 1, seed);
    }
  }

  @Nested
  class Enumeration extends SearchContract {
    @Override
    SearchAttack attack(long seed) {
      return ExhaustivePixel.corners();
    }

    @Override
    boolean random() {
      return false;
    }

    @Override
    int leastFooled() {
      return 2;
    }
  }

  /** Points whose values are whole grey levels, as images have them. */
  private static double[][] levels(int n, int width, long seed) {
    double[][] points = Plane.points(n, width, 0, 256, seed);
    for (double[] point : points) {
      for (int i = 0; i < width; i++) {
        point[i] = Math.floor(point[i]) / 255;
      }
    }
    return points;
  }

  /**
   * In three colours on a plane: for each pixel every channel goes to the end that lowers the
   * margin, for each other class; nothing in between does better.
   */
  @Test
  void cornersAreExactOnAPlane() {
    int width = 3 * 4 * 4;
    Plane model = Plane.random(4, width, 5, Box.UNIT);
    double[][] points = levels(60, width, 3);
    try (Scope scope = Scope.open()) {
      Samples samples = model.samples(ScalarType.Double, points, 3, 4, 4);
      AttackResult result =
          ExhaustivePixel.corners().perturb(model.scores(), samples, new Misclassify());
      int possible = 0;
      for (int i = 0; i < points.length; i++) {
        boolean breakable = least(model, points[i], 16) < 0;
        possible += breakable ? 1 : 0;
        Outcome outcome = result.outcomes().get(i);
        assertThat(outcome.verdict())
            .isEqualTo(breakable ? Outcome.Verdict.FOOLED : Outcome.Verdict.WITHSTOOD);
        // Corners that are the pixel's own colour are not asked about.
        assertThat(outcome.queries()).isLessThanOrEqualTo(1 + 16 * 8 + 2);
      }
      assertThat(possible).isBetween(10, 50);
    }
  }

  /** The least margin with one pixel changed, over all other classes. */
  private static double least(Plane model, double[] point, int pixels) {
    int y = model.predicted(point);
    double least = Double.POSITIVE_INFINITY;
    for (int k = 0; k < model.bias.length; k++) {
      for (int p = 0; k != y && p < pixels; p++) {
        double margin = model.logit(y, point) - model.logit(k, point);
        for (int i = p; i < point.length; i += pixels) {
          double v = model.weights[y][i] - model.weights[k][i];
          margin -= Math.max(v * point[i], -v * (1 - point[i]));
        }
        least = Math.min(least, margin);
      }
    }
    return least;
  }

  /** All 256 levels against a loop over them, on a model that is fooled in the middle only. */
  @Test
  void allLevelsAreAProof() {
    ScoreOracle ring =
        ScoreOracle.ofRows(
            rows -> {
              float[][] answers = new float[rows.length][];
              for (int r = 0; r < rows.length; r++) {
                double near = 1;
                for (int i = 0; i < rows[r].length; i++) {
                  near = Math.min(near, Math.abs(rows[r][i] - (100 + i) / 255.0));
                }
                answers[r] = new float[] {(float) near, 0.001f};
              }
              return answers;
            },
            2,
            Box.UNIT,
            1,
            2,
            2);
    float[] values = {0, 0, 50 / 255f, 200 / 255f, 1, 1, 1, 1};
    try (Scope scope = Scope.open()) {
      Samples samples = Samples.of(Ops.floats(values, 2, 1, 2, 2), Ops.longs(new long[] {0, 0}, 2));
      AttackResult corners = ExhaustivePixel.corners().perturb(ring, samples, new Misclassify());
      assertThat(corners.fooled()).isZero();
      assertThat(corners.outcomes().get(1).queries()).isEqualTo(1 + 4);
      long before = ring.queries();
      AttackResult all = ExhaustivePixel.all().perturb(ring, samples, new Misclassify());
      assertThat(all.fooled()).isEqualTo(2);
      assertThat(all.outcomes()).allMatch(outcome -> outcome.eightBit() && outcome.distance() == 1);
      assertThat(all.total(Outcome::queries)).isEqualTo(ring.queries() - before);
      // A model that nothing fools is asked about all 4 * 255 other images.
      ScoreOracle firm =
          ScoreOracle.ofRows(rows -> repeated(rows.length, 1, 0), 2, Box.UNIT, 1, 2, 2);
      AttackResult none = ExhaustivePixel.all().perturb(firm, samples, new Misclassify());
      assertThat(none.robust()).isEqualTo(2);
      assertThat(none.outcomes()).allMatch(outcome -> outcome.queries() == 1 + 4 * 255);
    }
  }

  private static float[][] repeated(int n, float... row) {
    float[][] rows = new float[n][];
    java.util.Arrays.fill(rows, row);
    return rows;
  }

  /** Every candidate once: as many different images as pixels times other colours. */
  @Test
  void theScanMeetsEveryCandidateOnce() {
    double[] image = levels(1, 3 * 5 * 3, 2)[0];
    Subject subject = new Subject(0, image, new long[] {3, 5, 3}, false, Box.UNIT);
    PixelScan scan = new PixelScan(subject, 3);
    Set<String> seen = new HashSet<>();
    for (long place = 0; place < scan.size(); place++) {
      seen.add(scan.pixel(place) + java.util.Arrays.toString(scan.colour(place)));
    }
    assertThat(scan.size()).isEqualTo(15 * 27);
    assertThat(seen).hasSize(15 * 27);
    // The pixel in the middle first, with the corner farthest from its colour.
    assertThat(scan.pixel(0)).isEqualTo(7);
    for (int c = 0; c < 3; c++) {
      assertThat(scan.colour(0)[c]).isEqualTo(image[c * 15 + 7] < 0.5 ? 255 : 0);
    }
  }

  /** The optimum over one pixel, found by evolution from random pixels in 95 of 100 seeds. */
  @Test
  void evolutionReachesTheOptimum() {
    int width = 64;
    Plane model = Plane.random(2, width, 5, Box.UNIT);
    double[] point = levels(1, width, 3)[0];
    int y = model.predicted(point);
    double least = least(model, point, width);
    int reached = 0;
    for (int seed = 0; seed < 100; seed++) {
      Subject subject = new Subject(1, point, new long[] {1, 8, 8}, false, Box.UNIT);
      Search search = new FewPixels(1, 60, 0.5, 40, 0, seed).search(subject);
      double[] image = new double[width];
      double best = Double.POSITIVE_INFINITY;
      int queries = 0;
      for (int round = search.propose(1000); round > 0; round = search.propose(1000)) {
        for (int j = 0; j < round; j++, queries++) {
          search.probe(j, image);
          double margin = model.logit(y, image) - model.logit(1 - y, image);
          best = Math.min(best, margin);
          search.absorb(j, image, margin + 1000); // never a success: it goes on to its end
        }
      }
      assertThat(queries).isEqualTo(60 + 40 * 60);
      assertThat(best).isGreaterThan(least - 1e-9);
      reached += best < least + 1e-9 ? 1 : 0;
    }
    assertThat(reached).isGreaterThanOrEqualTo(95);
  }

  /** What falls to k pixels falls to k + 1. */
  @Test
  void successNeverFallsWithThePixels() {
    Plane model = Plane.random(3, 64, 11, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Samples samples = model.samples(ScalarType.Float, levels(40, 64, 9), 1, 8, 8);
      for (int colours : new int[] {0, 1, 2}) {
        AttackResult before = null;
        for (int pixels = 1; pixels <= 4; pixels++) {
          AttackResult now =
              new FewPixels(pixels, 20, 0.5, 4, colours, 1)
                  .perturb(model.scores(), samples, new Misclassify());
          int most = pixels;
          assertThat(now.outcomes())
              .filteredOn(outcome -> outcome.verdict() == Outcome.Verdict.FOOLED)
              .allMatch(outcome -> outcome.distance() <= most && outcome.eightBit());
          if (before != null) {
            assertThat(now.fooled()).isGreaterThan(before.fooled());
            for (int i = 0; i < 40; i++) {
              if (before.outcomes().get(i).verdict() == Outcome.Verdict.FOOLED) {
                assertThat(now.outcomes().get(i).verdict()).isEqualTo(Outcome.Verdict.FOOLED);
              }
            }
          }
          before = now;
        }
      }
    }
  }

  /** With one pixel every corner is tried, those left out in the beginning as well. */
  @Test
  void nothingThatCornersBreakIsMissed() {
    int width = 3 * 4 * 4;
    Plane model = Plane.random(4, width, 5, Box.UNIT);
    double[][] points = levels(60, width, 3);
    try (Scope scope = Scope.open()) {
      Samples samples = model.samples(ScalarType.Double, points, 3, 4, 4);
      AttackResult result =
          new FewPixels(1, 4, 0.5, 1, 1, 1).perturb(model.scores(), samples, new Misclassify());
      for (int i = 0; i < points.length; i++) {
        boolean breakable = least(model, points[i], 16) < 0;
        assertThat(result.outcomes().get(i).verdict())
            .isEqualTo(breakable ? Outcome.Verdict.FOOLED : Outcome.Verdict.WITHSTOOD);
      }
    }
  }

  /** Changed values are whole grey levels; the others keep their bits. */
  @Test
  void whatIsFoundIsWholeLevels() {
    Plane model = Plane.random(3, 64, 11, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Samples samples = model.samples(ScalarType.Float, levels(40, 64, 9), 1, 8, 8);
      AttackResult result =
          new FewPixels(3, 20, 0.5, 10, 0, 1).perturb(model.scores(), samples, new Misclassify());
      double[] clean = Ops.toDoubles(samples.images());
      double[] found = Ops.toDoubles(result.adversarial());
      int between = 0;
      for (int i = 0; i < clean.length; i++) {
        if (found[i] != clean[i]) {
          double level = Math.rint(255 * found[i]);
          assertThat(found[i]).isEqualTo((float) (level / 255));
          between += level > 0 && level < 255 ? 1 : 0;
        }
      }
      assertThat(between).isPositive();
    }
  }

  @Test
  void everyOptionMatters() {
    FewPixels plain = new FewPixels(2, 20, 0.5, 4, 1, 1);
    String reference = SearchContract.signature(plain);
    assertThat(SearchContract.signature(plain)).isEqualTo(reference);
    for (FewPixels other :
        List.of(
            new FewPixels(3, 20, 0.5, 4, 1, 1),
            new FewPixels(2, 21, 0.5, 4, 1, 1),
            new FewPixels(2, 20, 0.6, 4, 1, 1),
            new FewPixels(2, 20, 0.5, 5, 1, 1),
            new FewPixels(2, 20, 0.5, 4, 0, 1),
            new FewPixels(2, 20, 0.5, 4, 1, 2))) {
      assertThat(SearchContract.signature(other)).as("%s", other).isNotEqualTo(reference);
    }
    assertThat(SearchContract.signature(new ExhaustivePixel(3)))
        .isNotEqualTo(SearchContract.signature(ExhaustivePixel.corners()));
  }

  @Test
  void badInputIsNamed() {
    assertThatThrownBy(() -> new ExhaustivePixel(1)).hasMessageContaining("levels must be >= 2");
    assertThatThrownBy(() -> new ExhaustivePixel(257))
        .hasMessageContaining("levels must be <= 256");
    assertThatThrownBy(() -> new FewPixels(0, 9, 0.5, 1, 0, 1)).hasMessageContaining("pixels must");
    assertThatThrownBy(() -> new FewPixels(1, 3, 0.5, 1, 0, 1))
        .hasMessageContaining("population must be >= 4");
    assertThatThrownBy(() -> new FewPixels(1, 9, Double.NaN, 1, 0, 1))
        .hasMessageContaining("scale must");
    assertThatThrownBy(() -> new FewPixels(1, 9, 0.5, 0, 0, 1))
        .hasMessageContaining("generations must");
    assertThatThrownBy(() -> new FewPixels(1, 9, 0.5, 1, -1, 1))
        .hasMessageContaining("colours must");
    Subject wide = new Subject(0, new double[6], new long[] {6, 1, 1}, false, Box.UNIT);
    assertThatThrownBy(() -> ExhaustivePixel.all().search(wide))
        .hasMessageContaining("use 2 for the corners");
    Subject many = new Subject(0, new double[8], new long[] {2, 1, 2, 2}, false, Box.UNIT);
    assertThatThrownBy(() -> ExhaustivePixel.corners().search(many))
        .hasMessageContaining("images must be");
  }
}
