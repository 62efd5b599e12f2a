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
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.BatchSource;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.Noise;
import dev.semblance.generative.autoencoder.Decoder;
import dev.semblance.generative.autoencoder.Encoder;
import dev.semblance.generative.autoencoder.Trunk;
import dev.semblance.generative.vae.Binarisation;
import dev.semblance.generative.vae.GaussianPosterior;
import dev.semblance.generative.vae.Vae;
import dev.semblance.generative.vae.VaeFamily;
import dev.semblance.generative.vae.VaeLearner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What an epoch of the VAE 784-400-20 on MNIST costs at batch 128, beside the matrix products of
 * the same shapes alone, and where the rest of a step goes. Blocks of steps in turn, the ratio of
 * each pair of blocks.
 */
public final class VaeBench {
  private static final int BATCH = 128;
  private static final int BLOCK = 117; // a quarter of an epoch of 468 batches
  private static final int HIDDEN = 400;
  private static final int LATENT = 20;
  private static final int PIXELS = 784;
  private static final long SUM = 2;

  private VaeBench() {}

  /** Argument: pairs of blocks (default 12). */
  public static void main(String[] args) throws IOException {
    int pairs = args.length > 0 ? Integer.parseInt(args[0]) : 12;
    VaeFamily family = VaeFamily.of();
    try (ImageSet set = DataSets.open("mnist", Split.TRAIN, DataOptions.defaults());
        Vae vae = family.build(set.shape(), 10, 0);
        VaeLearner learner =
            family.learner(vae, family.preprocessing(set.shape()), course((pairs + 2L) * BLOCK))) {
      BatchSource source = BatchSource.of(set, Shuffled.of(set.size(), BATCH, 0));
      double[] ours = new double[pairs];
      double[] bare = new double[pairs];
      double[] ratio = new double[pairs];
      long step = 0;
      try (Scope whole = Scope.open()) {
        List<Runnable> products = products();
        for (int i = -2; i < pairs; i++) {
          long start = System.nanoTime();
          for (int j = 0; j < BLOCK; j++) {
            try (Scope scope = Scope.open()) {
              learner.step(source.batch(step++));
            }
          }
          double a = (System.nanoTime() - start) * 1e-9;
          start = System.nanoTime();
          for (int j = 0; j < BLOCK; j++) {
            products.forEach(Runnable::run);
          }
          double b = (System.nanoTime() - start) * 1e-9;
          if (i >= 0) {
            ours[i] = a;
            bare[i] = b;
            ratio[i] = a / b;
          }
        }
      }
      double epoch = (double) set.size() / BATCH / BLOCK;
      Measure.print("an epoch of 60,000 images", "s", epoch, ours);
      Measure.print("its eleven matrix products alone", "s", epoch, bare);
      Measure.print("ratio of pairs", "", 1, ratio);
      profile(set, pairs * BLOCK / 4);
      evaluation(vae, family.preprocessing(set.shape()), set);
    }
  }

  private static Course course(long steps) {
    return new Course(
        new Update.Config(
            Optimizer.Adam.of(1e-3), new Schedule.Constant(), Double.POSITIVE_INFINITY),
        0,
        Augmentation.none(),
        0,
        steps);
  }

  /** Forward, by the weights, and by the inputs of all layers but the first. */
  private static List<Runnable> products() {
    int[][] layers = {{PIXELS, HIDDEN}, {HIDDEN, 2 * LATENT}, {LATENT, HIDDEN}, {HIDDEN, PIXELS}};
    List<Runnable> products = new ArrayList<>();
    for (int i = 0; i < layers.length; i++) {
      int in = layers[i][0];
      int out = layers[i][1];
      Tensor x = torch.rand(BATCH, in);
      Tensor y = torch.rand(BATCH, out);
      Tensor w = torch.rand(out, in);
      products.add(product(x, w.t(), BATCH, out));
      products.add(product(y.t(), x, out, in));
      if (i > 0) {
        products.add(product(y, w, BATCH, in));
      }
    }
    return products;
  }

