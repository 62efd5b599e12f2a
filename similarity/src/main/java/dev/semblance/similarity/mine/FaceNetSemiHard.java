package dev.semblance.similarity.mine;

import dev.semblance.core.Source;

/**
 * For each pair of an anchor and a positive, the nearest negative that is farther than the positive
 * (lowest row of equals). The margin enters only through the hinge.
 *
 * @param otherwise what is taken where no negative is farther
 */
@Source(key = "schroff2015facenet", where = "section 3.2")
public record FaceNetSemiHard(Otherwise otherwise) implements TripletSelection.OneNegative {
  /** What is taken where no negative is farther than the positive. */
  public enum Otherwise {
    /** Nothing. */
    SKIP,
    /** The nearest negative. */
    HARDEST,
    /** The farthest negative, as a common implementation for another framework does. */
    FARTHEST
  }

  /** Skips pairs without a farther negative, as the paper's definition has it. */
  public static FaceNetSemiHard of() {
    return new FaceNetSemiHard(Otherwise.SKIP);
  }

  @Override
  public Positives positives() {
    return Positives.ALL;
  }

  /**
   * The index among sorted negatives.
   *
   * @return {@link NegativeChoice#NONE} if the pair is skipped
   */
  public int index(SortedDistances negatives, double positiveDistance) {
    int index = negatives.upper(positiveDistance);
    if (index < negatives.count()) {
      return index;
    }
    return switch (otherwise) {
      case SKIP -> NegativeChoice.NONE;
      case HARDEST -> 0;
      case FARTHEST -> negatives.lower(negatives.value(negatives.count() - 1));
    };
  }

  @Override
  public NegativeChoice choice(Relation relation, int dimensions) {
    return this::nearestFarther;
  }

  private int nearestFarther(
      int positive, double positiveDistance, double[] distances, int[] negatives, int count) {
    int best = NegativeChoice.NONE;
    for (int r = 0; r < count; r++) {
      double distance = distances[negatives[r]];
      if (distance > positiveDistance
          && (best == NegativeChoice.NONE || distance < distances[best])) {
        best = negatives[r];
      }
    }
    if (best != NegativeChoice.NONE) {
      return best;
    }
    return switch (otherwise) {
      case SKIP -> NegativeChoice.NONE;
      case HARDEST -> Extremes.nearest(distances, negatives, count);
      case FARTHEST -> Extremes.farthest(distances, negatives, count);
    };
  }
}
