package dev.semblance.similarity.mine;

import dev.semblance.core.Source;

/**
 * For each anchor the nearest positive and the nearest negative (lowest row of equals): a class may
 * keep several modes.
 */
@Source(key = "xuan2020improved", where = "section 3.2, easy positive hard negative")
public record BatchEasyPositive() implements TripletSelection.OneNegative {
  @Override
  public Positives positives() {
    return Positives.NEAREST;
  }

  @Override
  public NegativeChoice choice(Relation relation, int dimensions) {
    return (positive, positiveDistance, distances, negatives, count) ->
        Extremes.nearest(distances, negatives, count);
  }
}
