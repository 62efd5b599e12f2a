package dev.semblance.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Rng;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplersTest {
  @Test
  void anEpochOfShuffledIsAPermutation() {
    Shuffled sampler = Shuffled.of(12, 4, 7);
    assertThat(sampler.batchesPerEpoch()).isEqualTo(3);
    Set<Long> first = new HashSet<>();
    for (int step = 3; step < 6; step++) {
      Arrays.stream(sampler.batch(step)).forEach(first::add);
    }
    assertThat(first).hasSize(12).allMatch(row -> row >= 0 && row < 12);
    assertThat(all(sampler, 0, 3)).isNotEqualTo(all(sampler, 3, 6));
  }

  @Test
  void batchesAreAFunctionOfSeedAndStepAlone() {
    int[] labels = IntStream.range(0, 60).map(i -> i % 7).toArray();
    for (Sampler[] pair :
        new Sampler[][] {
          {Shuffled.of(60, 8, 5), Shuffled.of(60, 8, 5), Shuffled.of(60, 8, 6)},
          {
            PkSampler.of(labels, 3, 4, 5),
            PkSampler.of(labels, 3, 4, 5),
            PkSampler.of(labels, 3, 4, 6)
          }
        }) {
      long[][] forward = new long[40][];
      for (int step = 0; step < 40; step++) {
        forward[step] = pair[0].batch(step);
      }
      boolean differs = false;
      for (int step = 39; step >= 0; step -= 3) { // another order, jumping over epochs
        assertThat(pair[1].batch(step)).isEqualTo(forward[step]);
        differs |= !Arrays.equals(pair[2].batch(step), forward[step]);
      }
      assertThat(differs).isTrue();
    }
  }

  @Test
  void shuffledRefusesABatchLargerThanTheSet() {
    assertThatThrownBy(() -> Shuffled.of(5, 6, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("batch must be <= the 5 rows of the set, got 6; lower the batch");
  }

  @Test
  void aBatchHasPClassesOfKDifferentItems() {
    int[] labels = IntStream.range(0, 200).map(i -> (i * i) % 11).toArray();
    PkSampler sampler = PkSampler.of(labels, 4, 3, 1);
    for (int step = 0; step < 60; step++) {
      long[] rows = sampler.batch(step);
      assertThat(Arrays.stream(rows).distinct().count()).isEqualTo(12);
      Map<Integer, Integer> counts = counts(labels, rows);
      assertThat(counts).hasSize(4).allSatisfy((label, count) -> assertThat(count).isEqualTo(3));
      for (int i = 0; i < 12; i++) { // class by class
        assertThat(labels[(int) rows[i]]).isEqualTo(labels[(int) rows[i / 3 * 3]]);
      }
    }
  }

  @Test
  void smallClassesGiveAllTheirItemsThenRepeatThem() {
    int[] labels = {0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3};
    PkSampler sampler = PkSampler.of(labels, 3, 5, 2);
    assertThat(sampler.leftOut()).containsExactly(2);
    for (int step = 0; step < 20; step++) {
      Map<Long, Integer> times = new HashMap<>();
      for (long row : sampler.batch(step)) {
        times.merge(row, 1, Integer::sum);
      }
      assertThat(times).containsKeys(0L, 1L, 2L, 3L, 4L).doesNotContainKey(5L);
      for (long row : new long[] {0, 1, 2}) { // five of three: each once or twice
        assertThat(times.get(row)).isBetween(1, 2);
      }
      for (long row : new long[] {3, 4}) { // five of two: each twice or thrice
        assertThat(times.get(row)).isBetween(2, 3);
      }
      long distinct = times.keySet().stream().filter(row -> row >= 6).count();
      assertThat(distinct).isEqualTo(5);
    }
  }

  @Test
  void dealingCoversEveryItemOfABalancedSetOnceAnEpoch() {
    int[] labels = IntStream.range(0, 48).map(i -> i / 12).toArray();
    PkSampler sampler = PkSampler.of(labels, 2, 4, 9);
    assertThat(sampler.batchesPerEpoch()).isEqualTo(6);
    for (int epoch = 0; epoch < 5; epoch++) {
      long[] rows = all(sampler, epoch * 6, epoch * 6 + 6);
      Arrays.sort(rows);
      assertThat(rows).isEqualTo(IntStream.range(0, 48).asLongStream().toArray());
    }
  }

  @Test
  void itemsAreDrawnUniformly() {
    int[] labels = IntStream.range(0, 30).map(i -> i < 10 ? 0 : 1 + (i - 10) / 5).toArray();
    PkSampler sampler = PkSampler.of(labels, 2, 3, 4);
    double[] times = new double[30];
    int steps = 6000;
    for (int step = 0; step < steps; step++) {
      for (long row : sampler.batch(step)) {
        times[(int) row]++;
      }
    }
    // Each of the 5 classes is in 2/5 of the batches; an item of m is drawn in 3/m of those.
    for (int row = 0; row < 30; row++) {
      double expected = steps * 2 / 5.0 * 3 / (row < 10 ? 10 : 5);
      assertThat(times[row]).isCloseTo(expected, within(0.12 * expected));
    }
  }

  @Test
  void onePurePositiveClassIsRefusedInWords() {
    assertThatThrownBy(() -> PkSampler.of(new int[] {3, 3, 3, 3}, 2, 2, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 class with at least two items, got 2")
        .hasMessageContaining("add classes");
    assertThatThrownBy(() -> PkSampler.of(new int[] {0, 0, 1, 1, 2}, 3, 2, 0))
        .hasMessage(
            "classes must be <= the 2 classes with at least two items, got 3 (1 with one item left"
                + " out); lower classes per batch");
    assertThatThrownBy(() -> PkSampler.of(new int[] {0, 0, 1, 1}, 1, 2, 0))
        .hasMessageContaining("classes must be >= 2");
    assertThatThrownBy(() -> PkSampler.of(new int[] {0, -1}, 2, 2, 0))
        .hasMessageContaining("label must be >= 0, got -1");
  }

  @Test
  void theExpectedPositivesAgreeWithCounting() {
    int[] labels = {0, 0, 0, 1, 1, 2, 2, 2, 2, 3};
    Rng random = Rng.of(1, Rng.Purpose.OTHER);
    double pairs = 0;
    int trials = 20_000;
    for (int t = 0; t < trials; t++) {
      int[] order = random.permutation(labels.length);
      for (int j = 1; j < 4; j++) {
        pairs += labels[order[0]] == labels[order[j]] ? 1 : 0;
      }
    }
    assertThat(Shuffled.expectedPositives(labels, 4)).isCloseTo(pairs / trials, within(0.02));
  }

  private static long[] all(Sampler sampler, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(sampler::batch)
        .flatMapToLong(Arrays::stream)
        .toArray();
  }

  private static Map<Integer, Integer> counts(int[] labels, long[] rows) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (long row : rows) {
      counts.merge(labels[(int) row], 1, Integer::sum);
    }
    return counts;
  }
}
