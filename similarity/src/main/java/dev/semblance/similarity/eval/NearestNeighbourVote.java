package dev.semblance.similarity.eval;

import dev.semblance.core.Source;
import dev.semblance.core.eval.Accuracy;
import dev.semblance.core.tensor.Check;
import dev.semblance.similarity.measure.Measure;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * Classification by the vote of the k nearest labelled rows.
 *
 * @param measure what is near
 * @param k voters, at least 1
 * @param tied which of the classes with most votes wins
 */
@Source(key = "cover1967nearest", where = "Section II")
public record NearestNeighbourVote(Measure measure, int k, Tied tied) {
  /** The winner among classes with equally many votes. */
  public enum Tied {
    /** The class of the nearest of their voters. */
    NEAREST,
    /** The smallest label, as libraries often do. */
    SMALLEST_LABEL
  }

  public NearestNeighbourVote {
    Check.atLeast("k", k, 1);
  }

  /** Ties to the nearest. */
  public static NearestNeighbourVote of(Measure measure, int k) {
    return new NearestNeighbourVote(measure, k, Tied.NEAREST);
  }

  /** The same with another winner of ties. */
  public NearestNeighbourVote withTied(Tied tied) {
    return new NearestNeighbourVote(measure, k, tied);
  }

  /**
   * The answers for test rows.
   *
   * @param training floating point [n, d], n >= k; two float64 operands are compared in float64,
   *     all else in float32
   * @param labels one per training row
   * @param test floating point [m, d]
   * @return m labels
   * @throws IllegalArgumentException as {@link Neighbours#of(Measure, Tensor, Tensor, int)}
   */
  public int[] classify(Tensor training, int[] labels, Tensor test) {
    if (labels.length != training.size(0)) {
      throw new IllegalArgumentException(
          "labels must be one for each of "
              + training.size(0)
              + " training rows, got "
              + labels.length);
    }
    int[][] rows = Neighbours.of(measure, test, training, k).rows();
    int[] answers = new int[rows.length];
    int[] votes = new int[k];
    for (int i = 0; i < answers.length; i++) {
      for (int r = 0; r < k; r++) {
        votes[r] = labels[rows[i][r]];
      }
      answers[i] = winner(votes);
    }
    return answers;
  }

  /**
   * How often the vote of training rows gives the class of a test row.
   *
   * @param trainingLabels one per training row, at least 0
   * @param testLabels one per test row, at least 0
   */
  public Accuracy evaluate(Tensor training, int[] trainingLabels, Tensor test, int[] testLabels) {
    int[] answers = classify(training, trainingLabels, test);
    int most =
        Math.max(
            Arrays.stream(trainingLabels).max().orElse(0),
            Arrays.stream(testLabels).max().orElse(0));
    return Accuracy.of(testLabels, answers, most + 1);
  }

  /** The winner of votes that stand in the order of distance. */
  int winner(int[] votes) {
    int winner = votes[0];
    int most = 0;
    for (int vote : votes) {
      int count = 0;
      for (int other : votes) {
        count += other == vote ? 1 : 0;
      }
      // The nearest voter of a class comes first, so NEAREST never replaces an equal count.
      if (count > most || (count == most && tied == Tied.SMALLEST_LABEL && vote < winner)) {
        most = count;
        winner = vote;
      }
    }
    return winner;
  }
}
