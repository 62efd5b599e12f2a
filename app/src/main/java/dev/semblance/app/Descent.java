package dev.semblance.app;

import dev.semblance.adversarial.defend.Cyclic;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import java.util.List;

/**
 * How weights follow gradients, as settings name it.
 *
 * @param optimizer {@code adam, adamw, sgd}
 * @param rate base learning rate
 * @param weightDecay of the optimizer
 * @param momentum of sgd
 * @param beta1 of adam: decay of the mean gradient
 * @param beta2 of adam: decay of the mean squared gradient
 * @param epsilon of adam
 * @param schedule {@code cosine, steps, constant, cyclic}
 * @param warmup steps of linear rise, at most a tenth of the run
 * @param clip largest gradient norm; 0: off
 */
record Descent(
    String optimizer,
    double rate,
    double weightDecay,
    double momentum,
    double beta1,
    double beta2,
    double epsilon,
    String schedule,
    int warmup,
    double clip) {
  static final List<String> OPTIMIZERS = List.of("adam", "adamw", "sgd");
  static final List<String> SCHEDULES = List.of("cosine", "steps", "constant", "cyclic");

  Descent {
    Settings.oneOf("optimizer", optimizer, OPTIMIZERS);
    Check.positive("rate", rate);
    Check.notNegative("weight_decay", weightDecay);
    Check.between("momentum", momentum, 0, Math.nextDown(1.0));
    Check.between("beta1", beta1, 0, Math.nextDown(1.0));
    Check.between("beta2", beta2, 0, Math.nextDown(1.0));
    Check.positive("epsilon", epsilon);
    Settings.oneOf("schedule", schedule, SCHEDULES);
    Check.atLeast("warmup", warmup, 0);
    Check.notNegative("clip", clip);
  }

  /** With Adam's usual numbers (kingma2015adam, section 2). */
  Descent(
      String optimizer,
      double rate,
      double weightDecay,
      double momentum,
      String schedule,
      int warmup,
      double clip) {
    this(optimizer, rate, weightDecay, momentum, 0.9, 0.999, 1e-8, schedule, warmup, clip);
  }

  private Optimizer optimizerOf() {
    return switch (optimizer) {
      case "adam" -> new Optimizer.Adam(rate, beta1, beta2, epsilon, weightDecay);
      case "adamw" -> new Optimizer.AdamW(rate, beta1, beta2, epsilon, weightDecay);
      default -> new Optimizer.Sgd(rate, momentum, momentum > 0, weightDecay);
    };
  }

  Update.Config update(long totalSteps) {
    Schedule after =
        switch (schedule) {
          case "cosine" -> Schedule.Cosine.of();
          case "steps" -> Schedule.Steps.of();
          case "cyclic" -> Cyclic.of();
          default -> new Schedule.Constant();
        };
    // A short run must not end while its rate still rises.
    long rise = Math.min(warmup, totalSteps / 10);
    return new Update.Config(
        optimizerOf(),
        rise > 0 ? new Schedule.WarmUp(rise, after) : after,
        clip > 0 ? clip : Double.POSITIVE_INFINITY);
  }
}
