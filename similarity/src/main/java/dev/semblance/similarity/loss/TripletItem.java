package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;

/** The loss of one triplet, a function of {@code D_ap - D_an}. */
public sealed interface TripletItem {
  /** The loss. */
  double value(double positiveDistance, double negativeDistance);

  /** {@code dvalue/dD_ap = -dvalue/dD_an}. */
  double slope(double positiveDistance, double negativeDistance);

  /** The value where all distances are equal: where a collapsed embedding sits. */
  double atCollapse();

  /**
   * {@code [D_ap - D_an + margin]+}; not active, and without gradient, where it is exactly 0.
   *
   * @param margin {@code > 0}, in the unit of the distance
   */
  @Source(key = "schroff2015facenet", where = "Eq. (2)")
  record Hinge(double margin) implements TripletItem {
    public Hinge {
      Check.positive("margin", margin);
    }

    @Override
    public double value(double positiveDistance, double negativeDistance) {
      // As compared in the sorted form: active means D_an < D_ap + margin.
      double bound = positiveDistance + margin;
      return negativeDistance < bound ? bound - negativeDistance : 0;
    }

    @Override
    public double slope(double positiveDistance, double negativeDistance) {
      return negativeDistance < positiveDistance + margin ? 1 : 0;
    }

    @Override
    public double atCollapse() {
      return margin;
    }
  }

  /** {@code log(1 + exp(D_ap - D_an))}: no margin, never quite 0. */
  @Source(key = "hermans2017defense", where = "section 2, soft margin")
  record SoftMargin() implements TripletItem {
    @Override
    public double value(double positiveDistance, double negativeDistance) {
      double x = positiveDistance - negativeDistance;
      return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    @Override
    public double slope(double positiveDistance, double negativeDistance) {
      return 1 / (1 + Math.exp(negativeDistance - positiveDistance));
    }

    @Override
    public double atCollapse() {
      return Math.log(2);
    }
  }
}
