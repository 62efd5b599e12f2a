package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.InDouble;
import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.attack.Objective;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Checks 4 to 6: whether gradients can lead an attack. */
final class GradientChecks {
  private static final int MOST_SAMPLES = 500;
  private static final int TOGETHER = 64;
  private static final double FEW = 0.01;

  /** ln 2^24: above it the float32 probability of the class is exactly 1. */
  private static final double SATURATED = 16.64;

  private static final double CHANGED = 0.005;
  private static final int DIRECTIONS = 100;
  private static final double ERROR = 1e-2;

  /** How far beside an image slopes are measured, as a norm in units of the box. */
  private static final double BESIDE = 0.1;

  private GradientChecks() {}

  static List<Finding> of(Subject subject, Attack iterative, long seed) {
    int[] rows = Subject.some(subject.correct(), MOST_SAMPLES);
    if (rows.length == 0) {
      return List.of(
          Finding.skipped(4, "gradients exist", "no sample is classified rightly"),
          Finding.skipped(5, "no saturation", "no sample is classified rightly"),
          Finding.skipped(6, "gradients are derivatives", "no sample is classified rightly"));
    }
    try (Scope scope = Scope.open()) {
      Samples some = subject.samples.select(rows);
      double[] margins = new double[rows.length];
      Finding exist = exist(subject, some, rows, margins);
      return List.of(
          exist,
          saturation(subject, rows, margins, iterative),
          derivatives(subject, some, rows, seed));
    }
  }

  private static Finding exist(Subject subject, Samples some, int[] rows, double[] margins) {
    List<Long> dead = new ArrayList<>();
    for (int from = 0; from < rows.length; from += TOGETHER) {
      int m = Math.min(TOGETHER, rows.length - from);
      try (Scope scope = Scope.open()) {
        Aim aim = new Aim(some.labels().narrow(0, from, m), false);
        Tensor images = some.images().narrow(0, from, m).detach().requires_grad_(true);
        Tensor logits = subject.model.logits(images);
        boolean[] bad = new boolean[m];
        for (Objective objective : List.<Objective>of(Objective::crossEntropy, Objective::margin)) {
          Tensor gradient = gradient(objective.of(logits, aim), images).flatten(1, -1);
          boolean[] zero = Ops.toBooleans(gradient.eq(Ops.scalar(0)).all(1));
          boolean[] finite = Ops.toBooleans(torch.isfinite(gradient).all(1));
          for (int i = 0; i < m; i++) {
            bad[i] |= zero[i] || !finite[i];
          }
        }
        double[] margin = Ops.toDoubles(aim.margin(logits.detach()).to(ScalarType.Double));
        System.arraycopy(margin, 0, margins, from, m);
        for (int i = 0; i < m; i++) {
          if (bad[i]) {
            dead.add(subject.id(rows[from + i]));
          }
        }
      }
      subject.book(m, 2L * m);
    }
    double share = (double) dead.size() / rows.length;
    String text =
        dead.isEmpty()
            ? "every one of " + rows.length + " samples has a finite gradient other than zero"
            : dead.size()
                + " of "
                + rows.length
                + " samples have a zero or non-finite gradient of cross entropy or margin: no"
                + " gradient attack can move them";
    Finding.Grade grade =
        share >= FEW
            ? Finding.Grade.SUSPECT
            : dead.isEmpty() ? Finding.Grade.PASSED : Finding.Grade.NOTED;
    return new Finding(4, "gradients exist", grade, share, FEW, text, dead);
  }

  private static Tensor gradient(Tensor value, Tensor images) {
    return torch
        .grad(
            new TensorVector(value.sum()),
            new TensorVector(images),
            new TensorVector(),
            new BoolOptional(true),
            false,
            false)
        .get(0);
  }

  /** Whether other units of the logits would lead the same attack elsewhere. */
  private static Finding saturation(
      Subject subject, int[] rows, double[] margins, Attack iterative) {
    String title = "no saturation";
    long saturated = Arrays.stream(margins).filter(m -> m > SATURATED).count();
    double share = (double) saturated / rows.length;
    if (share < FEW) {
      return new Finding(
          5,
          title,
          Finding.Grade.PASSED,
          share,
          FEW,
          "%.1f %% of the margins are above 16.64, where float32 probabilities are exactly 1"
              .formatted(100 * share),
          List.of());
    }
    int[] here = subject.attackElsewhere(iterative, rows);
    int changed = 0;
    List<Long> ids = new ArrayList<>();
    for (double scale : new double[] {1.0 / 16, 16}) {
      int[] there = subject.attackElsewhere(new Scaled(subject.model, scale), iterative, rows);
      // Whom other units of the logits fool in addition; fewer is what larger logits do to any net.
      int[] more = RadiusChecks.without(there, here);
      changed = Math.max(changed, more.length);
      ids.addAll(subject.ids(more));
    }
    double value = (double) changed / rows.length;
    return new Finding(
        5,
        title,
        value > CHANGED ? Finding.Grade.SUSPECT : Finding.Grade.NOTED,
        value,
        CHANGED,
        ("%.1f %% of the margins are above 16.64; with logits times 16 or 1/16 the attack fools"
                + " another %.1f %% of samples")
            .formatted(100 * share, 100 * value),
        ids.stream().distinct().toList());
  }

