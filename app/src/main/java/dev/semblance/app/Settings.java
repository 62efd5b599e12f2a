package dev.semblance.app;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.semblance.core.data.Augmentation;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.train.Update;
import java.util.List;

/**
 * What every training has in common; the keys of {@code --set} and of the YAML file are these names
 * in snake_case.
 *
 * @param epochs passes over the training images
 * @param sampler {@code balanced}: classes x per_class images a batch; {@code shuffled}: batch
 *     images a batch
 * @param batch images of a shuffled batch
 * @param classes of a balanced batch, at most those there are
 * @param perClass images of each class in a balanced batch
 * @param optimizer {@code adam, adamw, sgd}
 * @param rate base learning rate
 * @param weightDecay of the optimizer
 * @param momentum of sgd
 * @param schedule {@code cosine, steps, constant, cyclic}
 * @param warmup steps of linear rise, at most a tenth of the run
 * @param clip largest gradient norm; 0: off
 * @param ema decay of averaged weights; 0: off
 * @param bf16 run the network in bfloat16
 * @param net {@code auto, conv-encoder, resnet, lenet, small-cnn, strided-cnn, squeezenet, mlp}
 * @param init a safetensors net to start from; empty: random
 * @param freeze {@code none} or {@code backbone}
 * @param dimension of the embedding; 0: the features themselves
 * @param normalize embeddings to unit length
 * @param measure that compares embeddings: {@code cosine} or {@code euclidean}
 * @param lossRate factor of the rate for the loss's own parameters
 * @param flip probability of mirroring an image
 * @param shift largest shift in pixels
 * @param rotation largest rotation in degrees
 * @param zoom largest relative change of scale
 * @param erase probability of erasing a rectangle
 * @param holdOut training images kept back for validation, at most a tenth of them
 * @param evaluateEvery epochs between validations; 0: none
 * @param patience validations without improvement before stopping; 0: never
 * @param checkpointEvery steps between checkpoints; 0: every epoch
 * @param maxSteps ends the run early, for trials; 0: off
 * @param size side of the images in pixels; 0: as the data are
 * @param count images of a synthetic set; 0: its default
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record Settings(
    double epochs,
    String sampler,
    int batch,
    int classes,
    int perClass,
    String optimizer,
    double rate,
    double weightDecay,
    double momentum,
    String schedule,
    int warmup,
    double clip,
    double ema,
    boolean bf16,
    String net,
    String init,
    String freeze,
    int dimension,
    boolean normalize,
    String measure,
    double lossRate,
    double flip,
    int shift,
    double rotation,
    double zoom,
    double erase,
    int holdOut,
    int evaluateEvery,
    int patience,
    int checkpointEvery,
    long maxSteps,
    int size,
    int count) {

  static final List<String> SAMPLERS = List.of("balanced", "shuffled");
  static final List<String> NETS =
      List.of(
          "auto",
          "conv-encoder",
          "resnet",
          "lenet",
          "small-cnn",
          "strided-cnn",
          "squeezenet",
          "mlp");
  static final List<String> FREEZES = List.of("none", "backbone");
  static final List<String> MEASURES = List.of("cosine", "euclidean");

  Settings {
    Check.positive("epochs", epochs);
    oneOf("sampler", sampler, SAMPLERS);
    Check.atLeast("batch", batch, 2);
    Check.atLeast("classes", classes, 2);
    Check.atLeast("per_class", perClass, 1);
    new Descent(optimizer, rate, weightDecay, momentum, schedule, warmup, clip);
    Check.between("ema", ema, 0, Math.nextDown(1.0));
    oneOf("net", net, NETS);
    oneOf("freeze", freeze, FREEZES);
    Check.atLeast("dimension", dimension, 0);
    oneOf("measure", measure, MEASURES);
    Check.positive("loss_rate", lossRate);
    Check.between("flip", flip, 0, 1);
    Check.atLeast("shift", shift, 0);
    Check.notNegative("rotation", rotation);
    Check.between("zoom", zoom, 0, 0.9);
    Check.between("erase", erase, 0, 1);
    Check.atLeast("hold_out", holdOut, 0);
    Check.atLeast("evaluate_every", evaluateEvery, 0);
    Check.atLeast("patience", patience, 0);
    Check.atLeast("checkpoint_every", checkpointEvery, 0);
    Check.atLeast("max_steps", maxSteps, 0);
    Check.atLeast("size", size, 0);
    Check.atLeast("count", count, 0);
    if (freeze.equals("backbone") && init.isEmpty()) {
      throw new IllegalArgumentException(
          "freeze backbone needs init, got none; name a trained net with init=FILE");
    }
    if (freeze.equals("backbone") && dimension == 0) {
      throw new IllegalArgumentException(
          "freeze backbone with dimension 0 leaves nothing to train; set dimension");
    }
  }

  static void oneOf(String name, String value, List<String> known) {
    if (!known.contains(value)) {
      throw new IllegalArgumentException(Nearest.message("value of " + name, value, known));
    }
  }

  /** The house's defaults: what a recipe does not set otherwise. */
  static Settings defaults() {
    return new Settings(
        12,
        "balanced",
        128,
        10,
        16,
        "adam",
        1e-3,
        0,
        0.9,
        "cosine",
        100,
        0,
        0,
        false,
        "auto",
        "",
        "none",
        64,
        true,
        "cosine",
        1,
        0,
        0,
        0,
        0,
        0,
        2000,
        1,
        0,
        0,
        0,
        0,
        0);
  }

  Update.Config update(long totalSteps) {
    return new Descent(optimizer, rate, weightDecay, momentum, schedule, warmup, clip)
        .update(totalSteps);
  }

  Augmentation augmentation() {
    return new Augmentation(flip, shift, rotation, zoom, erase);
  }
}
