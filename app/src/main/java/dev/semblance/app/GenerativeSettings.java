package dev.semblance.app;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.semblance.core.data.Augmentation;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.train.Update;

/**
 * What every training of a generative model has in common; keys as in {@link Settings}.
 *
 * @param epochs passes over the training images
 * @param batch images of a batch
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
 * @param ema decay of averaged weights, smaller in the first {@code 10 / (1 - ema)} steps, which
 *     are then the ones that are kept and drawn from; 0: off
 * @param flip probability of mirroring an image
 * @param shift largest shift in pixels
 * @param holdOut training images kept back for validation, at most a tenth of them
 * @param evaluateEvery epochs between validations; 0: none
 * @param sampleEvery epochs between sheets of samples; 0: none but at the end
 * @param checkpointEvery steps between checkpoints; 0: every epoch
 * @param maxSteps ends the run early, for trials; 0: off
 * @param size side of the images in pixels; 0: as the data are
 * @param count images of a synthetic set; 0: its default
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record GenerativeSettings(
    double epochs,
    int batch,
    String optimizer,
    double rate,
    double weightDecay,
    double momentum,
    double beta1,
    double beta2,
    double epsilon,
    String schedule,
    int warmup,
    double clip,
    double ema,
    double flip,
    int shift,
    int holdOut,
    int evaluateEvery,
    int sampleEvery,
    int checkpointEvery,
    long maxSteps,
    int size,
    int count) {

  GenerativeSettings {
    Check.positive("epochs", epochs);
    Check.atLeast("batch", batch, 2);
    new Descent(
        optimizer, rate, weightDecay, momentum, beta1, beta2, epsilon, schedule, warmup, clip);
    Check.between("ema", ema, 0, Math.nextDown(1.0));
    Check.between("flip", flip, 0, 1);
    Check.atLeast("shift", shift, 0);
    Check.atLeast("hold_out", holdOut, 0);
    Check.atLeast("evaluate_every", evaluateEvery, 0);
    Check.atLeast("sample_every", sampleEvery, 0);
    Check.atLeast("checkpoint_every", checkpointEvery, 0);
    Check.atLeast("max_steps", maxSteps, 0);
    Check.atLeast("size", size, 0);
    Check.atLeast("count", count, 0);
  }

  /** What a recipe does not set otherwise. */
  static GenerativeSettings defaults() {
    return new GenerativeSettings(
        20,
        128,
        "adam",
        1e-3,
        0,
        0.9,
        0.9,
        0.999,
        1e-8,
        "constant",
        0,
        0,
        0,
        0,
        0,
        1000,
        1,
        1,
        0,
        0,
        0,
        0);
  }

  Update.Config update(long steps) {
    return new Descent(
            optimizer, rate, weightDecay, momentum, beta1, beta2, epsilon, schedule, warmup, clip)
        .update(steps);
  }

  Augmentation augmentation() {
    return new Augmentation(flip, shift, 0, 0, 0);
  }
}
