package dev.semblance.similarity.mine;

/**
 * Which triplets (anchor, positive, negative) a loss is trained on.
 *
 * <p>Every valid triplet is of one class at a margin alpha: hard, {@code D_an <= D_ap}; semi-hard,
 * {@code D_ap < D_an < D_ap + alpha}; easy, {@code D_an >= D_ap + alpha}. A {@link Band} takes all
 * triplets of a class; {@link OneNegative} takes one negative for a pair.
 */
public sealed interface TripletSelection {
  /** All triplets whose negative lies in an interval that depends on the positive. */
  sealed interface Band extends TripletSelection
      permits AllTriplets, EasyTriplets, SemiHardTriplets, HardTriplets {
    /** True for a triplet of this class. */
    boolean contains(double positiveDistance, double negativeDistance);

    /** The first index of the interval. */
    int from(SortedDistances negatives, double positiveDistance);

    /** One past the last index of the interval. */
    int to(SortedDistances negatives, double positiveDistance);
  }

  /** One negative, or none, for each pair of an anchor and a positive. */
  sealed interface OneNegative extends TripletSelection
      permits FaceNetSemiHard, BatchHard, BatchEasyPositive, DistanceWeighted {
    /** The positives that are paired with an anchor. */
    Positives positives();

    /** The rule for one batch, used by one thread. */
    NegativeChoice choice(Relation relation, int dimensions);
  }

  /** The positives that are paired with an anchor. */
  enum Positives {
    /** Each of them. */
    ALL,
    /** The farthest; the lowest row of equals. */
    FARTHEST,
    /** The nearest; the lowest row of equals. */
    NEAREST
  }
}
