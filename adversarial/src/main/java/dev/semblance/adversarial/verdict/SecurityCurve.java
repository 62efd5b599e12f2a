package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Accuracy against radius, {@code A(r) = #{right and distance > r} / n}, measured for many radii in
 * one pass.
 *
 * <p>Whoever looks for the nearest success is asked once. Then radii are taken from small to large,
 * and each attack sees only the samples that stood so far. The size of every image found is
 * measured, whatever radius it was found for: it counts at all radii from there on. So the curve
 * never rises, and each point is an upper bound that more attacks can only lower.
 *
 * @param norm of the radii
 * @param points of the radii that were done, ascending; fewer than asked for where a run was
 *     stopped
 * @param nearest the nearest image found for each sample, with its distance, the ledgers added up,
 *     and in {@link Outcome#stage} the attack that found it; its tensor in the caller's scope
 * @param shares what each attack did, in the order given
 */
@Source(key = "carlini2019evaluating", where = "Section 3.5 (attack strength against bound)")
public record SecurityCurve(
    Norm norm, List<Point> points, AttackResult nearest, List<Share> shares) {
  private static final double CONFIDENCE = 0.95;

  public SecurityCurve {
    points = List.copyOf(points);
    shares = List.copyOf(shares);
  }

  /**
   * The accuracy at a radius.
   *
   * @param radius in the curve's norm
   * @param standing samples that are right, and stay right within the radius
   * @param n samples
   * @param interval of {@code standing / n}, exact, 95 %
   */
  public record Point(double radius, long standing, long n, Interval interval) {
    /** {@code standing / n}. */
    public double accuracy() {
      return (double) standing / n;
    }
  }

  /**
   * What an attack brought and cost.
   *
   * @param name of the attack
   * @param nearest samples whose nearest image is by this attack
   * @param forwards rows
   * @param backwards rows
   * @param queries of an oracle
   */
  public record Share(String name, long nearest, long forwards, long backwards, long queries) {}

  /** An attack with the model it is aimed at. */
  @FunctionalInterface
  public interface Attacker {
    /**
     * Attacks all samples.
     *
     * @param ball to stay in; one that looks for the nearest may leave it
     * @return in the order of the samples; its tensors in the caller's scope
     */
    AttackResult attack(Ball ball, Samples samples);
  }

  /**
   * An attack that takes part.
   *
   * @param name for reports
   * @param nearest whether it looks for the nearest success, so that one run serves all radii
   * @param attacker runs it
   */
  public record Entrant(String name, boolean nearest, Attacker attacker) {
    public Entrant {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(attacker, "attacker");
    }
  }

  /**
   * Measures the curve.
   *
   * @param radii ascending, at least 0, finite, at least one; 0 is the clean accuracy
   * @param entrants at least one
   * @throws IllegalArgumentException for other radii or no entrants
   */
  public static SecurityCurve measure(
      Norm norm, double[] radii, List<Entrant> entrants, Samples samples) {
    refuse(radii);
    if (entrants.isEmpty()) {
      throw new IllegalArgumentException("entrants must be at least one, got none");
    }
    try (Scope scope = Scope.open()) {
      Measurement run = new Measurement(norm, samples, entrants);
      double[] positive = Arrays.stream(radii).filter(r -> r > 0).toArray();
      int done = run.all(positive.length == 0 ? new double[] {1} : positive);
      int zeros = radii.length - positive.length;
      int complete = done < 0 ? 0 : Math.min(radii.length, zeros + done);
      List<Point> points = Arrays.stream(radii).limit(complete).mapToObj(run::point).toList();
      AttackResult result = run.result();
      scope.keep(result.adversarial());
      return new SecurityCurve(norm, points, result, run.shares());
    }
  }

  private static void refuse(double[] radii) {
    if (radii.length == 0) {
      throw new IllegalArgumentException("radii must be at least one, got none");
    }
    for (int i = 0; i < radii.length; i++) {
      if (!(radii[i] >= 0 && radii[i] < Double.POSITIVE_INFINITY)
          || (i > 0 && !(radii[i] > radii[i - 1]))) {
        throw new IllegalArgumentException(
            "radii must be finite, at least 0 and ascend, got " + Arrays.toString(radii));
      }
    }
  }

  /** What is known of each sample while the curve is measured. */
  private static final class Measurement {
    private final Norm norm;
    private final Samples samples;
    private final List<Entrant> entrants;
    private final int n;
    private final Tensor images;
    private final boolean[] wrong;
    private final boolean[] untried;
    private final double[] distance;

    /** The least radius at which an attack had to give the sample up. */
    private final double[] lost;

    private final boolean[] eightBit;
    private final int[] by;
    private final @Nullable String[] reason;
    private final long[][] spent;
    private final long[][] each;

    Measurement(Norm norm, Samples samples, List<Entrant> entrants) {
      this.norm = norm;
      this.samples = samples;
      this.entrants = entrants;
      this.n = samples.size();
      this.images = samples.images().detach().clone();
      this.wrong = new boolean[n];
      this.untried = new boolean[n];
      this.distance = new double[n];
      this.lost = new double[n];
      Arrays.fill(distance, Double.POSITIVE_INFINITY);
      Arrays.fill(lost, Double.POSITIVE_INFINITY);
      this.eightBit = new boolean[n];
      this.by = new int[n];
      this.reason = new String[n];
      this.spent = new long[entrants.size()][3];
      this.each = new long[n][5];
    }

    /** Returns how many radii are done; -1 if not even the clean images are. */
    int all(double[] radii) {
      boolean first = true;
      for (int e = 0; e < entrants.size(); e++) {
        if (entrants.get(e).nearest()) {
          if (!attack(e, radii[radii.length - 1], radii[0])) {
            return first ? -1 : 0;
          }
          first = false;
        }
      }
      for (int r = 0; r < radii.length; r++) {
        for (int e = 0; e < entrants.size(); e++) {
          if (!entrants.get(e).nearest()) {
            if (!attack(e, radii[r], radii[r])) {
              return first ? -1 : r;
            }
            first = false;
          }
        }
      }
      return radii.length;
    }

    /** Attacks who is right beyond a radius; false where it was stopped. */
    private boolean attack(int entrant, double radius, double beyond) {
      int[] open = IntStream.range(0, n).filter(i -> !wrong[i] && distance[i] > beyond).toArray();
      if (open.length == 0) {
        return true;
      }
      boolean whole = true;
      try (Scope scope = Scope.open()) {
        Samples some = samples.select(open);
        AttackResult found = entrants.get(entrant).attacker().attack(new Ball(norm, radius), some);
        double[] sizes =
            Ops.toDoubles(
                norm.of(
                    found
                        .adversarial()
                        .to(ScalarType.Double)
                        .sub(some.images().to(ScalarType.Double))));
        for (int r = 0; r < open.length; r++) {
          int i = open[r];
          Outcome outcome = found.outcomes().get(r);
          book(entrant, i, outcome);
          untried[i] = outcome.verdict() == Verdict.UNTRIED;
          whole &= !untried[i];
          wrong[i] = outcome.verdict() == Verdict.MISCLASSIFIED;
          if (outcome.verdict() == Verdict.GIVEN_UP && radius < lost[i]) {
            lost[i] = radius;
            reason[i] = outcome.reason();
          } else if (outcome.fooled() && sizes[r] < distance[i]) {
            distance[i] = sizes[r];
            eightBit[i] = outcome.eightBit();
            by[i] = entrant;
            images.select(0, i).copy_(found.adversarial().select(0, r));
          }
        }
      }
      return whole;
    }

    private void book(int entrant, int i, Outcome outcome) {
      spent[entrant][0] += outcome.forwards();
      spent[entrant][1] += outcome.backwards();
      spent[entrant][2] += outcome.queries();
      each[i][0] += outcome.steps();
      each[i][1] += outcome.forwards();
      each[i][2] += outcome.backwards();
      each[i][3] += outcome.zeroGradients();
      each[i][4] += outcome.queries();
    }

    Point point(double radius) {
      long standing =
          IntStream.range(0, n)
              .filter(i -> !wrong[i] && distance[i] > radius && lost[i] > radius)
              .count();
      return new Point(radius, standing, n, Interval.exact(standing, n, CONFIDENCE));
    }

    AttackResult result() {
      List<Outcome> outcomes = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        Verdict verdict =
            wrong[i]
                ? Verdict.MISCLASSIFIED
                : Double.isFinite(distance[i])
                    ? Verdict.FOOLED
                    : Double.isFinite(lost[i])
                        ? Verdict.GIVEN_UP
                        : untried[i] ? Verdict.UNTRIED : Verdict.WITHSTOOD;
        outcomes.add(
            new Outcome(
                samples.ids()[i],
                verdict,
                Math.toIntExact(each[i][0]),
                each[i][1],
                each[i][2],
                each[i][3],
                each[i][4],
                wrong[i] ? 0 : distance[i],
                eightBit[i],
                reason[i],
                by[i]));
      }
      return new AttackResult(images, outcomes);
    }

    List<Share> shares() {
      List<Share> shares = new ArrayList<>();
      for (int e = 0; e < entrants.size(); e++) {
        int entrant = e;
        long found =
            IntStream.range(0, n)
                .filter(i -> Double.isFinite(distance[i]) && by[i] == entrant)
                .count();
        shares.add(new Share(entrants.get(e).name(), found, spent[e][0], spent[e][1], spent[e][2]));
      }
      return shares;
    }
  }
}
