package dev.semblance.similarity.mine;

import dev.semblance.core.tensor.Check;

/**
 * The triplets that already hold the margin, {@code D_an >= D_ap + margin}.
 *
 * @param margin {@code > 0}
 */
public record EasyTriplets(double margin) implements TripletSelection.Band {
  public EasyTriplets {
    Check.positive("margin", margin);
  }

  @Override
  public boolean contains(double positiveDistance, double negativeDistance) {
    return negativeDistance >= positiveDistance + margin;
  }

  @Override
  public int from(SortedDistances negatives, double positiveDistance) {
    return negatives.lower(positiveDistance + margin);
  }

  @Override
  public int to(SortedDistances negatives, double positiveDistance) {
    return negatives.count();
  }
}
