package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Rng;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModeCountTest {
  @Test
  void divergence_is_the_sum_over_classes() {
    ModeCount.Modes modes = new ModeCount(List.of(.5, .25, .25)).measure(new long[] {0, 0, 0, 1});
    assertThat(modes.hit()).isEqualTo(2);
    assertThat(modes.classes()).isEqualTo(3);
    assertThat(modes.divergence()).isCloseTo(.75 * Math.log(1.5), within(1e-12));
    assertThat(modes.expected()).isEqualTo(2 / 8.0);
    // Two degrees of freedom: the survival of x is exp(-x/2).
    assertThat(modes.pValue()).isCloseTo(Math.exp(-4 * modes.divergence()), within(1e-12));
  }

  @Test
  void a_perfect_sampler_of_1000_modes_diverges_by_999_over_52000() {
    int repetitions = 20;
    double divergence = 0;
    double pValues = 0;
    for (int r = 0; r < repetitions; r++) {
      Rng rng = Rng.of(r, Rng.Purpose.SYNTHETIC);
      long[] labels = new long[26_000];
      for (int i = 0; i < labels.length; i++) {
        labels[i] = rng.below(1000);
      }
      ModeCount.Modes modes = ModeCount.uniform(1000).measure(labels);
      assertThat(modes.hit()).isEqualTo(1000);
      assertThat(modes.expected()).isEqualTo(999 / 52_000.0);
      divergence += modes.divergence() / repetitions;
      pValues += modes.pValue() / repetitions;
    }
    // 2n KL has deviation (2 * 999)^1/2: .00086 each. The next order is below 1 %.
    assertThat(divergence).isCloseTo(.0192, within(.0006));
    assertThat(pValues).isBetween(.2, .7);
  }

  @Test
  void shares_of_labels_and_classes_that_are_not_wanted() {
    ModeCount wanted = ModeCount.of(new long[] {0, 0, 2, 2}, 3);
    assertThat(wanted.shares()).containsExactly(.5, 0.0, .5);
    assertThat(wanted.measure(new long[] {0, 2}).divergence()).isZero();
    assertThat(wanted.measure(new long[] {0, 1}).divergence()).isInfinite();
    assertThat(wanted.measure(new long[] {0, 1}).pValue()).isZero();
    assertThat(ModeCount.uniform(1).measure(new long[] {0}).pValue()).isEqualTo(1);
  }

  @Test
  void a_class_is_lost_by_its_part_of_what_is_wanted() {
    ModeCount.Modes modes =
        new ModeCount(List.of(.5, .3, .2, .0)).measure(new long[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    assertThat(modes.counts()).containsExactly(9L, 1L, 0L, 0L);
    assertThat(modes.lost(0)).containsExactly(2);
    assertThat(modes.lost(.3)).containsExactly(2);
    assertThat(modes.lost(.4)).containsExactly(1, 2);
  }

  @Test
  void what_is_no_label_or_no_share_is_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModeCount.uniform(3).measure(new long[] {3}))
        .withMessage("label must be 0..2, got 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModeCount(List.of(.5, .4)))
        .withMessage("shares must have the sum 1, got 0.9");
    assertThatIllegalArgumentException().isThrownBy(() -> new ModeCount(List.of(Double.NaN, 1.0)));
  }
}
