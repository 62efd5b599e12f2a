package dev.semblance.app;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Density;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The log-densities of some images of a set.
 *
 * @param rows of the images
 * @param value of each, nats
 * @param standardError of each value
 * @param dimensions of an image
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record MeasuredDensity(
    long[] rows,
    double[] value,
    double[] standardError,
    Kind kind,
    LogDensity.Support of,
    long dimensions) {

  /** How images are measured. */
  record Plan(int images, long seed, int batch, boolean givenClass) {}

  static MeasuredDensity of(
      OpenedGenerator model, Density density, ImageSet set, Plan plan, String what) {
    long[] rows = Drawn.rows(set.size(), plan.images > 0 ? plan.images : set.size(), plan.seed);
    double[] value = new double[rows.length];
    double[] error = new double[rows.length];
    LogDensity first = null;
    try (Progress progress = Progress.start(what, rows.length)) {
      for (int from = 0; from < rows.length; from += plan.batch) {
        long[] part = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + plan.batch));
        try (Scope scope = Scope.open()) {
          Tensor images = model.preprocessing().apply(set.images(part));
          LogDensity measured =
              density.logDensity(
                  images, new Noise(plan.seed, part), condition(set, part, plan.givenClass));
          double[] values = Ops.toDoubles(measured.value());
          double[] errors = Ops.toDoubles(measured.standardError());
          System.arraycopy(values, 0, value, from, values.length);
          System.arraycopy(errors, 0, error, from, errors.length);
          first = first == null ? measured : first;
        }
        progress.update(Math.min(rows.length, from + plan.batch), Double.NaN);
      }
    }
    LogDensity any = Objects.requireNonNull(first);
    for (int i = 0; i < value.length; i++) {
      if (Double.isNaN(value[i])) {
        throw Problem.failure(
            "log-density of %s is NaN; the model's weights are broken: train it again with a lower rate or with clip"
                .formatted(set.id(Math.toIntExact(rows[i]))));
      }
    }
    long dimensions = (long) set.shape().channels() * set.shape().height() * set.shape().width();
    return new MeasuredDensity(rows, value, error, any.kind(), any.of(), dimensions);
  }

  private static Condition condition(ImageSet set, long[] rows, boolean given) {
    return given ? new Condition.Labels(set.labelsOf(rows)) : Condition.none();
  }

  int size() {
    return value.length;
  }

  double mean() {
    return Arrays.stream(value).average().orElseThrow();
  }

  /** Of the mean over the images: their own spread, which holds that of the draws. */
  double errorOfMean() {
    double mean = mean();
    double squares = Arrays.stream(value).map(v -> (v - mean) * (v - mean)).sum();
    return value.length < 2 ? Double.NaN : Math.sqrt(squares / (value.length - 1.0) / value.length);
  }

  /** Of the mean, by the draws alone; 0 where exact. */
  double errorOfDraws() {
    return Math.sqrt(Arrays.stream(standardError).map(e -> e * e).sum()) / value.length;
  }

  boolean countsBits() {
    return of != LogDensity.Support.POINTS;
  }

  double bitsPerDimension(double nats) {
    return LogDensity.bitsPerDimension(nats, dimensions, of);
  }

  /** The positions of the images, the most probable first. */
  int[] ranking() {
    return IntStream.range(0, value.length)
        .boxed()
        .sorted((a, b) -> Double.compare(value[b], value[a]))
        .mapToInt(i -> i)
        .toArray();
  }

  /** What the density is over, in words. */
  String support() {
    return switch (of) {
      case POINTS -> "of real vectors";
      case PIXELS -> "of integer pixels";
      case BITS -> "of binary pixels";
    };
  }
}
