package dev.semblance.app;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.eval.DensityCoverage;
import dev.semblance.generative.eval.FeatureNet;
import dev.semblance.generative.eval.FrechetDistance;
import dev.semblance.generative.eval.KernelDistance;
import dev.semblance.generative.eval.Memorisation;
import dev.semblance.generative.eval.ModeCount;
import dev.semblance.generative.eval.NearestNeighbourTest;
import dev.semblance.generative.eval.PrecisionRecall;
import dev.semblance.generative.eval.TwoSampleTest;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Compares images with the same held-out images, by all metrics.
 *
 * <p>Lives in the scope it is made in.
 */
final class Assessor {
  /** Values of both kinds of images that the classifier of pixels learns from and is asked. */
  private static final long PIXEL_VALUES = 1L << 25;

  /** Images read at once in search of the nearest. */
  private static final int AT_ONCE = 5000;

  private final FeatureNet net;
  private final Tensor images;
  private final Tensor features;
  private final long[] labels;
  private final Tensor trainingFeatures;
  private final int classes;
  private final long seed;
  private final Runnable between;

  /**
   * What everything is compared with.
   *
   * @param heldOut uint8 [n, c, h, w]
   * @param labels of these
   * @param training uint8 [n, c, h, w], for memorisation
   * @param between called before each metric; what it throws ends the assessment
   */
  Assessor(
      FeatureNet net,
      Tensor heldOut,
      long[] labels,
      Tensor training,
      int classes,
      long seed,
      Runnable between) {
    this.net = net;
    this.images = heldOut;
    this.labels = labels;
    this.features = net.features(heldOut);
    this.trainingFeatures = net.features(training);
    this.classes = classes;
    this.seed = seed;
    this.between = between;
  }

  /**
   * What was found out about some images.
   *
   * @param atInfinity empty where there are too few images for it
   * @param modes empty where the feature net names other classes than the data
   * @param memorisation empty where the images are the training images themselves
   */
  record Findings(
      String name,
      FrechetDistance.Measured frechet,
      Optional<FrechetDistance.Measured> atInfinity,
      KernelDistance.Measured kernel,
      PrecisionRecall.Scores shares,
      DensityCoverage.Scores balls,
      Optional<Modes> modes,
      TwoSampleTest.Result byFeatures,
      TwoSampleTest.Result byPixels,
      NearestNeighbourTest.Result byNeighbours,
      Optional<Memorisation.Result> memorisation) {}

  /** Classes hit, against equal shares and against those of the held-out images. */
  record Modes(ModeCount.Modes uniform, ModeCount.Modes data) {}

  /** The share of held-out images that the feature net names rightly, if it names these classes. */
  Optional<Double> accuracy() {
    if (!names()) {
      return Optional.empty();
    }
    long[] answers = net.classes(images);
    int right = 0;
    for (int i = 0; i < answers.length; i++) {
      right += answers[i] == labels[i] ? 1 : 0;
    }
    return Optional.of((double) right / answers.length);
  }

  private boolean names() {
    return net.classifies() && net.classes() == classes;
  }

  /**
   * All metrics.
   *
   * @param fake uint8 [n, c, h, w], as many as there are held-out images
   * @param isTraining whether these are the training images: then nothing is told of memorisation
   */
  Findings assess(String name, Tensor fake, boolean isTraining) {
    try (Scope scope = Scope.open()) {
      Tensor x = isTraining ? trainingFeatures : net.features(fake);
      FrechetDistance frechet = FrechetDistance.of(seed);
      boolean many = features.size(0) >= frechet.leastAtInfinity(net.width());
      return new Findings(
          name,
          next(() -> frechet.measure(features, x)),
          next(() -> many ? Optional.of(frechet.atInfinity(features, x)) : Optional.empty()),
          next(() -> KernelDistance.of(seed).measure(features, x)),
          next(() -> PrecisionRecall.of().measure(features, x)),
          next(() -> DensityCoverage.of().measure(features, x)),
          next(() -> modes(fake)),
          next(() -> TwoSampleTest.small(net.width(), seed).measure(features, x)),
          next(() -> byPixels(fake)),
          next(() -> new NearestNeighbourTest(seed).measure(features, x)),
          next(
              () ->
                  isTraining
                      ? Optional.empty()
                      : Optional.of(Memorisation.of().measure(x, trainingFeatures, features))));
    }
  }

  private <T> T next(Supplier<T> metric) {
    between.run();
    return metric.get();
  }

  private Optional<Modes> modes(Tensor fake) {
    if (!names()) {
      return Optional.empty();
    }
    long[] seen = net.classes(fake);
    // What the net makes of the real images: its errors are then on both sides.
    ModeCount data = ModeCount.of(net.classes(images), classes);
    return Optional.of(new Modes(ModeCount.uniform(classes).measure(seen), data.measure(seen)));
  }

  private TwoSampleTest.Result byPixels(Tensor fake) {
    ImageShape shape =
        new ImageShape(
            Math.toIntExact(fake.size(1)),
            Math.toIntExact(fake.size(2)),
            Math.toIntExact(fake.size(3)));
    long each = fake.size(1) * fake.size(2) * fake.size(3);
    long n = Math.min(fake.size(0), Math.max(4, PIXEL_VALUES / 2 / each));
    return TwoSampleTest.images(shape, seed)
        .measure(
            images.narrow(0, 0, n).to(ScalarType.Float), fake.narrow(0, 0, n).to(ScalarType.Float));
  }

  /**
   * The rows of the training images nearest to some images, by pixels, among all training images.
   *
   * @param some uint8 [n, c, h, w], few
   */
  static long[] nearest(Tensor some, ImageSet training) {
    int n = Math.toIntExact(some.size(0));
    long[] rows = new long[n];
    double[] least = new double[n];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    try (Scope scope = Scope.open()) {
      Tensor x = some.flatten(1, -1).to(ScalarType.Float);
      for (int from = 0; from < training.size(); from += AT_ONCE) {
        int first = from;
        long[] part =
            LongStream.range(first, Math.min(training.size(), first + (long) AT_ONCE)).toArray();
        try (Scope inner = Scope.open()) {
          Tensor y = training.images(part).flatten(1, -1).to(ScalarType.Float);
          double[] distances = Ops.toDoubles(torch.cdist(x, y));
          for (int i = 0; i < n; i++) {
            for (int j = 0; j < part.length; j++) {
              double distance = distances[i * part.length + j];
              if (distance < least[i]) {
                least[i] = distance;
                rows[i] = part[j];
              }
            }
          }
        }
      }
    }
    return rows;
  }
}
