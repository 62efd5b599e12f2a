package dev.semblance.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AccuracyTest {
  private static final int[] CLASSES = {0, 0, 0, 1, 1, 3};
  private static final int[] ANSWERS = {0, 0, 1, 1, 3, 3};

  @Test
  void countsAnswersByClass() {
    Accuracy accuracy = Accuracy.of(CLASSES, ANSWERS, 4);
    assertThat(accuracy.confusion())
        .isDeepEqualTo(new long[][] {{2, 1, 0, 0}, {0, 1, 0, 1}, {0, 0, 0, 0}, {0, 0, 0, 1}});
    assertThat(accuracy.correct()).isEqualTo(4);
    assertThat(accuracy.n()).isEqualTo(6);
    assertThat(accuracy.correct(1)).isEqualTo(1);
    assertThat(accuracy.n(1)).isEqualTo(2);
    assertThat(accuracy.estimate()).isEqualTo(new Estimate(4 / 6.0, Interval.wilson(4, 6)));
    assertThat(accuracy.estimate(0)).isEqualTo(new Estimate(2 / 3.0, Interval.wilson(2, 3)));
    assertThat(Accuracy.of(CLASSES, ANSWERS, 5).classes()).isEqualTo(5);
  }

  @Test
  void refusesWhatIsNoAnswer() {
    assertThatThrownBy(() -> Accuracy.of(CLASSES, ANSWERS, 3)).hasMessageContaining("got 3");
    assertThatThrownBy(() -> Accuracy.of(CLASSES, new int[5], 4)).hasMessageContaining("each of 6");
    assertThatThrownBy(() -> Accuracy.of(new int[0], new int[0], 4))
        .hasMessageContaining("number of items must be >= 1");
    assertThatThrownBy(() -> Accuracy.of(CLASSES, ANSWERS, 4).estimate(2))
        .hasMessageContaining("items of class 2");
    assertThatThrownBy(() -> new Accuracy(new long[][] {{1, 2}, {3}}))
        .hasMessageContaining("square");
  }
}
