package dev.semblance.adversarial.blackbox;

/**
 * Looks for the boundary between the clean image and one that reached the goal: along the straight
 * line, or along the images that stay within a shrinking Linf distance.
 */
final class Bisection {
  private final Subject subject;
  private final boolean linf;
  private final double tolerance;
  private final double[] far;
  private double[] edge;
  private double low;
  private double high;

  /**
   * Begins.
   *
   * @param far reached the goal
   * @param tolerance of the place on the line, 0..1; for Linf of the distance
   */
  Bisection(Subject subject, boolean linf, double[] far, double tolerance) {
    this.subject = subject;
    this.linf = linf;
    this.far = far;
    this.edge = far;
    this.high = linf ? Distances.linf(far, subject.image()) : 1;
    this.tolerance = linf ? Math.min(tolerance, tolerance * high) : tolerance;
  }

  /** Whether the boundary is known to the tolerance, or to the last digit. */
  boolean done() {
    double middle = (low + high) / 2;
    return high - low <= tolerance || middle <= low || middle >= high;
  }

  void probe(double[] into) {
    double at = (low + high) / 2;
    for (int i = 0; i < into.length; i++) {
      double clean = subject.image()[i];
      double gap = far[i] - clean;
      into[i] = subject.stored(clean + (linf ? Math.min(Math.max(gap, -at), at) : at * gap));
    }
  }

  void absorb(double[] image, double margin) {
    double at = (low + high) / 2;
    if (margin < 0) {
      high = at;
      edge = image.clone();
    } else {
      low = at;
    }
  }

  /** The nearest image tried that reached the goal. */
  double[] edge() {
    return edge;
  }
}
