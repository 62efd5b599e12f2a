package dev.semblance.adversarial.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class OracleTest {
  private final Tensor images = Ops.floats(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 1, 2, 2);

  @Test
  void plainRowsComeInOrderAndAreCounted() {
    ScoreOracle oracle =
        ScoreOracle.ofRows(
            rows -> {
              float[][] answers = new float[rows.length][];
              for (int i = 0; i < rows.length; i++) {
                answers[i] = new float[] {rows[i][0], rows[i][3], 0};
              }
              return answers;
            },
            3,
            new Box(0, 10),
            1,
            2,
            2);
    try (Scope scope = Scope.open()) {
      assertThat(Ops.toFloats(oracle.scores(images))).containsExactly(1, 4, 0, 5, 8, 0);
      assertThat(Ops.toLongs(LabelOracle.of(oracle).labels(images))).containsExactly(1, 1);
      assertThat(oracle.queries()).isEqualTo(4);
      assertThat(oracle.calls()).isEqualTo(2);
      assertThatThrownBy(() -> oracle.scores(images.flatten(1, -1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("[1, 2, 2]");
      assertThat(oracle.queries()).isEqualTo(4);
      assertThat(oracle.calls()).isEqualTo(3);
    }
  }

  @Test
  void labelsOfPlainRows() {
    LabelOracle oracle =
        LabelOracle.ofRows(
            rows -> Arrays.stream(rows).mapToInt(row -> row[0] > 3 ? 1 : 0).toArray(),
            2,
            new Box(0, 10),
            1,
            2,
            2);
    try (Scope scope = Scope.open()) {
      assertThat(Ops.toLongs(oracle.labels(images))).containsExactly(0, 1);
      assertThat(oracle.queries()).isEqualTo(2);
    }
  }

  /** Where a score is not finite there is no label; of equal scores the first wins. */
  @Test
  void labelsOfScores() {
    float[] scores = {1, 1, 0, 5, Float.NaN, 9};
    ScoreOracle oracle = ScoreOracle.of(rows -> Ops.floats(scores, 2, 3), 3, Box.UNIT);
    LabelOracle labels = LabelOracle.of(oracle);
    try (Scope scope = Scope.open()) {
      assertThat(Ops.toLongs(labels.labels(images))).containsExactly(0, -1);
      assertThat(labels.queries()).isEqualTo(oracle.queries()).isEqualTo(2);
    }
  }

  @Test
  void answersOfAnotherShapeAreRefused() {
    try (Scope scope = Scope.open()) {
      ScoreOracle few = ScoreOracle.of(rows -> Ops.floats(new float[4], 2, 2), 3, Box.UNIT);
      assertThatThrownBy(() -> few.scores(images)).hasMessageContaining("[2, 3], got Float [2, 2]");
      ScoreOracle ragged =
          ScoreOracle.ofRows(rows -> new float[][] {{1, 2}, {1}}, 2, Box.UNIT, 1, 2, 2);
      assertThatThrownBy(() -> ragged.scores(images)).hasMessageContaining("2 scores an image");
      ScoreOracle one = ScoreOracle.ofRows(rows -> new float[][] {{1, 2}}, 2, Box.UNIT, 1, 2, 2);
      assertThatThrownBy(() -> one.scores(images)).hasMessageContaining("with 2 rows, got 1");
      LabelOracle floats = LabelOracle.of(rows -> Ops.floats(new float[2], 2), 2, Box.UNIT);
      assertThatThrownBy(() -> floats.labels(images)).hasMessageContaining("int64 [2]");
      assertThat(few.queries() + ragged.queries() + one.queries() + floats.queries()).isZero();
      assertThatThrownBy(() -> ScoreOracle.of(rows -> rows, 1, Box.UNIT))
          .hasMessageContaining("classes must be >= 2");
    }
  }

  /** Without gradients, whatever the thread's setting. */
  @Test
  void aClassifiersGradientsStayHidden() {
    Tensor weights = Ops.floats(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2);
    Classifier model =
        new Classifier() {
          @Override
          public Tensor logits(Tensor rows) {
            return rows.flatten(1, -1).matmul(weights);
          }

          @Override
          public int classes() {
            return 2;
          }

          @Override
          public Box box() {
            return new Box(0, 10);
          }
        };
    try (Scope scope = Scope.open()) {
      Tensor leaf = images.clone().requires_grad_(true);
      ScoreOracle oracle = ScoreOracle.of(model);
      assertThat(model.logits(leaf).requires_grad()).isTrue();
      assertThat(oracle.scores(leaf).requires_grad()).isFalse();
      assertThat(oracle.box()).isEqualTo(model.box());
      assertThat(oracle.classes()).isEqualTo(2);
    }
  }
}
