package dev.semblance.similarity.mine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.SquaredEuclidean;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class TripletMinerTest {
  private static final int N = 26;
  private static final double MARGIN = 2;

  private final double[] values = new double[2 * N];
  private final long[] labels = new long[N];
  private final long[] samples = new long[N];

  TripletMinerTest() {
    Random random = new Random(1);
    for (int i = 0; i < N; i++) {
      values[2 * i] = random.nextInt(5);
      values[2 * i + 1] = random.nextInt(5);
      labels[i] = random.nextInt(4);
      samples[i] = i < 4 ? 0 : i;
    }
  }

  private List<Triplet> mine(TripletSelection selection) {
    List<Triplet> found = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.doubles(values, N, 2);
      new TripletMiner(new SquaredEuclidean(), selection)
          .mine(x, Ops.longs(labels), Ops.longs(samples), found::add);
    }
    return found;
  }

  private double square(int i, int j) {
    return Math.pow(values[2 * i] - values[2 * j], 2)
        + Math.pow(values[2 * i + 1] - values[2 * j + 1], 2);
  }

  private List<Triplet> all() {
    List<Triplet> all = new ArrayList<>();
    for (int a = 0; a < N; a++) {
      for (int p = 0; p < N; p++) {
        for (int n = 0; n < N; n++) {
          boolean apart = samples[a] != samples[p] && samples[a] != samples[n];
          if (apart && labels[a] == labels[p] && labels[a] != labels[n]) {
            all.add(new Triplet(a, p, n, square(a, p), square(a, n)));
          }
        }
      }
    }
    return all;
  }

  @Test
  void classesPartitionAllTriplets() {
    List<Triplet> all = all();
    assertThat(mine(new AllTriplets())).containsExactlyElementsOf(all);
    List<Triplet> easy = mine(new EasyTriplets(MARGIN));
    List<Triplet> semiHard = mine(new SemiHardTriplets(MARGIN));
    List<Triplet> hard = mine(new HardTriplets());
    assertThat(easy).isNotEmpty().allMatch(t -> t.hardness(MARGIN) == Triplet.Hardness.EASY);
    assertThat(semiHard)
        .isNotEmpty()
        .allMatch(t -> t.hardness(MARGIN) == Triplet.Hardness.SEMI_HARD);
    assertThat(hard).isNotEmpty().allMatch(t -> t.hardness(MARGIN) == Triplet.Hardness.HARD);
    Set<Triplet> union = new HashSet<>(easy);
    union.addAll(semiHard);
    union.addAll(hard);
    assertThat(union).hasSize(all.size()).containsAll(all);
    assertThat(easy.size() + semiHard.size() + hard.size()).isEqualTo(all.size());
  }

  @Test
  void censusCountsWhatTheMinerLists() {
    try (Scope scope = Scope.open()) {
      TripletCensus census =
          TripletCensus.of(
              new SquaredEuclidean(),
              MARGIN,
              Ops.doubles(values, N, 2),
              Ops.longs(labels),
              Ops.longs(samples));
      assertThat(census.easy()).isEqualTo(mine(new EasyTriplets(MARGIN)).size());
      assertThat(census.semiHard()).isEqualTo(mine(new SemiHardTriplets(MARGIN)).size());
      assertThat(census.hard()).isEqualTo(mine(new HardTriplets()).size());
      assertThat(census.valid()).isEqualTo(all().size());
      long coincident = 0;
      for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) {
          boolean negative = labels[i] != labels[j] && samples[i] != samples[j];
          coincident += negative && square(i, j) == 0 ? 1 : 0;
        }
      }
      assertThat(coincident).isPositive();
      assertThat(census.coincident()).isEqualTo(coincident);
      assertThat(census.activeFraction())
          .isCloseTo(1 - (double) census.easy() / census.valid(), within(1e-15));
    }
  }

  @Test
  void batchHardTakesTheFarthestPositiveAndTheNearestNegative() {
    for (Triplet t : mine(new BatchHard())) {
      for (Triplet other : all()) {
        if (other.anchor() == t.anchor()) {
          assertThat(t.positiveDistance()).isGreaterThanOrEqualTo(other.positiveDistance());
          assertThat(t.negativeDistance()).isLessThanOrEqualTo(other.negativeDistance());
        }
      }
    }
  }

  @Test
  void drawnNegativesFollowTheWeights() {
    // One anchor with one positive and negatives at 60 and 80 degrees, 3000 seeds.
    double[] angles = {0, 0.1, Math.PI / 3, Math.PI * 4 / 9, Math.PI * 2 / 3};
    double[] rows = new double[15];
    for (int i = 0; i < 5; i++) {
      rows[3 * i] = Math.cos(angles[i]);
      rows[3 * i + 1] = Math.sin(angles[i]);
    }
    int[] counts = new int[5];
    int draws = 3000;
    try (Scope scope = Scope.open()) {
      Tensor x = Ops.doubles(rows, 5, 3);
      Tensor labels = Ops.longs(new long[] {0, 0, 1, 2, 3});
      Tensor samples = Ops.longs(new long[] {5, 6, 7, 8, 9});
      for (int seed = 0; seed < draws; seed++) {
        new TripletMiner(new CosineDistance(), DistanceWeighted.of(seed))
            .mine(x, labels, samples, t -> counts[t.negative()] += t.anchor() == 0 ? 1 : 0);
      }
    }
    // d = 3: q is D, so 1 / q is 1 / D; the chord of 120 degrees is beyond 1.4.
    double near = 1 / (2 * Math.sin(Math.PI / 6));
    double far = 1 / (2 * Math.sin(Math.PI * 2 / 9));
    assertThat(counts[4]).isZero();
    assertThat(counts[2] + counts[3]).isEqualTo(draws);
    assertThat((double) counts[2] / draws).isCloseTo(near / (near + far), within(0.03));
  }
}
