package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A model that is hardly better than chance on clean images, though it does well once a
 * normalisation is undone, or done, before it: the images are normalised twice, or not at all, or
 * the declared bounds are not the model's. Every figure measured then is worth nothing.
 *
 * @param declared accuracy on the images as they are given to the model
 * @param better accuracy after the change
 * @param change what was done to the images, and what it tells
 */
public record NormalisationProbe(double declared, double better, String change) {
  private static final int MOST_SAMPLES = 256;
  private static final int BATCH = 64;
  private static final double LEVELS = 255;

  /** What is subtracted and divided by, in units of 0..1, channel by channel. */
  @SuppressWarnings("ArrayRecordComponent") // plain columns, never compared
  private record Normalisation(String name, double[] mean, double[] deviation) {
    boolean fits(long channels) {
      return mean.length == 1 || mean.length == channels;
    }

    Tensor done(Tensor unit) {
      return unit.sub(shaped(mean, unit)).div(shaped(deviation, unit));
    }

    Tensor undone(Tensor unit) {
      return unit.mul(shaped(deviation, unit)).add(shaped(mean, unit));
    }

    private static Tensor shaped(double[] values, Tensor like) {
      long[] shape = new long[(int) like.dim()];
      Arrays.fill(shape, 1);
      shape[1] = values.length;
      return Ops.doubles(values, shape).to(like.scalar_type());
    }
  }

  // Published with the models that are trained on them.
  private static final List<Normalisation> USUAL =
      List.of(
          new Normalisation("0.5 and 0.5", new double[] {0.5}, new double[] {0.5}),
          new Normalisation("MNIST's", new double[] {0.1307}, new double[] {0.3081}),
          new Normalisation(
              "CIFAR-10's",
              new double[] {0.4914, 0.4822, 0.4465},
              new double[] {0.2470, 0.2435, 0.2616}),
          new Normalisation(
              "ImageNet's",
              new double[] {0.485, 0.456, 0.406},
              new double[] {0.229, 0.224, 0.225}));

  private record Trial(String change, UnaryOperator<Tensor> unit) {}

  /**
   * Looks at the clean accuracy and, only where that is near chance, at what else the model might
   * want.
   *
   * @param samples with their true classes; at most 256 of them are used
   * @return empty where the accuracy is not near chance, or where nothing helps
   */
  public static Optional<NormalisationProbe> suspicion(Classifier model, Samples samples) {
    int n = Math.min(MOST_SAMPLES, samples.size());
    long declared = right(model, samples, n, unit -> unit);
    double chance = 1.0 / model.classes();
    // Twice chance means nothing for two or three classes.
    if (declared >= n * Math.min(2 * chance, chance + 0.25)) {
      return Optional.empty();
    }
    long most = declared;
    String change = "";
    try (Scope scope = Scope.open()) {
      for (Trial trial : trials(samples, n, model.box())) {
        long right = right(model, samples, n, trial.unit());
        if (right > most) {
          most = right;
          change = trial.change();
        }
      }
    }
    boolean clear =
        most > 2 * declared
            && Interval.exact(most, n, 0.99).low() > Interval.exact(declared, n, 0.99).high();
    return clear
        ? Optional.of(new NormalisationProbe((double) declared / n, (double) most / n, change))
        : Optional.empty();
  }

  /** The suspicion in one line. */
  public String message() {
    return String.format(
        Locale.ROOT,
        "clean accuracy is %.1f %%, near chance, but %.1f %% %s",
        100 * declared,
        100 * better,
        change);
  }

  private static List<Trial> trials(Samples samples, int n, Box box) {
    List<Normalisation> all = new ArrayList<>(USUAL);
    all.add(own(samples, n, box));
    List<Trial> trials = new ArrayList<>();
    for (Normalisation one : all) {
      if (one.fits(samples.images().size(1))) {
        trials.add(
            new Trial(
                "once normalisation by "
                    + one.name()
                    + " mean and deviation is undone: the images are probably normalised twice;"
                    + " declare none where the model normalises by itself",
                one::undone));
        trials.add(
            new Trial(
                "once the images are normalised by "
                    + one.name()
                    + " mean and deviation: the model probably does not normalise by itself;"
                    + " declare mean and deviation",
                one::done));
      }
    }
    trials.add(
        new Trial(
            "on values 255 times as large: the model probably takes 0..255; declare its bounds",
            unit -> unit.mul(Ops.scalar(LEVELS))));
    trials.add(
        new Trial(
            "on values 255 times as small: the images are probably scaled twice",
            unit -> unit.div(Ops.scalar(LEVELS))));
    return trials;
  }

  /** By the images' own mean and deviation, channel by channel. */
  private static Normalisation own(Samples samples, int n, Box box) {
    try (Scope scope = Scope.open()) {
      Tensor unit = unit(samples.images().narrow(0, 0, n), box).to(ScalarType.Double);
      Tensor channels = unit.transpose(0, 1).flatten(1, -1);
      double[] mean = Ops.toDoubles(channels.mean(1));
      double[] deviation = Ops.toDoubles(channels.std(1));
      for (int c = 0; c < deviation.length; c++) {
        deviation[c] = deviation[c] > 0 ? deviation[c] : 1;
      }
      return new Normalisation("the images' own", mean, deviation);
    }
  }

  private static long right(
      Classifier model, Samples samples, int n, UnaryOperator<Tensor> change) {
    long right = 0;
    for (int first = 0; first < n; first += BATCH) {
      try (Scope scope = Scope.open()) {
        int count = Math.min(BATCH, n - first);
        Box box = model.box();
        Tensor images = samples.images().narrow(0, first, count);
        Tensor changed =
            change
                .apply(unit(images, box))
                .mul(Ops.scalar(box.width()))
                .add(Ops.scalar(box.low()))
                .to(images.scalar_type());
        Tensor logits = Ops.withoutGradient(() -> model.logits(changed));
        Tensor said = torch.argmax(logits, new LongOptional(1), false);
        Tensor labels = samples.labels().narrow(0, first, count);
        right += said.eq(labels).sum().item_long();
      }
    }
    return right;
  }

  private static Tensor unit(Tensor images, Box box) {
    return images.sub(Ops.scalar(box.low())).div(Ops.scalar(box.width()));
  }
}
