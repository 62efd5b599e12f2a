package dev.semblance.similarity.mine;

/** Every valid triplet. */
public record AllTriplets() implements TripletSelection.Band {
  @Override
  public boolean contains(double positiveDistance, double negativeDistance) {
    return true;
  }

  @Override
  public int from(SortedDistances negatives, double positiveDistance) {
    return 0;
  }

  @Override
  public int to(SortedDistances negatives, double positiveDistance) {
    return negatives.count();
  }
}
