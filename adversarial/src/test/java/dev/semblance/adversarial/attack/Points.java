package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Random images in 0..1 under the labels a model gives them, and models made of others. */
final class Points {
  private Points() {}

  /** n points of that width. */
  static double[][] uniform(int n, int width, long seed) {
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    double[][] points = new double[n][width];
    for (double[] point : points) {
      for (int i = 0; i < width; i++) {
        point[i] = rng.nextDouble();
      }
    }
    return points;
  }

  /** float64 [n, 1, 1, width], every one of them classified rightly. */
  static Samples samples(LinearModel model, double[]... points) {
    double[] flat = Arrays.stream(points).flatMapToDouble(Arrays::stream).toArray();
    long[] labels = Arrays.stream(points).mapToLong(model::predicted).toArray();
    return Samples.of(
        Ops.doubles(flat, points.length, 1, 1, points[0].length), Ops.longs(labels, labels.length));
  }

  /** The same samples in float32. */
  static Samples floats(Samples samples) {
    return new Samples(samples.images().to(ScalarType.Float), samples.labels(), samples.ids());
  }

  /** The samples in the order 11, 48, 85, ...; n not a multiple of 37. */
  static Samples shuffled(Samples samples) {
    int n = samples.size();
    return samples.select(
        LongStream.range(0, n).mapToInt(i -> (int) ((i * 37 + 11) % n)).toArray());
  }

  /** A model in front of which something happens to the images, or after which to the logits. */
  static Classifier wrapped(
      Classifier model, UnaryOperator<Tensor> before, UnaryOperator<Tensor> after) {
    return new Classifier() {
      @Override
      public Tensor logits(Tensor images) {
        try (Scope scope = Scope.open()) {
          return scope.keep(after.apply(model.logits(before.apply(images))));
        }
      }

      @Override
      public int classes() {
        return model.classes();
      }

      @Override
      public Box box() {
        return model.box();
      }
    };
  }

  static double[] image(AttackResult result, int row) {
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(result.adversarial().select(0, row));
    }
  }
}
