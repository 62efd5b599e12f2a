package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.ball.L2;
import dev.semblance.adversarial.ball.Linf;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks along the boundary by labels alone: estimates its direction from probes around a point on
 * it, steps outward, and bisects back, ever nearer to the clean image.
 *
 * <p>In round t {@code min(probes sqrt t, 10,000)} probes of radius D/d are asked about, D the
 * distance before the last bisection, 0.1 of the box in the first round; the step is {@code
 * distance / sqrt t}, halved until it stays outside.
 *
 * <p>Other than published, a round remembers some of the last one's estimate: the boundary turns
 * little from one to the next. On the CIFAR-10 LeNet after 12 rounds memory 0.5 takes the median
 * distance from 0.0112 to 0.0091 in Linf and from 0.271 to 0.260 in L2 (29 images); on a linear
 * model of 256 values, 20 images, from 0.0258 to 0.0253 in Linf after 40 rounds, and in L2 by 1 %
 * after 10 rounds and not at all after 40. {@link #published} is without. The result is taken off
 * the boundary by a thousandth of its distance in the end.
 *
 * <p>Every probe has unit length by itself, is clamped to the box, and counts with the direction
 * that is left of it; the estimate is normalised for each sample. The nearest image of all rounds
 * is kept, not the last.
 *
 * @param norm L2 or Linf
 * @param start where it begins
 * @param probes in the first round, at least 2
 * @param rounds at least 1
 * @param memory what the estimate of a round adds of the one before, in [0, 1); 0 as published
 * @param seed of start and probes
 */
@Source(key = "chen2020hopskipjump", where = "Algorithm 2")
public record HopSkipJump(Norm norm, Start start, int probes, int rounds, double memory, long seed)
    implements LabelSearch {
  private static final int MOST_PROBES = 10_000;
  private static final double FIRST_RADIUS = 0.1;
  private static final int HALVINGS = 40;

  public HopSkipJump {
    if (!(norm instanceof L2) && !(norm instanceof Linf)) {
      throw new IllegalArgumentException("norm must be l2 or linf, got " + norm);
    }
    Check.atLeast("probes", probes, 2);
    Check.atLeast("rounds", rounds, 1);
    Check.between("memory", memory, 0, 1);
    if (!(memory < 1)) {
      throw new IllegalArgumentException("memory must be < 1, got " + memory);
    }
  }

  /** From noise, 100 probes in the first round, 40 rounds (section V-A); memory 0.5. */
  public static HopSkipJump of(Norm norm, long seed) {
    return new HopSkipJump(norm, Start.Noise.of(), 100, 40, 0.5, seed);
  }

  /** As published: 40 rounds from noise, 100 probes in the first, without memory. */
  public static HopSkipJump published(Norm norm, long seed) {
    return new HopSkipJump(norm, Start.Noise.of(), 100, 40, 0, seed);
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

  private enum Phase {
    OUTSIDE,
    BISECT,
    PROBE,
    STEP,
    OVER
  }

  private final class Walk implements Search {
    private final Subject subject;
    private final boolean linf = norm instanceof Linf;
    private final int width;
    private final double tolerance;
    private final Outside outside;
    private Phase phase = Phase.OUTSIDE;
    private @Nullable Bisection bisection;
    private double[] edge;
    private double distance;

    /** Before the last bisection. */
    private double before;

    private double @Nullable [] best;
    private double bestDistance = Double.POSITIVE_INFINITY;
    private int round;
    private Rng rng;
    private double radius;
    private int asked;
    private int ups;
    private final double[] direction;
    private final double[] estimate;
    private final double[] all;
    private final double[] up;
    private double stride;
    private int halvings;
    private double @Nullable [] landed;

    Walk(Subject subject) {
      this.subject = subject;
      this.width = subject.width();
      this.tolerance = Math.pow(width, linf ? -2 : -1.5);
      this.outside = new Outside(subject, start, seed);
      this.edge = subject.image();
      this.direction = new double[width];
      this.estimate = new double[width];
      this.all = new double[width];
      this.up = new double[width];
      this.rng = Rng.of(seed, Rng.Purpose.ATTACK, subject.id(), 0);
    }

    @Override
    public int propose(long most) {
      while (true) {
        switch (phase) {
          case OUTSIDE -> {
            int images = outside.propose(most);
            if (images > 0) {
              return images;
            }
            double[] far = outside.found();
            if (far == null) {
              phase = Phase.OVER;
            } else {
              bisect(far);
            }
          }
          case BISECT -> {
            if (bisection != null && !bisection.done()) {
              return 1;
            }
            arrive();
          }
          case PROBE -> {
            if (asked == 0) {
              asked = (int) Math.min(most, count());
              return asked;
            }
            estimate();
          }
          case STEP -> {
            if (landed != null) {
              bisect(landed);
            } else if (halvings == HALVINGS) {
              // The estimate was no good: the same point again with more probes.
              next();
            } else {
              return 1;
            }
          }
          case OVER -> {
            return 0;
          }
        }
      }
    }

    private double measured(double[] image) {
      return linf ? Distances.linf(image, subject.image()) : Distances.l2(image, subject.image());
    }

    private void bisect(double[] far) {
      before = measured(far);
      keep(far);
      bisection = new Bisection(subject, linf, far, tolerance);
      phase = Phase.BISECT;
    }

    private void keep(double[] image) {
      double now = measured(image);
      if (now < bestDistance) {
        bestDistance = now;
        best = image;
      }
    }

    private void arrive() {
      if (bisection != null) {
        edge = bisection.edge();
      }
      distance = measured(edge);
      keep(edge);
      radius = round == 0 ? FIRST_RADIUS * subject.box().width() : before / width;
      next();
    }

    /** Begins the next round at the edge. */
    private void next() {
      phase = round == rounds || distance == 0 ? Phase.OVER : Phase.PROBE;
      if (phase == Phase.OVER) {
        return;
      }
      round++;
      rng = Rng.of(seed, Rng.Purpose.ATTACK, subject.id(), round);
      asked = 0;
      ups = 0;
      Arrays.fill(all, 0);
      Arrays.fill(up, 0);
    }

    private int count() {
      return (int) Math.min(MOST_PROBES, probes * Math.sqrt(round));
    }

    /** Eq. (16): the mean of (phi - mean phi) u, the baseline taking out what all share. */
    private void estimate() {
      double mean = 2.0 * ups / asked - 1;
      for (int i = 0; i < width; i++) {
        double signed = 2 * up[i] - all[i];
        double now = ups == asked ? all[i] : ups == 0 ? -all[i] : signed - mean * all[i];
        estimate[i] = now / asked + memory * estimate[i];
        direction[i] = linf ? Math.signum(estimate[i]) : estimate[i];
      }
      if (!linf) {
        Distances.normalize(direction);
      }
      stride = distance / Math.sqrt(round);
      halvings = 0;
      landed = null;
      phase = Phase.STEP;
    }

    @Override
    public void probe(int j, double[] into) {
      switch (phase) {
        case OUTSIDE -> outside.probe(into);
        case BISECT -> {
          if (bisection != null) {
            bisection.probe(into);
          }
        }
        case PROBE -> {
          double[] unit = new double[width];
          for (int i = 0; i < width; i++) {
            unit[i] = linf ? rng.uniform(-1, 1) : rng.gaussian();
          }
          Distances.normalize(unit);
          for (int i = 0; i < width; i++) {
            into[i] = subject.stored(edge[i] + radius * unit[i]);
          }
        }
        default -> {
          for (int i = 0; i < width; i++) {
            into[i] = subject.stored(edge[i] + stride * direction[i]);
          }
        }
      }
    }

    @Override
    public void absorb(int j, double[] image, double margin) {
      switch (phase) {
        case OUTSIDE -> outside.absorb(image, margin);
        case BISECT -> {
          if (bisection != null) {
            bisection.absorb(image, margin);
          }
        }
        case PROBE -> {
          boolean reached = margin < 0;
          ups += reached ? 1 : 0;
          for (int i = 0; i < width; i++) {
            double left = (image[i] - edge[i]) / radius;
            all[i] += left;
            up[i] += reached ? left : 0;
          }
        }
        default -> {
          if (margin < 0) {
            landed = image.clone();
          } else {
            stride /= 2;
            halvings++;
          }
        }
      }
    }

    @Override
    public double @Nullable [] found() {
      return best;
    }

    @Override
    public int steps() {
      return round;
    }

    @Override
    public @Nullable String reason() {
      return outside.reason();
    }
  }
}
