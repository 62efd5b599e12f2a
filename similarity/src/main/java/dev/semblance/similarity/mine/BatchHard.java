package dev.semblance.similarity.mine;

import dev.semblance.core.Source;

/**
 * For each anchor the farthest positive and the nearest negative (lowest row of equals).
 *
 * <p>Prone to collapse early in training: all distances near 0 and the loss at the margin, or at ln
 * 2 under the soft margin. Start with {@link SemiHardTriplets} then.
 */
@Source(key = "hermans2017defense", where = "Eq. (5)")
public record BatchHard() implements TripletSelection.OneNegative {
  @Override
  public Positives positives() {
    return Positives.FARTHEST;
  }

  @Override
  public NegativeChoice choice(Relation relation, int dimensions) {
    return (positive, positiveDistance, distances, negatives, count) ->
        Extremes.nearest(distances, negatives, count);
  }
}
