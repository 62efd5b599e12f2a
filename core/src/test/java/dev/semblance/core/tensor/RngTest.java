package dev.semblance.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RngTest {
  @Test
  void philoxGivesTheKnownAnswersOfItsAuthors() {
    // Random123's kat_vectors, philox4x32 10 rounds.
    assertThat(philox(0, 0, 0, 0, 0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(philox(-1, -1, -1, -1, -1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(philox(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  private static int[] philox(int c0, int c1, int c2, int c3, int k0, int k1) {
    int[] out = new int[4];
    Rng.philox(c0, c1, c2, c3, k0, k1, out);
    return out;
  }

  @Test
  void everyPartOfTheKeyMatters() {
    long base = Rng.of(1, Rng.Purpose.ORDER, 2, 3).nextLong();
    assertThat(Rng.of(1, Rng.Purpose.ORDER, 2, 3).nextLong()).isEqualTo(base);
    assertThat(Rng.of(9, Rng.Purpose.ORDER, 2, 3).nextLong()).isNotEqualTo(base);
    assertThat(Rng.of(1, Rng.Purpose.AUGMENT, 2, 3).nextLong()).isNotEqualTo(base);
    assertThat(Rng.of(1, Rng.Purpose.ORDER, 9, 3).nextLong()).isNotEqualTo(base);
    assertThat(Rng.of(1, Rng.Purpose.ORDER, 2, 9).nextLong()).isNotEqualTo(base);
    assertThat(Rng.of(1, Rng.Purpose.ORDER, 2 + (1L << 40), 3).nextLong()).isNotEqualTo(base);
  }

  @Test
  void uniformAndNormalDrawsHaveTheirMoments() {
    int n = 100_000;
    Rng rng = Rng.of(0, Rng.Purpose.OTHER);
    double sum = 0;
    double squares = 0;
    double fourth = 0;
    double uniform = 0;
    for (int i = 0; i < n; i++) {
      double g = rng.gaussian();
      sum += g;
      squares += g * g;
      fourth += g * g * g * g;
      uniform += rng.uniform(2, 4);
    }
    // Five standard errors each.
    assertThat(sum / n).isBetween(-5 / Math.sqrt(n), 5 / Math.sqrt(n));
    assertThat(squares / n).isBetween(1 - 5 * Math.sqrt(2.0 / n), 1 + 5 * Math.sqrt(2.0 / n));
    assertThat(fourth / n).isBetween(3 - 5 * Math.sqrt(96.0 / n), 3 + 5 * Math.sqrt(96.0 / n));
    assertThat(uniform / n).isBetween(3 - 0.01, 3 + 0.01);
  }

  @Test
  void belowIsUnbiasedAndBounded() {
    int[] counts = new int[3];
    Rng rng = Rng.of(5, Rng.Purpose.OTHER);
    for (int i = 0; i < 30_000; i++) {
      counts[rng.below(3)]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(9_600, 10_400);
    }
    assertThatThrownBy(() -> rng.below(0)).hasMessage("bound must be >= 1, got 0");
  }

  @Test
  void aPermutationHoldsEveryNumberOnce() {
    int[] order = Rng.of(7, Rng.Purpose.ORDER).permutation(1000);
    int[] sorted = order.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < sorted.length; i++) {
      assertThat(sorted[i]).isEqualTo(i);
    }
    assertThat(order).isNotEqualTo(sorted);
  }
}
