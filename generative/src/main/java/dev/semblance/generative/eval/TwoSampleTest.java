package dev.semblance.generative.eval;

import dev.semblance.core.Source;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.StridedCnn;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Can a classifier tell fakes from real images? It learns on half of each and is asked about the
 * other half.
 *
 * <p>If model and data are equal, the accuracy on the held-out n is N(1/2, 1/4n), whatever the
 * classifier; above it, the fakes are told. The p-value is one-sided. Real and fake must have been
 * rounded alike: grey levels of 1/255 on one side alone are told at once.
 *
 * @param classifier of two outputs, on vectors or images; trained from {@code seed}
 * @param steps of its training, at least 1
 * @param batch images of a step, at least 2
 * @param rate of Adam
 * @param seed of the halves, the weights and the order
 */
@Source(key = "lopez2017revisiting", where = "Section 3, Eq. (2)")
public record TwoSampleTest(Architecture classifier, int steps, int batch, double rate, long seed) {
  private static final int MEASURED_AT_ONCE = 500;
  private static final int STEPS = 2000;

  public TwoSampleTest {
    Check.atLeast("steps", steps, 1);
    Check.atLeast("batch", batch, 2);
    Check.positive("rate", rate);
  }

  /**
   * Logistic regression: what a linear map of the features can tell. Settings as {@link #small}.
   */
  public static TwoSampleTest linear(int width, long seed) {
    return new TwoSampleTest(new Mlp.Config(width, List.of(), 2), STEPS, 100, 1e-3, seed);
  }

  /**
   * The paper's net, 20 hidden units with ReLU and Adam at its default rate; 2,000 steps, 20 epochs
   * of 10,000 images.
   */
  public static TwoSampleTest small(int width, long seed) {
    return new TwoSampleTest(new Mlp.Config(width, List.of(20), 2), STEPS, 100, 1e-3, seed);
  }

  /**
   * Of images: {@link StridedCnn} for 500 steps, 5 epochs of 10,000 images; a net of two hidden
   * layers of 128 for 2,000 where a side is below 4 pixels.
   */
  public static TwoSampleTest images(ImageShape shape, long seed) {
    int c = shape.channels();
    int h = shape.height();
    int w = shape.width();
    Architecture net =
        Math.min(h, w) >= 4
            ? new StridedCnn.Config(c, h, w, 2)
            : new Mlp.Config(c * h * w, List.of(128, 128), 2);
    return new TwoSampleTest(net, Math.min(h, w) >= 4 ? 500 : STEPS, 100, 1e-3, seed);
  }

  /**
   * What was found.
   *
   * @param accuracy on held-out images, with Wilson's 95 % interval
   * @param onReal share of real ones that are told as real
   * @param onFake share of fakes that are told as fake
   * @param pValue that equal distributions give this accuracy or more
   * @param n held-out images, real and fake together
   */
  public record Result(Estimate accuracy, double onReal, double onFake, double pValue, long n) {}

  /** The probability of {@code accuracy} or more on n images if nothing can be told. */
  public static double pValue(double accuracy, long n) {
    // Theorem 1: N(1/2, 1/4n)
    return NormalDistribution.of(0.5, Math.sqrt(0.25 / n)).survivalProbability(accuracy);
  }

  static void checkSizes(Tensor real, Tensor fake) {
    if (real.size(0) != fake.size(0)) {
      throw new IllegalArgumentException(
          "real and fake must have as many rows, got %d and %d; cut the larger, so that chance is 1/2"
              .formatted(real.size(0), fake.size(0)));
    }
  }

