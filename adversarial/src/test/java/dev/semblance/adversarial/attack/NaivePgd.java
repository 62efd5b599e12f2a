package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Projected gradient steps in Linf as one would write them without the engine, sample after sample,
 * and each with one of the mistakes that attacks in circulation have made.
 */
record NaivePgd(Defect defect, double radius, int steps, long seed) implements Attack {
  enum Defect {
    NONE,
    NO_OP,
    FLIPPED_GRADIENT,
    TWICE_THE_RADIUS,
    NO_BOX,
    CLIP_AROUND_THE_ITERATE,
    RANDOM_START_ONLY,
    NORMALISED_OVER_THE_BATCH,
    ALWAYS_SUCCESSFUL,
    IGNORES_ITS_SEED,
    IGNORES_ITS_STEPS
  }

  private boolean is(Defect one) {
    return defect == one;
  }

  @Override
  public AttackResult perturb(Classifier model, Samples samples, Goal goal, Engine engine) {
    try (Scope scope = Scope.open()) {
      Tensor found = samples.images().clone();
      // What one would take over all rows to save a line.
      double scale = largestGradient(model, samples);
      List<Outcome> outcomes = new ArrayList<>();
      for (int i = 0; i < samples.size(); i++) {
        try (Scope one = Scope.open()) {
          outcomes.add(attack(model, samples.select(i), goal, found.narrow(0, i, 1), scale));
        }
      }
      return new AttackResult(scope.keep(found), outcomes);
    }
  }

  private double largestGradient(Classifier model, Samples samples) {
    if (!is(Defect.NORMALISED_OVER_THE_BATCH)) {
      return 1;
    }
    Tensor point = samples.images().detach().clone().requires_grad_(true);
    Tensor value = new Aim(samples.labels(), false).margin(model.logits(point)).sum();
    return torch
        .grad(new TensorVector(value), new TensorVector(point))
        .get(0)
        .abs()
        .mean()
        .item_double();
  }

  private Outcome attack(Classifier model, Samples sample, Goal goal, Tensor found, double scale) {
    long id = sample.ids()[0];
    Tensor x = sample.images();
    Tensor clean = Ops.withoutGradient(() -> model.logits(x));
    if (new Aim(sample.labels(), false).reached(clean).item_bool()) {
      return new Outcome(id, Verdict.MISCLASSIFIED, 0, 1, 0, 0, 0, 0, false, null);
    }
    Aim aim = goal.resolve(clean, sample.labels());
    int most = is(Defect.IGNORES_ITS_STEPS) ? 45 : is(Defect.NO_OP) ? 1 : steps;
    Tensor point = is(Defect.NO_OP) ? x : project(start(x, id), x, x, model.box());
    int forwards = 1;
    for (int step = 0; ; step++) {
      Tensor leaf = point.detach().clone().requires_grad_(true);
      Tensor logits = model.logits(leaf);
      forwards++;
      boolean reached = aim.reached(logits).item_bool() || is(Defect.ALWAYS_SUCCESSFUL);
      if (reached) {
        found.copy_(leaf.detach());
        double distance = Norm.LINF.of(leaf.detach().sub(x)).item_double();
        return new Outcome(id, Verdict.FOOLED, step, forwards, step, 0, 0, distance, false, null);
      }
      if (step == most) {
        return new Outcome(
            id,
            Verdict.WITHSTOOD,
            step,
            forwards,
            step,
            0,
            0,
            Double.POSITIVE_INFINITY,
            false,
            null);
      }
      Tensor value = aim.margin(logits).neg().sum();
      Tensor gradient = torch.grad(new TensorVector(value), new TensorVector(leaf)).get(0);
      point = project(moved(point, gradient, scale), x, point, model.box());
    }
  }

  private Tensor start(Tensor x, long id) {
    double[] values = Ops.toDoubles(x);
    long key = is(Defect.IGNORES_ITS_SEED) ? 0 : seed;
    Rng rng = Rng.of(key, Rng.Purpose.START, id, 0);
    for (int k = 0; k < values.length; k++) {
      values[k] += rng.uniform(-radius, radius);
    }
    return Ops.doubles(values, x.shape());
  }

  private Tensor moved(Tensor point, Tensor gradient, double scale) {
    Tensor direction =
        is(Defect.NORMALISED_OVER_THE_BATCH) ? gradient.div(Ops.scalar(scale)) : gradient.sign();
    double length =
        is(Defect.NO_OP) || is(Defect.RANDOM_START_ONLY)
            ? 0
            : is(Defect.FLIPPED_GRADIENT) ? -radius / 20 : radius / 20;
    return point.add(direction.mul(Ops.scalar(length)));
  }

  private Tensor project(Tensor candidate, Tensor origin, Tensor before, Box box) {
    Tensor centre = is(Defect.CLIP_AROUND_THE_ITERATE) ? before : origin;
    double size = is(Defect.TWICE_THE_RADIUS) ? 2 * radius : radius * (1 - 1e-12);
    Tensor low = centre.sub(Ops.scalar(size));
    Tensor high = centre.add(Ops.scalar(size));
    Tensor near = candidate.clamp(Ops.optional(low), Ops.optional(high));
    return is(Defect.NO_BOX) ? near : box.clamp(near);
  }
}
