package dev.semblance.bench;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.data.Split;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.autoencoder.Activation;
import dev.semblance.generative.autoencoder.Autoencoder;
import dev.semblance.generative.autoencoder.AutoencoderFamily;
import dev.semblance.generative.autoencoder.AutoencoderLearner;
import dev.semblance.generative.autoencoder.Body;
import dev.semblance.generative.autoencoder.Code;
import dev.semblance.generative.autoencoder.Corruption;
import dev.semblance.generative.autoencoder.PixelLoss;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Whether codes that were learnt by denoising tell classes apart better than those of a plain
 * autoencoder: a linear probe on the codes, MNIST, 10,000 images to learn from, 2,000 to choose the
 * probe's penalty, 50,000 to test (the rest of the training set's first 52,000 and the test set).
 *
 * <p>Arguments: epochs (60), seeds (3), width of the code (1000), test images (50,000), shares of
 * masked pixels (0,0.1,0.25,0.4).
 */
public final class DenoisingBench {
  private static final int LEARN = 10_000;
  private static final int CHOOSE = 2000;
  private static final int BATCH = 100;
  private static final int TOGETHER = 1000;
  private static final int PROBE_STEPS = 300;
  private static final double[] PENALTIES = {1e-5, 1e-4, 1e-3};
  private static final double[] MASKED = {0, 0.1, 0.25, 0.4};

  private DenoisingBench() {}

  /** See the class. */
  public static void main(String[] args) throws IOException {
    int epochs = args.length > 0 ? Integer.parseInt(args[0]) : 60;
    int seeds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
    int width = args.length > 2 ? Integer.parseInt(args[2]) : 1000;
    int tested = args.length > 3 ? Integer.parseInt(args[3]) : 50_000;
    double[] shares =
        args.length > 4
            ? Arrays.stream(args[4].split(",")).mapToDouble(Double::parseDouble).toArray()
            : MASKED;
    try (ImageSet train = DataSets.open("mnist", Split.TRAIN, DataOptions.defaults());
        ImageSet test = DataSets.open("mnist", Split.TEST, DataOptions.defaults())) {
      System.out.println("| masked | seeds | probe error % | 95 % interval of one run | seconds |");
      double[][] errors = new double[shares.length][seeds];
      for (int m = 0; m < shares.length; m++) {
        long start = System.nanoTime();
        for (int seed = 0; seed < seeds; seed++) {
          errors[m][seed] = error(train, test, shares[m], epochs, width, seed, tested);
        }
        double mean = Arrays.stream(errors[m]).average().orElseThrow();
        System.out.printf(
            Locale.ROOT,
            "| %s | %d | %.2f %s | ± %.2f | %.0f |%n",
            shares[m] == 0 ? "none (plain)" : Double.toString(shares[m]),
            seeds,
            100 * mean,
            Arrays.toString(
                Arrays.stream(errors[m]).map(e -> Math.round(1e4 * e) / 100.0).toArray()),
            196 * Math.sqrt(mean * (1 - mean) / tested),
            (System.nanoTime() - start) * 1e-9);
      }
    }
  }

  private static AutoencoderFamily family(double masked, int width) {
    return new AutoencoderFamily(
        Body.MLP,
        width,
        0,
        Activation.SIGMOID,
        width,
        Code.SIGMOID,
        0,
        PixelLoss.BERNOULLI,
        masked == 0 ? Corruption.Kind.NONE : Corruption.Kind.MASKING_FIXED,
        masked,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0.05);
  }

  private static double error(
      ImageSet train, ImageSet test, double masked, int epochs, int width, int seed, int tested) {
    AutoencoderFamily family = family(masked, width);
    Preprocessing preprocessing = family.preprocessing(train.shape());
    Shuffled order = Shuffled.of(LEARN, BATCH, seed);
    long steps = order.batchesPerEpoch() * epochs;
    Course course =
        new Course(
            new Update.Config(
                Optimizer.Adam.of(1e-3), new Schedule.Cosine(0.1), Double.POSITIVE_INFINITY),
            0,
            Augmentation.none(),
            seed,
            steps);
    try (Autoencoder model = family.build(train.shape(), 10, seed);
        AutoencoderLearner learner = family.learner(model, preprocessing, course)) {
      for (long step = 0; step < steps; step++) {
        try (Scope scope = Scope.open()) {
          long[] rows = order.batch(step);
          learner.step(new Batch(step, rows, train.images(rows), labels(train, rows)));
        }
      }
      return probe(model, preprocessing, train, test, tested);
    }
  }

