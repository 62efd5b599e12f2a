package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import org.jspecify.annotations.Nullable;

/**
 * A random walk along the boundary by labels alone, in L2: a random step on the sphere around the
 * clean image, then a step towards it; taken if the goal is still reached and the distance falls.
 * The distance never rises, but for a thousandth in the end that takes the result off the boundary.
 *
 * <p>Both step sizes are relative to the distance. Of the last 100 steps on the sphere more than
 * half should succeed, less than a fifth are too few: both sizes are then multiplied or divided by
 * {@code factor}. Of the last 30 whole steps a quarter and a tenth decide on the step towards the
 * image. Steps on the sphere are asked about by themselves once in 10.
 *
 * <p>The walk begins on the boundary, found by bisection to 1/1,000 of the way to the start.
 *
 * @param start where it begins
 * @param steps at most, at least 1
 * @param sphereStep first size of the steps on the sphere, above 0
 * @param sourceStep first size of the steps towards the clean image, in (0, 1)
 * @param factor by which sizes change, above 1
 * @param seed of start and steps
 */
@Source(key = "brendel2018decision", where = "Algorithm 1, section 2.4")
public record Boundary(
    Start start, int steps, double sphereStep, double sourceStep, double factor, long seed)
    implements LabelSearch {
  private static final double BISECTED = 1e-3;
  private static final int CHECKED = 10;

  /** Below this step towards the image the walk stands still. */
  private static final double CONVERGED = 1e-7;

  public Boundary {
    Check.atLeast("steps", steps, 1);
    Check.positive("sphereStep", sphereStep);
    Check.positive("sourceStep", sourceStep);
    Check.between("sourceStep", sourceStep, 0, 1);
    Check.positive("factor", factor);
    if (!(factor > 1)) {
      throw new IllegalArgumentException("factor must be > 1, got " + factor);
    }
  }

  /** From noise, 25,000 steps, both sizes 0.01, factor 1.5: as the authors' code. */
  public static Boundary of(long seed) {
    return new Boundary(Start.Noise.of(), 25_000, 0.01, 0.01, 1.5, seed);
  }

  @Override
  public Norm norm() {
    return Norm.L2;
  }

  /** Infinite: it looks for the nearest. */
  @Override
  public double radius() {
    return Double.POSITIVE_INFINITY;
  }

  @Override
  public Search search(Subject subject) {
    return new Settled(subject, new Walk(subject));
  }

  private final class Walk implements Search {
    private final Subject subject;
    private final Outside outside;
    private final Trials onSphere = new Trials(100);
    private final Trials whole = new Trials(30);
    private @Nullable Bisection bisection;
    private double @Nullable [] best;
    private double distance;
    private double sphere = sphereStep;
    private double source = sourceStep;
    private int step;
    private boolean checked;
    private final double[] side;

    Walk(Subject subject) {
      this.subject = subject;
      this.outside = new Outside(subject, start, seed);
      this.side = new double[subject.width()];
    }

    @Override
    public int propose(long most) {
      if (best == null) {
        int images = outside.propose(most);
        double[] far = outside.found();
        if (images > 0 || far == null) {
          return images;
        }
        take(far);
        bisection = new Bisection(subject, false, far, BISECTED);
      }
      if (bisection != null) {
        if (!bisection.done()) {
          return 1;
        }
        bisection = null;
      }
      adapt();
      if (step == steps || source < CONVERGED || distance == 0) {
        return 0;
      }
      checked = step % CHECKED == 0 && most > 1;
      step++;
      return checked ? 2 : 1;
    }

    private void take(double[] image) {
      best = image.clone();
      distance = Distances.l2(image, subject.image());
    }

    private void adapt() {
      if (onSphere.full()) {
        double share = onSphere.share();
        if (share > 0.5) {
          sphere *= factor;
          source *= factor;
          onSphere.clear();
        } else if (share < 0.2) {
          sphere /= factor;
          source /= factor;
          onSphere.clear();
        }
      }
      if (whole.full()) {
        double share = whole.share();
        if (share > 0.25) {
          source *= factor;
          whole.clear();
        } else if (share < 0.1) {
          source /= factor;
          whole.clear();
        }
      }
      source = Math.min(source, 0.5);
    }

    @Override
    public void probe(int j, double[] into) {
      if (best == null) {
        outside.probe(into);
      } else if (bisection != null) {
        bisection.probe(into);
      } else if (checked && j == 0) {
        sidestep(best);
        System.arraycopy(side, 0, into, 0, into.length);
      } else {
        if (!checked) {
          sidestep(best);
        }
        inward(into);
      }
    }

    /** A step on the sphere: orthogonal to the way to the clean image, then back to the radius. */
    private void sidestep(double[] from) {
      Rng rng = Rng.of(seed, Rng.Purpose.ATTACK, subject.id(), step);
      double along = 0;
      for (int i = 0; i < side.length; i++) {
        side[i] = rng.gaussian();
        along += side[i] * (subject.image()[i] - from[i]) / distance;
      }
      double square = 0;
      for (int i = 0; i < side.length; i++) {
        side[i] -= along * (subject.image()[i] - from[i]) / distance;
        square += side[i] * side[i];
      }
      double length = sphere * distance / Math.sqrt(square);
      double shrink = 1 / Math.sqrt(1 + sphere * sphere);
      for (int i = 0; i < side.length; i++) {
        double clean = subject.image()[i];
        side[i] = subject.stored(clean + shrink * (from[i] - clean + length * side[i]));
      }
    }

    /** Towards the clean image, by as much as the clamped step on the sphere leaves to go. */
    private void inward(double[] into) {
      double now = Distances.l2(side, subject.image());
      double step = Math.max(0, source * distance + now - distance);
      double share = now > 0 ? Math.min(1, step / now) : 0;
      for (int i = 0; i < into.length; i++) {
        into[i] = subject.stored(side[i] + share * (subject.image()[i] - side[i]));
      }
    }

    @Override
    public void absorb(int j, double[] image, double margin) {
      if (best == null) {
        outside.absorb(image, margin);
      } else if (bisection != null) {
        bisection.absorb(image, margin);
        if (margin < 0) {
          take(image);
        }
      } else if (checked && j == 0) {
        onSphere.add(margin < 0);
      } else {
        whole.add(margin < 0);
        if (margin < 0 && Distances.l2(image, subject.image()) < distance) {
          take(image);
        }
      }
    }

    @Override
    public double @Nullable [] found() {
      return best;
    }

    @Override
    public int steps() {
      return step;
    }

    @Override
    public @Nullable String reason() {
      return outside.reason();
    }
  }

  /** The last outcomes of a kind of step. */
  private static final class Trials {
    private final boolean[] last;
    private int count;

    Trials(int size) {
      this.last = new boolean[size];
    }

    void add(boolean success) {
      last[count++ % last.length] = success;
    }

    boolean full() {
      return count >= last.length;
    }

    double share() {
      int successes = 0;
      for (boolean success : last) {
        successes += success ? 1 : 0;
      }
      return (double) successes / last.length;
    }

    void clear() {
      count = 0;
    }
  }
}
