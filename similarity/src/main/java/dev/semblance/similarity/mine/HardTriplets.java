package dev.semblance.similarity.mine;

/**
 * All triplets whose negative is no farther than the positive, {@code D_an <= D_ap}. {@link
 * BatchHard} takes one for each anchor.
 */
public record HardTriplets() implements TripletSelection.Band {
  @Override
  public boolean contains(double positiveDistance, double negativeDistance) {
    return negativeDistance <= positiveDistance;
  }

  @Override
  public int from(SortedDistances negatives, double positiveDistance) {
    return 0;
  }

  @Override
  public int to(SortedDistances negatives, double positiveDistance) {
    return negatives.upper(positiveDistance);
  }
}
