package dev.semblance.similarity.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class GapCounterTest {
  private static final IntToDoubleFunction NONE =
      j -> {
        throw new AssertionError("nothing is small here");
      };

  /** Draws the distances of hits and others; keys at rows 0, 3, 6, ..., others between. */
  private static void check(GapCounter counter, int hits, int others, IntToDoubleFunction draw) {
    int m = Math.max(3 * hits, hits + others);
    double[] all = new double[m];
    Arrays.setAll(all, draw);
    boolean[] hit = new boolean[m];
    counter.reserve(hits);
    ScoreRow items = wide(Double.NEGATIVE_INFINITY, NONE, all);
    for (int i = 0; i < hits; i++) {
      hit[3 * i] = true;
      counter.keys()[i] = all[3 * i];
      counter.rows()[i] = 3 * i;
      items.ignore(3 * i);
    }
    counter.sort(hits, items);
    counter.count(items);
    int[] order = NaiveRetrieval.order(all, j -> true);
    int p = 0;
    int since = 0;
    for (int j : order) {
      if (hit[j]) {
        assertThat(counter.rows()[p]).isEqualTo(j);
        assertThat(counter.keys()[p]).isEqualTo(all[j]);
        assertThat(counter.gaps()[p]).as("gap %d", p).isEqualTo(since);
        p++;
        since = 0;
      } else {
        since++;
      }
    }
    counter.sort(hits, items);
    counter.countTied(items);
    for (int q = 0; q < hits; q++) {
      double key = counter.keys()[q];
      boolean firstOfEquals = q == 0 || counter.keys()[q - 1] < key;
      double before = q == 0 ? Double.NEGATIVE_INFINITY : counter.keys()[q - 1];
      int strictly = 0;
      int equal = 0;
      for (int j = 0; j < m; j++) {
        strictly += !hit[j] && all[j] > before && all[j] < key ? 1 : 0;
        equal += !hit[j] && all[j] == key ? 1 : 0;
      }
      assertThat(counter.gaps()[q]).isEqualTo(strictly);
      assertThat(counter.ties()[q]).isEqualTo(firstOfEquals ? equal : 0);
    }
  }

  private static ScoreRow wide(double small, IntToDoubleFunction exact, double... scores) {
    ScoreRow row = new ScoreRow(scores.length);
    System.arraycopy(scores, 0, row.wide(), 0, scores.length);
    row.startWide(small, 0.25, exact);
    return row;
  }

  private static ScoreRow narrow(double small, IntToDoubleFunction exact, double... scores) {
    ScoreRow row = new ScoreRow(scores.length);
    for (int j = 0; j < scores.length; j++) {
      row.narrow()[j] = (float) scores[j];
    }
    row.startNarrow(small, 0.25, exact);
    return row;
  }

  /** The same scores held in float64 and in float32. */
  private static List<ScoreRow> rows(double small, IntToDoubleFunction exact, double... scores) {
    return List.of(wide(small, exact, scores), narrow(small, exact, scores));
  }

  @Test
  void matchesSortingForAnyDistribution() {
    Rng rng = Rng.of(1, Rng.Purpose.OTHER);
    GapCounter counter = new GapCounter();
    for (int hits : new int[] {1, 2, 3, 17, 150}) {
      for (int others : new int[] {0, 5, 700}) {
        check(counter, hits, others, j -> rng.gaussian());
        check(counter, hits, others, j -> rng.below(6));
        check(counter, hits, others, j -> 3);
        check(counter, hits, others, j -> Math.exp(40 * rng.gaussian()));
        // all but a few in one entry of the table
        check(counter, hits, others, j -> j == 0 ? 1e6 : rng.below(50) * 1e-6);
        // closer than the table's scale can express
        check(counter, hits, others, j -> rng.below(9) * Double.MIN_VALUE);
        check(counter, hits, others, j -> rng.below(9) * 1e-42);
        check(counter, hits, others, j -> 1 + rng.below(9) * 0x1p-50);
        check(counter, hits, others, j -> 1e300 * rng.gaussian());
        // hits near, others far: the branching way
        check(counter, hits, others, j -> j % 3 == 0 ? rng.below(9) : 7 + rng.below(900));
      }
    }
  }

  @Test
  void smallScoresAreRefinedBeforeTheyAreCounted() {
    GapCounter counter = new GapCounter();
    counter.reserve(2);
    for (double far : new double[] {1.5, 1e9}) {
      double[] distances = new double[40];
      Arrays.fill(distances, far);
      distances[7] = 0.25;
      for (ScoreRow items : rows(0.5, j -> j == 7 ? 1.75 : 0, distances)) {
        items.ignore(0);
        items.ignore(1);
        counter.keys()[0] = 1;
        counter.keys()[1] = 2;
        counter.rows()[0] = 0;
        counter.rows()[1] = 1;
        counter.sort(2, items);
        counter.count(items);
        assertThat(counter.gaps()[0]).isZero();
        assertThat(counter.gaps()[1]).isEqualTo(far < 2 ? 38 : 1);
        assertThat(items.at(7)).isEqualTo(1.75);
      }
    }
  }

  @Test
  void matchesSortingWhereverTheOthersLie() {
    Rng rng = Rng.of(2, Rng.Purpose.OTHER);
    GapCounter counter = new GapCounter();
    for (int hits : new int[] {1, 40, 300}) {
      for (int others : new int[] {1, 60, 9000}) {
        // few, some, most and all of the others among the hits; densely and thinly
        for (double shift : new double[] {-30, -2, 0, 2, 3, 5, 30}) {
          check(counter, hits, others, j -> rng.gaussian() + (j % 3 == 0 ? 0 : shift));
        }
        check(counter, hits, others, j -> j % 3 == 0 ? rng.nextDouble() : 1e-3 * rng.nextDouble());
        check(counter, hits, others, j -> j % 3 == 0 ? rng.below(2) : rng.nextDouble());
        // every other at one hit; every hit at one other; all but one item coincide
        check(counter, hits, others, j -> j % 3 == 0 ? j % 2 : 1);
        check(counter, hits, others, j -> j % 3 == 0 ? 1 : rng.below(3));
        check(counter, hits, others, j -> j == 3 ? 2 : 0);
        // a range that no float, and one that no double can hold
        check(counter, hits, others, j -> 1e39 * (rng.nextDouble() - 0.5));
        check(counter, hits, others, j -> (rng.below(3) - 1) * 1.7e308);
        check(counter, hits, others, j -> (rng.below(7) - 3) * Double.MIN_VALUE);
        check(counter, hits, others, j -> (rng.below(7) - 3) * (double) Float.MIN_VALUE);
      }
    }
  }

  @Test
  void refinedScoresAreCountedWhereTheyBelong() {
    Rng rng = Rng.of(3, Rng.Purpose.OTHER);
    GapCounter counter = new GapCounter();
    int hits = 120;
    for (int others : new int[] {40, 4000}) {
      // others far, thinly among the hits, densely among them; hits above and below "small"
      for (double shift : new double[] {20, 3, 0}) {
        for (double small : new double[] {-30, -2, -0.5, 0.5, 1.5}) {
          double[] raw = new double[hits + others];
          Arrays.setAll(raw, j -> (float) (rng.gaussian() + (j < hits ? 0 : shift)));
          for (int j = hits; j < hits + 10; j++) {
            raw[j] = (float) (small - rng.nextDouble());
          }
          double[] refined = new double[raw.length];
          Arrays.setAll(refined, j -> raw[j] + rng.gaussian());
          double[] exact = new double[raw.length];
          Arrays.setAll(exact, j -> raw[j] <= small ? refined[j] : raw[j]);
          counter.reserve(hits);
          for (ScoreRow items : rows(small, j -> refined[j], raw)) {
            for (int i = 0; i < hits; i++) {
              assertThat(items.at(i)).isEqualTo(exact[i]);
              counter.keys()[i] = exact[i];
              counter.rows()[i] = i;
              items.ignore(i);
            }
            counter.sort(hits, items);
            counter.count(items);
            int p = 0;
            int since = 0;
            for (int j : NaiveRetrieval.order(exact, j -> true)) {
              if (j < hits) {
                assertThat(counter.rows()[p]).isEqualTo(j);
                assertThat(counter.gaps()[p]).as("gap %d, small %s", p, small).isEqualTo(since);
                p++;
                since = 0;
              } else {
                assertThat(items.at(j)).isEqualTo(exact[j]);
                since++;
              }
            }
          }
        }
      }
    }
  }

  @Test
  void theNearestIsTheFirstOfTheLowestScores() {
    Rng rng = Rng.of(4, Rng.Purpose.OTHER);
    for (int round = 0; round < 200; round++) {
      double small = rng.below(12) - 3;
      double[] raw = new double[1 + rng.below(30)];
      Arrays.setAll(raw, j -> rng.below(12));
      double[] refined = new double[raw.length];
      Arrays.setAll(refined, j -> raw[j] <= small ? rng.below(12) : raw[j]);
      int nearest = NaiveRetrieval.order(refined, j -> true)[0];
      for (ScoreRow row : rows(small, j -> refined[j], raw)) {
        assertThat(row.nearest()).isEqualTo(nearest);
        row.settle();
        assertThat(row.nearest()).isEqualTo(nearest);
      }
    }
  }

  @Test
  void noneIsSmallOnlyWhereNoneComesNear() {
    for (ScoreRow row : rows(0.5, NONE, 3, 1.01, 0.5, 2)) {
      assertThat(row.noneIsSmall()).isFalse();
      row.ignore(2);
      assertThat(row.noneIsSmall()).isTrue();
      assertThat(row.small()).isEqualTo(Double.NEGATIVE_INFINITY);
    }
    for (ScoreRow row : rows(0.5, NONE, 3, 0.99)) { // within twice the error
      assertThat(row.noneIsSmall()).isFalse();
      assertThat(row.small()).isEqualTo(0.5);
    }
  }

  @Test
  void settledScoresAreThoseAskedFor() {
    double[] scores = {0.25, 3, 0.5, -7, 1};
    IntToDoubleFunction exact = j -> 10 + j;
    for (ScoreRow row : rows(0.5, exact, scores)) {
      row.ignore(4);
      assertThat(row.at(3)).isEqualTo(13);
      assertThat(row.settle()).startsWith(10, 3, 12, 13);
      assertThat(row.settle()[4]).isGreaterThan(1e38);
      assertThat(row.narrow()).startsWith(10, 3, 12, 13);
      assertThat(row.at(3)).isEqualTo(13);
      assertThat(row.small()).isEqualTo(Double.NEGATIVE_INFINITY);
    }
  }
}
