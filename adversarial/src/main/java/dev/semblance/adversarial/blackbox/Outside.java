package dev.semblance.adversarial.blackbox;

import org.jspecify.annotations.Nullable;

/** The first part of a search by labels: looks for an image that reaches the goal. */
final class Outside {
  private static final int ROUND = 64;

  private final Subject subject;
  private final Start start;
  private final long seed;
  private int tried;
  private int round = 1;
  private double @Nullable [] found;

  Outside(Subject subject, Start start, long seed) {
    this.subject = subject;
    this.start = start;
    this.seed = seed;
  }

  /** How many images to try next: 1, 2, 4 and so on; 0 once found or when there are no more. */
  int propose(long most) {
    if (found != null) {
      return 0;
    }
    int count = (int) Math.min(Math.min(most, round), start.count() - tried);
    round = Math.min(ROUND, 2 * round);
    return count;
  }

  void probe(double[] into) {
    double[] image = start.image(subject, seed, tried);
    System.arraycopy(image, 0, into, 0, into.length);
    tried++;
  }

  void absorb(double[] image, double margin) {
    if (margin < 0 && found == null) {
      found = image.clone();
    }
  }

  /** The image that reached the goal, or null. */
  double @Nullable [] found() {
    return found;
  }

  @Nullable String reason() {
    return found == null ? "no starting point among " + tried + " images" : null;
  }
}
