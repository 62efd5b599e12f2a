package dev.semblance.app;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.LabelOracle;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * What a model says of images, whoever may see how much of it.
 *
 * @param logits of images [n, ...]: [n, classes]; of a model that only gives labels, 0 for the
 *     label and minus infinity for the rest
 * @param sure whether the logits tell probabilities
 * @param free whether asking costs nothing but time: not where somebody counts queries
 * @param classes at least 2
 * @param box of the images
 */
record View(UnaryOperator<Tensor> logits, boolean sure, boolean free, int classes, Box box) {
  /** How far the sum of probabilities may be from 1. */
  private static final double ROUNDING = 1e-3;

  /** All that the model lets anybody see. */
  static View of(TargetModel model) {
    return model
        .classifier()
        .map(View::of)
        .or(() -> model.scores().map(View::of).map(view -> view.withFree(!model.isEndpoint())))
        .orElseGet(() -> of(model.labels()));
  }

  static View of(Classifier model) {
    return new View(
        images -> Ops.withoutGradient(() -> model.logits(images)),
        true,
        true,
        model.classes(),
        model.box());
  }

  /** Scores that are probabilities are taken for such, others for logits. */
  static View of(ScoreOracle oracle) {
    return new View(
        images -> logits(oracle.scores(images)), true, false, oracle.classes(), oracle.box());
  }

  /** The same, where asking costs nothing or does. */
  View withFree(boolean other) {
    return new View(logits, sure, other, classes, box);
  }

  static View of(LabelOracle oracle) {
    return new View(
        images -> {
          try (Scope scope = Scope.open()) {
            long[] labels = Ops.toLongs(oracle.labels(images));
            double[] all = new double[labels.length * oracle.classes()];
            for (int i = 0; i < all.length; i++) {
              boolean said = i % oracle.classes() == labels[i / oracle.classes()];
              all[i] = said ? 0 : Double.NEGATIVE_INFINITY;
            }
            return scope.keep(Ops.doubles(all, labels.length, oracle.classes()));
          }
        },
        false,
        false,
        oracle.classes(),
        oracle.box());
  }

  private static Tensor logits(Tensor scores) {
    try (Scope scope = Scope.open()) {
      boolean probabilities =
          scores.min().item_double() >= 0
              && scores.sum(1).sub(Ops.scalar(1)).abs().max().item_double() < ROUNDING;
      return scope.keep(probabilities ? scores.log() : scores.clone());
    }
  }
}
