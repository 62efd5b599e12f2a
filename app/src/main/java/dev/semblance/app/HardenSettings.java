package dev.semblance.app;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.semblance.core.data.Augmentation;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.train.Update;

/**
 * What every adversarial training has in common; keys as in {@link Settings}.
 *
 * @param epochs passes over the training images, replays counted
 * @param batch images of a batch
 * @param optimizer {@code adam, adamw, sgd}
 * @param rate base learning rate
 * @param weightDecay of the optimizer
 * @param momentum of sgd
 * @param schedule {@code cosine, steps, constant, cyclic}
 * @param warmup updates of linear rise, at most a tenth of the run
 * @param clip largest gradient norm; 0: off
 * @param ema decay of averaged weights, which are then the ones to be measured and kept; 0: off
 * @param flip probability of mirroring an image
 * @param shift largest shift in pixels
 * @param rotation largest rotation in degrees
 * @param zoom largest relative change of scale
 * @param erase probability of erasing a rectangle
 * @param standardize bring channels to mean 0 and deviation 1 inside the model; else 0..1 as it is
 * @param holdOut training images kept back for validation, at most a tenth of them
 * @param evaluateEvery epochs between validations; 0: none but at the end
 * @param evaluateSteps gradient steps of the attack that validates
 * @param checkpointEvery steps between checkpoints; 0: every epoch
 * @param maxSteps ends the run early, for trials; 0: off
 * @param size side of the images in pixels; 0: as the data are
 * @param count images of a synthetic set; 0: its default
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record HardenSettings(
    double epochs,
    int batch,
    String optimizer,
    double rate,
    double weightDecay,
    double momentum,
    String schedule,
    int warmup,
    double clip,
    double ema,
    double flip,
    int shift,
    double rotation,
    double zoom,
    double erase,
    boolean standardize,
    int holdOut,
    int evaluateEvery,
    int evaluateSteps,
    int checkpointEvery,
    long maxSteps,
    int size,
    int count) {

  HardenSettings {
    Check.positive("epochs", epochs);
    Check.atLeast("batch", batch, 2);
    new Descent(optimizer, rate, weightDecay, momentum, schedule, warmup, clip);
    Check.between("ema", ema, 0, Math.nextDown(1.0));
    Check.between("flip", flip, 0, 1);
    Check.atLeast("shift", shift, 0);
    Check.notNegative("rotation", rotation);
    Check.between("zoom", zoom, 0, 0.9);
    Check.between("erase", erase, 0, 1);
    Check.atLeast("hold_out", holdOut, 0);
    Check.atLeast("evaluate_every", evaluateEvery, 0);
    Check.atLeast("evaluate_steps", evaluateSteps, 1);
    Check.atLeast("checkpoint_every", checkpointEvery, 0);
    Check.atLeast("max_steps", maxSteps, 0);
    Check.atLeast("size", size, 0);
    Check.atLeast("count", count, 0);
  }

  /** What a defence does not set otherwise. */
  static HardenSettings defaults() {
    return new HardenSettings(
        10, 100, "adam", 1e-3, 0, 0.9, "cosine", 0, 0, 0, 0, 0, 0, 0, 0, false, 1000, 1, 10, 100, 0,
        0, 0);
  }

  /** With other epochs, rate and schedule. */
  HardenSettings with(double newEpochs, double newRate, String newSchedule) {
    return new HardenSettings(
        newEpochs,
        batch,
        optimizer,
        newRate,
        weightDecay,
        momentum,
        newSchedule,
        warmup,
        clip,
        ema,
        flip,
        shift,
        rotation,
        zoom,
        erase,
        standardize,
        holdOut,
        evaluateEvery,
        evaluateSteps,
        checkpointEvery,
        maxSteps,
        size,
        count);
  }

  Update.Config update(long updates) {
    return new Descent(optimizer, rate, weightDecay, momentum, schedule, warmup, clip)
        .update(updates);
  }

  Augmentation augmentation() {
    return new Augmentation(flip, shift, rotation, zoom, erase);
  }
}
