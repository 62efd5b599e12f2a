package dev.semblance.adversarial.defend;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Learner;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.StepReport.Term;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Adversarial training: attack the batch in inference mode, lower the loss on what came out in
 * training mode, update. Borrows the student.
 */
public final class RobustLearner implements Learner {
  private final Student student;
  private final Defence defence;
  private final @Nullable WeightAdversary weightAdversary;
  private final long ramp;

  /**
   * A learner of one defence.
   *
   * @param weightAdversary moves the weights before the gradient is taken; or none
   */
  public RobustLearner(
      Student student, Defence defence, @Nullable WeightAdversary weightAdversary) {
    this(student, defence, weightAdversary, 0);
  }

  /**
   * A learner whose attack grows. At a large radius a net that knows nothing yet finds it best to
   * say the same of every image, and may never leave that (gowal2019ibp, section 4, lets the radius
   * grow for the same reason).
   *
   * @param weightAdversary moves the weights before the gradient is taken; or none
   * @param ramp steps over which the radius rises linearly to the attack's own; 0: none
   */
  public RobustLearner(
      Student student, Defence defence, @Nullable WeightAdversary weightAdversary, long ramp) {
    Check.atLeast("ramp", ramp, 0);
    this.student = student;
    this.defence = defence;
    this.weightAdversary = weightAdversary;
    this.ramp = ramp;
  }

  @Override
  public StepReport step(Batch batch) {
    Tensor clean = student.images(batch);
    Tensor adversarial = adversarial(batch, clean);
    RobustLoss.Value value;
    double loss;
    if (weightAdversary == null) {
      value = value(clean, adversarial, batch);
      loss = backward(value);
    } else {
      try (WeightAdversary.Moved moved =
          weightAdversary.climb(
              student.net().weights(), () -> value(clean, adversarial, batch).loss())) {
        value = value(clean, adversarial, batch);
        loss = backward(value);
      }
    }
    if (Double.isFinite(loss)) {
      student.update(batch.step());
    }
    return new StepReport(
        loss,
        batch.size(),
        List.of(
            new Term("train_accuracy", Student.accuracy(value.logits(), batch.labels())),
            new Term("rate", student.rate(batch.step()))));
  }

  private Tensor adversarial(Batch batch, Tensor clean) {
    InnerAttack whole = defence.attack();
    if (whole == null) {
      return clean;
    }
    double share = batch.step() + 1 >= ramp ? 1 : (batch.step() + 1.0) / ramp;
    InnerAttack attack = whole.shrunk(share);
    return student.attacked(
        model ->
            attack.perturb(
                model, clean, batch.labels(), batch.rows(), student.seed(), batch.step()));
  }

  private RobustLoss.Value value(Tensor clean, Tensor adversarial, Batch batch) {
    try (Scope scope = Scope.open()) {
      RobustLoss.Value value =
          defence.loss().of(student::logits, clean, adversarial, batch.labels());
      return new RobustLoss.Value(scope.keep(value.loss()), scope.keep(value.logits()));
    }
  }

  /** Leaves gradients in the parameters, unless the loss is no number. */
  private static double backward(RobustLoss.Value value) {
    double loss = value.loss().item_double();
    if (Double.isFinite(loss)) {
      value.loss().backward();
    }
    return loss;
  }

  @Override
  public Map<String, Tensor> state() {
    return student.state();
  }

  @Override
  public void close() {}
}