  private static Runnable product(Tensor a, Tensor b, long rows, long columns) {
    Tensor out = Ops.empty(ScalarType.Float, rows, columns);
    return () -> {
      try (Scope scope = Scope.open()) {
        torch.mm_out(out, a, b);
      }
    };
  }

  /** The same step from its public parts, each with its own clock. */
  private static void profile(ImageSet set, int steps) {
    VaeFamily family = VaeFamily.of();
    Preprocessing preprocessing = family.preprocessing(set.shape());
    Trunk trunk = family.config(set.shape(), 10).trunk();
    Map<String, Double> seconds = new LinkedHashMap<>();
    Clock clock = new Clock(seconds);
    try (Weights weights = new Weights(0)) {
      Encoder encoder = new Encoder(weights, "encoder", trunk, 0, 2 * LATENT);
      Decoder decoder = new Decoder(weights, "decoder", trunk, LATENT, 0);
      BatchSource source = BatchSource.of(set, Shuffled.of(set.size(), BATCH, 0));
      try (Update update = new Update(weights.parameters(), course(steps).update(), steps)) {
        for (int step = -10; step < steps; step++) {
          if (step == 0) {
            seconds.clear();
          }
          int at = step + 10;
          try (Scope scope = Scope.open()) {
            Batch batch = clock.time("rows and gather", () -> source.batch(at));
            Noise noise = new Noise(0, batch.rows());
            Tensor grey = clock.time("pixels to 0..1", () -> preprocessing.apply(batch.images()));
            Tensor x = clock.time("bits", () -> Binarisation.DYNAMIC.apply(grey, noise, at));
            Tensor epsilon =
                clock.time("normal noise", () -> noise.gaussian(Rng.Purpose.LATENT, at, 1, LATENT));
            GaussianPosterior q =
                clock.time(
                    "encoder",
                    () -> {
                      var halves = encoder.apply(x, null).chunk(2, 1);
                      return new GaussianPosterior(halves.get(0), halves.get(1));
                    });
            Tensor z = clock.time("draw", () -> q.draw(epsilon).view(BATCH, LATENT));
            Tensor output = clock.time("decoder", () -> decoder.apply(z, null));
            Tensor loss =
                clock.time(
                    "bound",
                    () -> {
                      Tensor likelihood =
                          torch
                              .binary_cross_entropy_with_logits(
                                  output,
                                  x.flatten(1, -1),
                                  Ops.optional(null),
                                  Ops.optional(null),
                                  SUM)
                              .div(Ops.scalar(-BATCH));
                      return q.divergence().mean(0).sum().sub(likelihood);
                    });
            clock.time(
                "backward",
                () -> {
                  loss.backward();
                  return 0;
                });
            clock.time(
                "fused Adam",
                () -> {
                  update.apply(at);
                  return 0;
                });
          }
        }
      }
    }
    double all = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    System.out.printf(Locale.ROOT, "a step by its parts: %.3f ms%n", 1e3 * all / steps);
    seconds.forEach(
        (name, s) ->
            System.out.printf(
                Locale.ROOT, "  %-20s %8.3f ms %6.1f %%%n", name, 1e3 * s / steps, 100 * s / all));
  }

  private record Clock(Map<String, Double> seconds) {
    <T> T time(String name, Supplier<T> body) {
      long start = System.nanoTime();
      T result = body.get();
      seconds.merge(name, (System.nanoTime() - start) * 1e-9, Double::sum);
      return result;
    }
  }

  private static void evaluation(Vae vae, Preprocessing preprocessing, ImageSet set) {
    int n = 200;
    try (Scope scope = Scope.open()) {
      Tensor images = preprocessing.apply(set.images(rows(n)));
      double[] seconds =
          Measure.seconds(
              1,
              5,
              () -> {
                try (Scope inner = Scope.open()) {
                  vae.logDensity(images, Noise.of(0, 0, n), Condition.none());
                }
              });
      Measure.print("log-density of 10,000 images, 200 samples each", "s", 10_000.0 / n, seconds);
    }
  }

  private static long[] rows(int n) {
    long[] rows = new long[n];
    for (int i = 0; i < n; i++) {
      rows[i] = i;
    }
    return rows;
  }
}