  private static double probe(
      Autoencoder model, Preprocessing preprocessing, ImageSet train, ImageSet test, int tested) {
    try (Scope scope = Scope.open()) {
      long[] learn = rows(0, LEARN);
      long[] choose = rows(LEARN, CHOOSE);
      Tensor codes = codes(model, preprocessing, train, learn);
      Tensor mean = codes.mean(0);
      Tensor scale = codes.std(new long[] {0}, true, false).add(Ops.scalar(1e-6));
      Tensor x = codes.sub(mean).div(scale);
      Tensor chosen = codes(model, preprocessing, train, choose).sub(mean).div(scale);
      Tensor y = labels(train, learn);
      double best = Double.POSITIVE_INFINITY;
      double error = 1;
      for (double penalty : PENALTIES) {
        try (Weights probe = new Weights(0)) {
          fit(probe, x, y, penalty);
          double held = wrong(probe, chosen, labels(train, choose)) / CHOOSE;
          if (held < best) {
            best = held;
            error = test(probe, model, preprocessing, train, test, mean, scale, tested);
          }
        }
      }
      return error;
    }
  }

  private static void fit(Weights probe, Tensor x, Tensor y, double penalty) {
    Tensor weight = probe.constant("weight", 0, 10, x.size(1));
    Tensor bias = probe.constant("bias", 0, 10);
    Update.Config config =
        new Update.Config(
            Optimizer.Adam.of(0.01), new Schedule.Cosine(0), Double.POSITIVE_INFINITY);
    try (Update update = new Update(probe.parameters(), config, PROBE_STEPS)) {
      for (int step = 0; step < PROBE_STEPS; step++) {
        try (Scope scope = Scope.open()) {
          Tensor logits = torch.linear(x, weight, Ops.optional(bias));
          torch
              .cross_entropy_loss(logits, y)
              .add(weight.square().sum().mul(Ops.scalar(penalty)))
              .backward();
          update.apply(step);
        }
      }
    }
  }

  private static double test(
      Weights probe,
      Autoencoder model,
      Preprocessing preprocessing,
      ImageSet train,
      ImageSet test,
      Tensor mean,
      Tensor scale,
      int tested) {
    double wrong = 0;
    int first = Math.min(tested, 10_000);
    for (int from = 0; from < tested; from += TOGETHER) {
      try (Scope scope = Scope.open()) {
        // The test set first, then rows of the training set that nothing has seen.
        ImageSet set = from < first ? test : train;
        int start = from < first ? from : LEARN + CHOOSE + from - first;
        long[] some = rows(start, Math.min(TOGETHER, tested - from));
        Tensor x = codes(model, preprocessing, set, some).sub(mean).div(scale);
        wrong += wrong(probe, x, labels(set, some));
      }
    }
    return wrong / tested;
  }

  private static double wrong(Weights probe, Tensor x, Tensor y) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor[] parameters = probe.parameters().values().toArray(new Tensor[0]);
      Tensor logits = torch.linear(x, parameters[0], Ops.optional(parameters[1]));
      return logits.argmax(new LongOptional(1), false).ne(y).sum().item_double();
    }
  }

  private static Tensor codes(
      Autoencoder model, Preprocessing preprocessing, ImageSet set, long[] rows) {
    List<Tensor> parts = new ArrayList<>();
    for (int from = 0; from < rows.length; from += TOGETHER) {
      long[] some = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + TOGETHER));
      try (Scope scope = Scope.open()) {
        parts.add(scope.keep(model.encode(preprocessing.apply(set.images(some)))));
      }
    }
    return torch.cat(new TensorVector(parts.toArray(new Tensor[0])), 0);
  }

  private static Tensor labels(ImageSet set, long[] rows) {
    return Ops.longs(set.labelsOf(rows));
  }

  private static long[] rows(int from, int count) {
    return LongStream.range(from, from + count).toArray();
  }
}
