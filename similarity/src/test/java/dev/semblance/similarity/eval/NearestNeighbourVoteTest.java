package dev.semblance.similarity.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.data.Split;
import dev.semblance.core.eval.Accuracy;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.eval.NearestNeighbourVote.Tied;
import dev.semblance.similarity.measure.CosineDistance;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class NearestNeighbourVoteTest {
  private static final NearestNeighbourVote L2_1 =
      NearestNeighbourVote.of(new SquaredEuclidean(), 1);
  private static final NearestNeighbourVote L2_3 =
      NearestNeighbourVote.of(new SquaredEuclidean(), 3);

  @Test
  void mostVotesWinAndTiesFollowTheRule() {
    NearestNeighbourVote smallest = L2_3.withTied(Tied.SMALLEST_LABEL);
    assertThat(L2_3.winner(new int[] {5, 2, 2})).isEqualTo(2);
    assertThat(smallest.winner(new int[] {2, 5, 5})).isEqualTo(5);
    assertThat(L2_3.winner(new int[] {5, 2, 7})).isEqualTo(5);
    assertThat(smallest.winner(new int[] {5, 2, 7})).isEqualTo(2);
    // 9 is nearest of all, but 4 and 3 have more votes; 4 is nearer than 3.
    assertThat(L2_3.winner(new int[] {9, 4, 3, 3, 4})).isEqualTo(4);
    assertThat(smallest.winner(new int[] {9, 4, 3, 3, 4})).isEqualTo(3);
  }

  /** The file's own note for k = 1: 98.00; the rest by exact integer distances. */
  @NeedsData
  @Test
  void digits() throws IOException {
    try (Scope scope = Scope.open()) {
      RealData training = RealData.table("optdigits", Split.TRAIN);
      RealData test = RealData.table("optdigits", Split.TEST);
      assertThat(percent(L2_1, training, test)).isEqualTo(98.00);
      assertThat(percent(L2_3, training, test)).isEqualTo(97.89);
    }
  }

  /** Shots 1-5 are the gallery; squared pixel distances are exact integers. */
  @NeedsData
  @Test
  void faces() throws IOException {
    try (Scope scope = Scope.open()) {
      RealData gallery = RealData.faces(Split.ALL, shot -> shot <= 5);
      RealData probe = RealData.faces(Split.ALL, shot -> shot > 5);
      assertThat(gallery.labels()).hasSize(200);
      assertThat(percent(L2_1, gallery, probe)).isEqualTo(90.00);
      RealData first = RealData.faces(Split.ALL, shot -> shot == 1);
      RealData others = RealData.faces(Split.ALL, shot -> shot > 1);
      assertThat(percent(L2_1, first, others)).isEqualTo(71.11);
    }
  }

  private static double percent(NearestNeighbourVote vote, RealData training, RealData test) {
    Accuracy accuracy =
        vote.evaluate(training.rows(), training.labels(), test.rows(), test.labels());
    assertThat(accuracy.n()).isEqualTo(test.labels().length);
    return Math.rint(accuracy.estimate().value() * 1e4) / 100;
  }

  @Test
  void everyOptionMatters() {
    try (Scope scope = Scope.open()) {
      Tensor training = Ops.doubles(new double[] {2, 2, 9, 0, 8, 1, 1, -3}, 4, 2);
      int[] labels = {3, 1, 1, 2};
      Tensor test = Ops.doubles(new double[] {5, 0.6}, 1, 2);
      assertThat(L2_1.classify(training, labels, test)).containsExactly(1);
      Tensor near = Ops.doubles(new double[] {3, 1}, 1, 2);
      assertThat(L2_1.classify(training, labels, near)).containsExactly(3);
      assertThat(L2_3.classify(training, labels, near)).containsExactly(3); // votes 3, 2, 1
      assertThat(L2_3.withTied(Tied.SMALLEST_LABEL).classify(training, labels, near))
          .containsExactly(1);
      assertThat(NearestNeighbourVote.of(new CosineDistance(), 1).classify(training, labels, near))
          .containsExactly(1);
    }
  }

  @Test
  void refusesWhatCannotVote() {
    try (Scope scope = Scope.open()) {
      Tensor rows = Ops.doubles(new double[] {1, 2}, 2, 1);
      assertThatThrownBy(() -> NearestNeighbourVote.of(new SquaredEuclidean(), 0))
          .hasMessageContaining("k must be");
      assertThatThrownBy(() -> L2_3.classify(rows, new int[2], rows))
          .hasMessageContaining("candidates, 2, got 3");
      assertThatThrownBy(() -> L2_1.classify(rows, new int[3], rows))
          .hasMessageContaining("each of 2");
    }
  }
}
