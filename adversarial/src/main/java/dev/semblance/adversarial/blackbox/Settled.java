package dev.semblance.adversarial.blackbox;

import org.jspecify.annotations.Nullable;

/**
 * A search for the nearest image that ends with one more question: a point on the very boundary is
 * on one side or the other as the batch rounds, so what was found is moved outwards by a thousandth
 * of its distance, and that is the result if it reaches the goal as well.
 */
final class Settled implements Search {
  private static final double OUTWARDS = 1e-3;

  private final Subject subject;
  private final Search search;
  private boolean settling;
  private boolean over;
  private double @Nullable [] settled;

  Settled(Subject subject, Search search) {
    this.subject = subject;
    this.search = search;
  }

  @Override
  public int propose(long most) {
    if (over) {
      return 0;
    }
    // One query is kept back as soon as there is something to settle.
    long left = search.found() == null ? most : most - 1;
    int round = left > 0 ? search.propose(left) : 0;
    if (round == 0) {
      over = true;
      settling = search.found() != null;
    }
    return settling ? 1 : round;
  }

  @Override
  public void probe(int j, double[] into) {
    double[] found = search.found();
    if (!settling || found == null) {
      search.probe(j, into);
      return;
    }
    for (int i = 0; i < into.length; i++) {
      double clean = subject.image()[i];
      into[i] = subject.stored(clean + (1 + OUTWARDS) * (found[i] - clean));
    }
  }

  @Override
  public void absorb(int j, double[] image, double margin) {
    if (!settling) {
      search.absorb(j, image, margin);
    } else if (margin < 0) {
      settled = image.clone();
    }
  }

  @Override
  public double @Nullable [] found() {
    return settled == null ? search.found() : settled;
  }

  @Override
  public int steps() {
    return search.steps();
  }

  @Override
  public @Nullable String reason() {
    return search.reason();
  }
}
