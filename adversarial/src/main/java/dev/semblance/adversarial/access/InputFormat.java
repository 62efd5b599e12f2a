package dev.semblance.adversarial.access;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a model of somebody else's wants of its images, declared by the user because the file does
 * not say it: the range of pixels, and {@code (pixel - mean) / deviation} for each channel.
 *
 * @param box the range of pixels; images and radii are in its units
 * @param mean to subtract, in units of the box: one value for each channel or one for all; empty
 *     for a model that normalises by itself
 * @param deviation to divide by, positive, as many as {@code mean}
 */
public record InputFormat(Box box, List<Double> mean, List<Double> deviation) {
  public InputFormat {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    if (mean.size() != deviation.size()) {
      throw new IllegalArgumentException(
          "mean and deviation must have as many values, got "
              + mean.size()
              + " and "
              + deviation.size());
    }
    mean.forEach(value -> Check.finite("mean", value));
    deviation.forEach(value -> Check.positive("deviation", value));
  }

  /** Pixels from 0 to 1, as they are. */
  public static InputFormat of() {
    return new InputFormat(Box.UNIT, List.of(), List.of());
  }

  /** The same with another range of pixels; mean and deviation are in its units. */
  public InputFormat withBox(Box other) {
    return new InputFormat(other, mean, deviation);
  }

  /** The same with another normalisation. */
  public InputFormat withNormalisation(List<Double> mean, List<Double> deviation) {
    return new InputFormat(box, mean, deviation);
  }

  /**
   * Images as the model takes them; differentiable.
   *
   * @param images floating point [n, channels, ...] in {@link #box}
   * @return of the images' shape and type
   */
  public Tensor apply(Tensor images) {
    int values = mean.size();
    if (values > 1 && (images.dim() < 2 || images.size(1) != values)) {
      throw new IllegalArgumentException(
          "mean and deviation must have 1 value or one for each channel of images "
              + Shapes.of(images)
              + ", got "
              + values);
    }
    if (values == 0) {
      return images;
    }
    try (Scope scope = Scope.open()) {
      ScalarType type = images.scalar_type().intern();
      return scope.keep(
          images
              .sub(each(mean, images.dim()).to(type))
              .div(each(deviation, images.dim()).to(type)));
    }
  }

  /** One value a channel, broadcast along axis 1. */
  private static Tensor each(List<Double> values, long axes) {
    long[] shape = new long[Math.toIntExact(axes)];
    Arrays.fill(shape, 1);
    shape[Math.min(1, shape.length - 1)] = values.size();
    return Ops.doubles(values.stream().mapToDouble(Double::doubleValue).toArray(), shape);
  }
}
