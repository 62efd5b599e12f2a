package dev.semblance.bench;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.data.Split;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.Noise;
import dev.semblance.generative.autoencoder.Activation;
import dev.semblance.generative.autoencoder.Body;
import dev.semblance.generative.vae.Binarisation;
import dev.semblance.generative.vae.ImportanceWeights;
import dev.semblance.generative.vae.PixelModel;
import dev.semblance.generative.vae.Vae;
import dev.semblance.generative.vae.VaeFamily;
import dev.semblance.generative.vae.VaeFamily.EncoderGradient;
import dev.semblance.generative.vae.VaeLearner;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains a VAE on MNIST, statically binarised by the library's own draw, and measures its NLL on
 * the 10,000 test images with 200 samples each: a row of a table.
 *
 * <p>Of the training set the last 5,000 images are held out; after every few epochs the bound of
 * them decides which weights are kept. Arguments are settings as {@code name=value}: see {@link
 * #USUAL}.
 */
public final class VaeNllBench {
  private static final int HELD_OUT = 5000;
  private static final int AT_ONCE = 500;

  /** What is trained unless set otherwise. */
  private static final Map<String, String> USUAL =
      Map.ofEntries(
          Map.entry("minutes", "30"), // at most, training alone
          Map.entry("epochs", "200"),
          Map.entry("batch", "128"),
          Map.entry("rate", "1e-3"),
          Map.entry("floor", "0.1"), // of the cosine, so that the rate ends at 1e-4
          Map.entry("decay", "0"), // decoupled weight decay
          Map.entry("ema", "0"),
          Map.entry("body", "MLP"),
          Map.entry("width", "400"),
          Map.entry("depth", "1"),
          Map.entry("activation", "RELU"),
          Map.entry("latent", "20"),
          Map.entry("samples", "1"), // in the training bound
          Map.entry("gradient", "PLAIN"),
          Map.entry("beta_warmup", "0"),
          Map.entry("free_bits", "0"),
          Map.entry("training", "STATIC"), // bits of the training images; the others' are static
          Map.entry("every", "2"), // epochs between looks at the images held out
          Map.entry("patience", "20"), // such looks without a better bound
          Map.entry("seed", "0"));

  private VaeNllBench() {}

  /** Arguments as {@code name=value}. */
  public static void main(String[] args) throws IOException {
    Map<String, String> settings = new LinkedHashMap<>(new java.util.TreeMap<>(USUAL));
    for (String arg : args) {
      String[] parts = arg.split("=", 2);
      if (parts.length != 2 || settings.replace(parts[0], parts[1]) == null) {
        System.err.println("settings are name=value of " + settings.keySet() + ", got " + arg);
        System.exit(2);
      }
    }
    try (ImageSet train = DataSets.open("mnist", Split.TRAIN, DataOptions.defaults());
        ImageSet test = DataSets.open("mnist", Split.TEST, DataOptions.defaults())) {
      new Run(settings).row(train, test, String.join(" ", args));
    }
  }

  private record Run(Map<String, String> settings) {
    private String text(String name) {
      return settings.getOrDefault(name, "");
    }

    private int whole(String name) {
      return Integer.parseInt(text(name));
    }

    private double number(String name) {
      return Double.parseDouble(text(name));
    }

    private VaeFamily family() {
      return new VaeFamily(
          Body.valueOf(text("body")),
          whole("width"),
          whole("depth"),
          Activation.valueOf(text("activation")),
          whole("latent"),
          PixelModel.BERNOULLI,
          0.1,
          Binarisation.STATIC,
          false,
          false,
          0,
          whole("samples"),
          EncoderGradient.valueOf(text("gradient")),
          1,
          number("beta_warmup"),
          number("free_bits"));
    }

    void row(ImageSet train, ImageSet test, String arguments) {
      VaeFamily family = family();
      Preprocessing preprocessing = family.preprocessing(train.shape());
      int batch = whole("batch");
      Shuffled order = Shuffled.of(train.size() - HELD_OUT, batch, whole("seed"));
      long perEpoch = order.batchesPerEpoch();
      long steps = perEpoch * whole("epochs");
      Optimizer.Adam adam = Optimizer.Adam.of(number("rate"));
      Optimizer optimizer =
          number("decay") == 0
              ? adam
              : new Optimizer.AdamW(
                  adam.rate(), adam.beta1(), adam.beta2(), adam.epsilon(), number("decay"));
      Course course =
          new Course(
              new Update.Config(
                  optimizer, new Schedule.Cosine(number("floor")), Double.POSITIVE_INFINITY),
              number("ema"),
              Augmentation.none(),
              whole("seed"),
              steps);
      boolean fresh = text("training").equals("DYNAMIC");
      try (Vae vae = family.build(train.shape(), 10, whole("seed"));
          Vae kept = family.build(train.shape(), 10, whole("seed"));
          VaeLearner learner = family.learner(vae, preprocessing, course)) {
        double best = Double.NEGATIVE_INFINITY;
        double bestEpoch = 0;
        int stale = 0;
        double seconds = 0;
        long done = 0;
        for (long step = 0; step < steps; step++) {
          long start = System.nanoTime();
          try (Scope scope = Scope.open()) {
            learner.step(batch(train, order.batch(step), step, fresh));
          }
          seconds += (System.nanoTime() - start) * 1e-9;
          done = step + 1;
          boolean last = done == steps || seconds > 60 * number("minutes");
          if (last || done % (perEpoch * whole("every")) == 0) {
            Tally held = heldOut(learner, vae, kept, train);
            if (held.bound > best) {
              best = held.bound;
              bestEpoch = (double) done / perEpoch;
              stale = 0;
              copy(learner.weights(), kept);
            } else {
              stale++;
            }
            System.out.printf(
                Locale.ROOT,
                "epoch %6.1f  %6.0f s  held-out bound %8.3f  best %8.3f%n",
                (double) done / perEpoch,
                seconds,
                held.bound,
                best);
            if (last || stale >= whole("patience")) {
              break;
            }
          }
        }
        Tally tally = test(kept, preprocessing, test);
        System.out.println(
            "| run | epochs | kept | training s | test NLL (200 samples) | bound | ESS | active |");
        System.out.printf(
            Locale.ROOT,
            "| %s | %.0f | %.0f | %.0f | %.2f ± %.2f | %.2f | %.1f | %d/%d |%n",
            arguments,
            (double) done / perEpoch,
            bestEpoch,
            seconds,
            -tally.nll,
            tally.error,
            -tally.bound,
            tally.effective,
            tally.active,
            whole("latent"));
      }
    }

    private Batch batch(ImageSet train, long[] rows, long step, boolean fresh) {
      long[] keys = rows.clone();
      if (fresh) {
        for (int i = 0; i < keys.length; i++) {
          keys[i] += (step + 1) << 32; // Another key, other static bits.
        }
      }
      return new Batch(step, keys, train.images(rows), Ops.longs(rows));
    }

    /** The mean bound of the images held out, under the weights that would be used. */
    private Tally heldOut(VaeLearner learner, Vae vae, Vae spare, ImageSet train) {
      Map<String, Tensor> present = new LinkedHashMap<>();
      double bound = 0;
      int parts = 0;
      try (Scope scope = Scope.open()) {
        boolean averaged = number("ema") > 0;
        if (averaged) {
          vae.weights().all().forEach((name, t) -> present.put(name, t.detach().clone()));
          vae.weights().load(learner.weights());
        }
        for (int from = train.size() - HELD_OUT; from < train.size(); from += AT_ONCE) {
          try (Scope inner = Scope.open()) {
            long[] rows = range(from, AT_ONCE);
            Batch held = new Batch(0, rows, train.images(rows), Ops.longs(rows));
            bound += learner.validate(held).getFirst().value();
            parts++;
          }
        }
        if (averaged) {
          vae.weights().load(present);
        }
      }
      return new Tally(0, 0, bound / parts, 0, 0);
    }

    private static void copy(Map<String, Tensor> from, Vae to) {
      to.weights().load(from);
    }

    private static Tally test(Vae vae, Preprocessing preprocessing, ImageSet test) {
      double sum = 0;
      double squares = 0;
      double bound = 0;
      double effective = 0;
      int n = test.size();
      int active;
      try (Scope scope = Scope.open()) {
        for (int from = 0; from < n; from += AT_ONCE) {
          try (Scope inner = Scope.open()) {
            Tensor images = preprocessing.apply(test.images(range(from, AT_ONCE)));
            ImportanceWeights weights =
                vae.importanceWeights(
                    images, Noise.of(0, from, AT_ONCE), Condition.none(), Vae.SAMPLES);
            for (double value : Ops.toDoubles(weights.bound())) {
              sum += value;
              squares += value * value;
            }
            bound += weights.evidence().sum().item_double();
            effective += weights.effectiveSamples().sum().item_double();
          }
        }
        active = Vae.activeUnits(vae.encode(preprocessing.apply(test.images(range(0, n)))));
      }
      double mean = sum / n;
      return new Tally(
          mean, Math.sqrt((squares / n - mean * mean) / (n - 1)), bound / n, effective / n, active);
    }

    private static long[] range(int from, int count) {
      long[] rows = new long[count];
      for (int i = 0; i < count; i++) {
        rows[i] = from + i;
      }
      return rows;
    }
  }

  /** Means over images, nats. */
  private record Tally(double nll, double error, double bound, double effective, int active) {}
}