  /**
   * Trains and asks.
   *
   * @param real floating point [n, d] or [n, c, h, w], n at least 4
   * @param fake of the same shape
   */
  public Result measure(Tensor real, Tensor fake) {
    checkSizes(real, fake);
    if (!Shapes.of(real).equals(Shapes.of(fake))) {
      throw new IllegalArgumentException(
          "real and fake must be of one shape, got " + Shapes.of(real) + " and " + Shapes.of(fake));
    }
    int n = Math.toIntExact(Check.atLeast("rows", real.size(0), 4));
    try (Scope scope = Scope.open();
        Net net = classifier.build(seed)) {
      int half = n / 2;
      Tensor reals = shuffled(real, 0);
      Tensor fakes = shuffled(fake, 1);
      Tensor seen = PairwiseDistances.together(reals.narrow(0, 0, half), fakes.narrow(0, 0, half));
      Tensor held =
          PairwiseDistances.together(
              reals.narrow(0, half, n - half), fakes.narrow(0, half, n - half));
      Standard standard = Standard.of(seen);
      train(net, standard.apply(seen), half);
      return ask(net, standard.apply(held), n - half);
    }
  }

  private Tensor shuffled(Tensor x, long which) {
    int n = Math.toIntExact(x.size(0));
    int[] order = Rng.of(seed, Rng.Purpose.SELECT, which, 0).permutation(n);
    return rows(x, order, 0, n);
  }

  private static Tensor rows(Tensor x, int[] order, int from, int to) {
    return x.index_select(0, Ops.longs(Arrays.stream(order, from, to).asLongStream().toArray()));
  }

  /** The first half of the rows is real (class 0), the rest fake (class 1). */
  private void train(Net net, Tensor seen, int half) {
    int n = 2 * half;
    int size = Math.min(batch, n);
    int perEpoch = n / size;
    Update.Config config =
        new Update.Config(
            Optimizer.Adam.of(rate), new Schedule.Constant(), Double.POSITIVE_INFINITY);
    try (Update update = new Update(net.weights().parameters(), config, steps)) {
      int[] order = {};
      for (int step = 0; step < steps; step++) {
        int place = step % perEpoch * size;
        if (place == 0) {
          order = Rng.of(seed, Rng.Purpose.ORDER, step, 0).permutation(n);
        }
        try (Scope scope = Scope.open()) {
          long[] labels = new long[size];
          for (int i = 0; i < size; i++) {
            labels[i] = order[place + i] < half ? 0 : 1;
          }
          Tensor logits = net.forward(rows(seen, order, place, place + size), Mode.TRAINING);
          torch.cross_entropy_loss(logits, Ops.longs(labels)).backward();
          update.apply(step);
        }
      }
    }
  }

  private static Result ask(Net net, Tensor held, int each) {
    long[] told = new long[2];
    for (int from = 0; from < 2 * each; from += MEASURED_AT_ONCE) {
      try (Scope scope = Scope.open()) {
        int count = Math.min(MEASURED_AT_ONCE, 2 * each - from);
        Tensor part = held.narrow(0, from, count);
        Tensor logits = Ops.withoutGradient(() -> net.forward(part, Mode.INFERENCE));
        long[] answers = Ops.toLongs(logits.argmax(new LongOptional(1), false));
        for (int i = 0; i < count; i++) {
          int truth = from + i < each ? 0 : 1;
          told[truth] += answers[i] == truth ? 1 : 0;
        }
      }
    }
    long right = told[0] + told[1];
    double accuracy = right / (2.0 * each);
    return new Result(
        new Estimate(accuracy, Interval.wilson(right, 2L * each)),
        (double) told[0] / each,
        (double) told[1] / each,
        pValue(accuracy, 2L * each),
        2L * each);
  }

  /** Mean 0 and deviation 1, of each feature of a vector, of each channel of an image. */
  private record Standard(Tensor mean, Tensor deviation) {
    static Standard of(Tensor seen) {
      long[] dimensions = seen.dim() == 2 ? new long[] {0} : new long[] {0, 2, 3};
      Tensor x = seen.to(ScalarType.Double);
      Tensor mean = x.mean(dimensions, true, Ops.sameType());
      Tensor deviation = x.std(dimensions, false, true);
      Tensor constant = deviation.le(Ops.scalar(0));
      return new Standard(mean, deviation.masked_fill_(constant, Ops.scalar(1)));
    }

    Tensor apply(Tensor x) {
      try (Scope scope = Scope.open()) {
        return scope.keep(x.sub(mean).div_(deviation).to(ScalarType.Float));
      }
    }
  }
}