  private static Finding derivatives(Subject subject, Samples some, int[] rows, long seed) {
    if (subject.model instanceof InDouble inDouble) {
      try (NetClassifier precise = inDouble.inDouble()) {
        return derivatives(subject, precise, some, rows, seed, ScalarType.Double);
      }
    }
    return derivatives(subject, subject.model, some, rows, seed, ScalarType.Float);
  }

  /**
   * Along random directions, one a sample: the gradient's slope against the central difference of
   * the margin. The step is small against the distance of a ReLU's kink in float64, and as small as
   * float32 allows else.
   */
  private static Finding derivatives(
      Subject subject, Classifier model, Samples some, int[] rows, long seed, ScalarType type) {
    double step = type == ScalarType.Double ? 1e-6 : 1e-2;
    List<Double> errors = new ArrayList<>();
    List<Long> worst = new ArrayList<>();
    for (int drawn = 0; drawn < DIRECTIONS; drawn += TOGETHER) {
      int m = Math.min(TOGETHER, DIRECTIONS - drawn);
      try (Scope scope = Scope.open()) {
        int[] chosen = new int[m];
        for (int i = 0; i < m; i++) {
          chosen[i] = (drawn + i) % rows.length;
        }
        Samples part = some.select(chosen);
        Aim aim = new Aim(part.labels(), false);
        Tensor images = part.images().to(type);
        Tensor direction = directions(part, drawn, seed, type);
        // Beside the image: on one colour the largest of a pool is not one but all, and has no
        // derivative. Inside the box, so that clamping inside the model plays no part.
        Tensor jitter =
            directions(part, drawn + DIRECTIONS, seed, type)
                .mul(Ops.scalar(BESIDE * model.box().width()))
                .mul(spread(part, drawn, seed, type));
        Tensor middle = inside(images.add(jitter), model.box(), step);
        Tensor point = middle.detach().requires_grad_(true);
        Tensor slope =
            gradient(aim.margin(model.logits(point)), point)
                .mul(direction)
                .flatten(1, -1)
                .sum(new long[] {1}, false, Ops.sameType());
        Tensor moved = direction.mul(Ops.scalar(step));
        double[] up = margins(model, aim, middle.add(moved));
        double[] down = margins(model, aim, middle.sub(moved));
        double[] told = Ops.toDoubles(slope.detach().to(ScalarType.Double));
        for (int i = 0; i < m; i++) {
          double measured = (up[i] - down[i]) / (2 * step);
          double scale = Math.max(Math.abs(measured), Math.abs(told[i]));
          double error = scale > 0 ? Math.abs(measured - told[i]) / scale : 0;
          errors.add(Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
          if (!(error <= 0.5)) {
            worst.add(part.ids()[i]);
          }
        }
        subject.book(3L * m, m);
      }
    }
    double[] sorted = errors.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    double median = sorted[sorted.length / 2];
    boolean coarse = type == ScalarType.Float;
    double bound = coarse ? 10 * ERROR : ERROR;
    return Finding.atMost(
        6,
        "gradients are derivatives",
        median,
        bound,
        "median relative error of %s slopes along %d random directions is %.2g"
            .formatted(coarse ? "float32" : "float64", DIRECTIONS, median),
        worst.stream().distinct().toList());
  }

  private static Tensor inside(Tensor images, Box box, double step) {
    return images.clamp(
        new ScalarOptional(Ops.scalar(box.low() + 2 * step)),
        new ScalarOptional(Ops.scalar(box.high() - 2 * step)));
  }

  /** Signs over the coordinates, of unit norm as a whole: keyed by sample and draw. */
  private static Tensor directions(Samples part, int drawn, long seed, ScalarType type) {
    long[] ids = part.ids();
    int width = Math.toIntExact(part.images().numel() / ids.length);
    double[] values = new double[ids.length * width];
    double unit = 1 / Math.sqrt(width);
    for (int i = 0; i < ids.length; i++) {
      Rng rng = Rng.of(seed, Rng.Purpose.OTHER, ids[i], drawn + i);
      for (int j = 0; j < width; j++) {
        values[i * width + j] = rng.uniform(-1, 1) < 0 ? -unit : unit;
      }
    }
    return Ops.doubles(values, part.images().shape()).to(type);
  }

  /** Uniform in 0..1: no two coordinates move alike. */
  private static Tensor spread(Samples part, int drawn, long seed, ScalarType type) {
    long[] ids = part.ids();
    int width = Math.toIntExact(part.images().numel() / ids.length);
    double[] values = new double[ids.length * width];
    for (int i = 0; i < ids.length; i++) {
      Rng rng = Rng.of(seed, Rng.Purpose.OTHER, ids[i], 2 * DIRECTIONS + drawn + i);
      for (int j = 0; j < width; j++) {
        values[i * width + j] = rng.uniform(0, 1);
      }
    }
    return Ops.doubles(values, part.images().shape()).to(type);
  }

  private static double[] margins(Classifier model, Aim aim, Tensor images) {
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            return Ops.toDoubles(aim.margin(model.logits(images)).to(ScalarType.Double));
          }
        });
  }

  /** A model whose logits are in other units; it decides as before. */
  private record Scaled(Classifier model, double scale) implements Classifier {
    @Override
    public Tensor logits(Tensor images) {
      try (Scope scope = Scope.open()) {
        return scope.keep(model.logits(images).mul(Ops.scalar(scale)));
      }
    }

    @Override
    public int classes() {
      return model.classes();
    }

    @Override
    public Box box() {
      return model.box();
    }
  }
}
