package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.verdict.Finding.Grade;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Checks 7, 8 and 14: whether accuracy falls with the radius as it must. */
final class RadiusChecks {
  private static final int STEPS = 50;
  private static final double NOTE = 0.01;
  private static final double MISSED = 0.002;

  /** What is left of an accuracy over two doublings of the radius where it does not fall. */
  private static final double FLAT = 0.9;

  private RadiusChecks() {}

  /**
   * An attack without bounds must fool everybody: the truth is 0.
   *
   * @param rows classified rightly
   */
  static Finding unbounded(Subject subject, long seed, int... rows) {
    String title = "an unbounded attack succeeds";
    if (sameAnswer(subject, rows)) {
      return Finding.skipped(7, title, "the model gives one answer to all samples");
    }
    Ball ball = new Ball(Norm.LINF, subject.model.box().width());
    int[] broken = subject.attackElsewhere(Pgd.of(ball, STEPS, seed), rows);
    int[] left = without(rows, broken);
    double share = (double) left.length / rows.length;
    return new Finding(
        7,
        title,
        left.length == 0 ? Grade.PASSED : share <= NOTE ? Grade.NOTED : Grade.SUSPECT,
        share,
        NOTE,
        "projected gradient over the whole box leaves %d of %d samples, where the truth is 0"
            .formatted(left.length, rows.length),
        subject.ids(left));
  }

  /** Mid-grey lies in every ball of half the box's width: an exact bound. */
  static Finding halfway(Subject subject, long seed, int... rows) {
    String title = "accuracy within reach of mid-grey";
    Norm norm = subject.ball.norm();
    double width = subject.model.box().width();
    double dimension = (double) subject.samples.images().numel() / subject.n();
    double radius;
    if (norm == Norm.LINF) {
      radius = width / 2;
    } else if (norm == Norm.L2) {
      radius = width * Math.sqrt(dimension) / 2;
    } else {
      return Finding.skipped(8, title, "known for linf and l2 only");
    }
    int[] same = IntStream.of(rows).filter(i -> subject.label(i) == grey(subject)).toArray();
    int[] broken = subject.attackElsewhere(Pgd.of(new Ball(norm, radius), STEPS, seed), rows);
    int[] left = without(rows, broken);
    double bound = (double) same.length / rows.length;
    double share = (double) left.length / rows.length;
    return Finding.atMost(
        8,
        title,
        share,
        bound,
        "at radius %.4g %d of %d samples are left, at most %d can be: those whose class mid-grey has"
            .formatted(radius, left.length, rows.length, same.length),
        subject.ids(without(left, same)));
  }

  /**
   * Check 14: accuracy against radius must end in 0, and another norm must find nothing that the
   * claim missed.
   *
   * @param rows classified rightly
   */
  static Finding curve(Subject subject, long seed, int... rows) {
    Finding inside = inclusion(subject, seed, subject.standing());
    Finding tail = plateau(subject, seed, rows);
    Finding worse = tail.damning() || inside.grade() == Grade.SKIPPED ? tail : inside;
    String text =
        tail.grade() == Grade.SKIPPED || inside.grade() == Grade.SKIPPED
            ? worse.text()
            : inside.text() + "; " + tail.text();
    return new Finding(
        14,
        "accuracy falls to 0 with the radius, and in every norm",
        worse.grade(),
        worse.value(),
        worse.threshold(),
        text,
        worse.samples());
  }

  /**
   * Radii from the claim's on, each twice the one before, up to the whole box: an accuracy that
   * falls by less than a tenth over the last two, and is not 0, is an attack that got lost. Who
   * fell within a radius has fallen within all larger ones.
   */
  private static Finding plateau(Subject subject, long seed, int... rows) {
    String title = "accuracy ends in 0";
    double whole = whole(subject);
    if (Double.isNaN(whole) || sameAnswer(subject, rows)) {
      return Finding.skipped(14, title, "no radius is known that nothing can stand");
    }
    Norm norm = subject.ball.norm();
    int[] left = without(rows, without(rows, subject.standing()));
    List<Integer> counts = new ArrayList<>(List.of(left.length));
    double radius = subject.ball.radius();
    while (radius < whole && left.length > 0) {
      radius = Math.min(2 * radius, whole);
      Pgd attack = Pgd.of(new Ball(norm, radius), STEPS, seed);
      left = without(left, subject.attackElsewhere(attack, left));
      counts.add(left.length);
    }
    boolean flat = left.length > FLAT * counts.get(Math.max(0, counts.size() - 3));
    double share = flat ? (double) left.length / rows.length : 0;
    return Finding.atMost(
        14,
        title,
        share,
        NOTE,
        "of %d samples %s stand radii that double from %.4g on"
            .formatted(
                rows.length,
                counts.stream().map(Object::toString).collect(Collectors.joining(", ")),
                subject.ball.radius()),
        subject.ids(left));
  }

  /** The radius of a ball that holds the whole box, wherever in it the image lies. */
  private static double whole(Subject subject) {
    double width = subject.model.box().width();
    double dimension = (double) subject.samples.images().numel() / subject.n();
    Norm norm = subject.ball.norm();
    return norm == Norm.LINF
        ? width
        : norm == Norm.L2
            ? width * Math.sqrt(dimension)
            : norm == Norm.L1 ? width * dimension : Double.NaN;
  }

  /**
   * A ball inside that of the claim: what an attack in the other norm finds there, the claimed
   * attack must find as well.
   *
   * @param survivors of the claimed attack
   */
  private static Finding inclusion(Subject subject, long seed, int... survivors) {
    String title = "no other norm finds what the claim missed";
    Ball ball = subject.ball;
    double dimension = (double) subject.samples.images().numel() / subject.n();
    Ball inner;
    if (ball.norm() == Norm.L2) {
      inner = new Ball(Norm.LINF, ball.radius() / Math.sqrt(dimension));
    } else if (ball.norm() == Norm.LINF) {
      inner = new Ball(Norm.L2, ball.radius());
    } else if (ball.norm() == Norm.L1) {
      inner = new Ball(Norm.L2, ball.radius() / Math.sqrt(dimension));
    } else {
      return Finding.skipped(14, title, "no smaller ball of another norm is known for l0");
    }
    int[] broken = subject.attack(Pgd.of(inner, STEPS, seed), survivors);
    double share = (double) broken.length / subject.n();
    return Finding.atMost(
        14,
        title,
        share,
        MISSED,
        "projected gradient in the %s ball of radius %.4g inside the claimed one breaks %d samples"
                .formatted(inner.norm(), inner.radius(), broken.length)
            + " that stood",
        subject.ids(broken));
  }

  private static boolean sameAnswer(Subject subject, int... rows) {
    return IntStream.of(rows).mapToLong(subject::label).distinct().count() < 2;
  }

  private static long grey(Subject subject) {
    try (Scope scope = Scope.open()) {
      Tensor one = subject.samples.images().narrow(0, 0, 1);
      Tensor grey =
          Ops.zeros(one.scalar_type().intern(), one.shape())
              .add(Ops.scalar((subject.model.box().low() + subject.model.box().high()) / 2));
      Tensor logits = Ops.withoutGradient(() -> subject.model.logits(grey));
      return logits.argmax().item_long();
    }
  }

  static int[] without(int[] rows, int... others) {
    return IntStream.of(rows).filter(i -> IntStream.of(others).noneMatch(o -> o == i)).toArray();
  }
}
