package dev.semblance.similarity.mine;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;

/**
 * All triplets whose negative is farther than the positive but within the margin, {@code D_ap <
 * D_an < D_ap + margin}. {@link FaceNetSemiHard} takes one of them for each pair: another loss.
 *
 * @param margin {@code > 0}
 */
@Source(key = "schroff2015facenet", where = "section 3.2, Eq. (4)")
public record SemiHardTriplets(double margin) implements TripletSelection.Band {
  public SemiHardTriplets {
    Check.positive("margin", margin);
  }

  @Override
  public boolean contains(double positiveDistance, double negativeDistance) {
    return negativeDistance > positiveDistance && negativeDistance < positiveDistance + margin;
  }

  @Override
  public int from(SortedDistances negatives, double positiveDistance) {
    return negatives.upper(positiveDistance);
  }

  @Override
  public int to(SortedDistances negatives, double positiveDistance) {
    return negatives.lower(positiveDistance + margin);
  }
}
