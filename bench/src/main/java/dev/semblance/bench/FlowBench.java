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
import dev.semblance.core.train.BatchSource;
import dev.semblance.core.train.Checkpoint;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.Training;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Density;
import dev.semblance.generative.Family;
import dev.semblance.generative.GenerativeLearner;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import dev.semblance.generative.flow.Flow;
import dev.semblance.generative.flow.FlowFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Trains a flow on all training images of a set, 8-bit pixels uniformly dequantised, and prints the
 * bits per dimension of the test images with the standard error over images: by one draw of the
 * noise in a pixel each, and with {@code draws} above 1 by the mean density of so many draws too,
 * which bounds the probability of the 8-bit image more tightly. Arguments KEY=VALUE: recipe
 * (spline, realnvp, glow, maf), data, folder, epochs, batch, rate, warmup (steps), clip, ema, seed,
 * draws, test (images), checkpoints (steps between two), limit (seconds of training in this
 * sitting) and the sizes of the flow (levels, steps, hidden, depth, bins). A run that was stopped
 * goes on from its last checkpoint, to the same bits as in one sitting; one that is finished goes
 * on where {@code epochs} are now more, at the rates that so many epochs have there.
 */
public final class FlowBench {
  private static final int PIECE = 100;

  private FlowBench() {}

  /** See above. */
  public static void main(String[] args) throws IOException {
    Map<String, String> given = new TreeMap<>();
    for (String arg : args) {
      String[] pair = arg.split("=", 2);
      if (pair.length != 2) {
        throw new IllegalArgumentException("arguments are KEY=VALUE, got " + arg);
      }
      given.put(pair[0], pair[1]);
    }
    FlowFamily family = family(given);
    String data = text(given, "data", "mnist");
    int batch = number(given, "batch", 64);
    double epochs = real(given, "epochs", 10);
    double rate = real(given, "rate", 2e-3);
    int warmUp = number(given, "warmup", 200);
    double clip = real(given, "clip", 1);
    double ema = real(given, "ema", 0.999);
    int seed = number(given, "seed", 1);
    int draws = number(given, "draws", 1);
    double limit = real(given, "limit", Double.POSITIVE_INFINITY);
    int checkpoints = number(given, "checkpoints", 200);
    int tested = number(given, "test", 10_000);
    Path folder = Path.of(text(given, "folder", "runs/flow"));
    if (!given.isEmpty()) {
      throw new IllegalArgumentException("unknown arguments " + given.keySet());
    }
    Files.createDirectories(folder);
    try (ImageSet training = DataSets.open(data, Split.TRAIN, DataOptions.defaults());
        ImageSet test = DataSets.open(data, Split.TEST, DataOptions.defaults());
        Flow flow = family.build(training.shape(), 10, seed)) {
      long steps = Math.round(epochs * training.size() / batch);
      Preprocessing preprocessing = family.preprocessing(training.shape());
      Schedule cosine = Schedule.Cosine.of();
      Update.Config update =
          new Update.Config(
              new Optimizer.Adam(rate, 0.9, 0.99, 1e-8, 0),
              (step, total) ->
                  Math.min(1, (step + 1.0) / Math.max(1, warmUp)) * cosine.factor(step, total),
              clip);
      try (GenerativeLearner learner =
          family.learner(
              flow,
              preprocessing,
              new Family.Course(update, ema, Augmentation.none(), seed, steps))) {
        System.out.printf(
            "%s, %,d weights, %,d steps of %d%n", family, flow.weights().count(), steps, batch);
        Training loop =
            new Training(
                    new Training.Plan(steps, 0, checkpoints, null),
                    BatchSource.of(training, Shuffled.of(training.size(), batch, seed)),
                    learner,
                    null,
                    folder)
                .listen(new Progress(limit));
        Checkpoint.Position end;
        try {
          end = loop.run(unfinished(loop.resume(), steps)).position();
        } catch (SittingOver over) {
          System.out.println(over.getMessage() + "; run the same command again to go on");
          return;
        }
        flow.weights().load(learner.weights());
        System.out.printf("trained %.1f min%n", end.seconds() / 60);
        int n = Math.min(tested, test.size());
        score("1 draw each", flow.withDraws(1, false), flow, preprocessing, test, n);
        if (draws > 1) {
          String bound = "the mean density of %d draws each".formatted(draws);
          score(bound, flow.withDraws(draws, true), flow, preprocessing, test, n);
        }
      }
    }
  }

  /** The same place in a training of more steps. */
  private static Checkpoint.Position unfinished(Checkpoint.Position p, long steps) {
    return new Checkpoint.Position(
        p.step(),
        p.best(),
        p.bestStep(),
        p.stale(),
        p.seconds(),
        p.finished() && p.step() >= steps);
  }

  private static FlowFamily family(Map<String, String> given) {
    String recipe = text(given, "recipe", "spline");
    FlowFamily of =
        switch (recipe) {
          case "spline" -> FlowFamily.splineFlow();
          case "realnvp" -> FlowFamily.realnvp();
          case "glow" -> FlowFamily.glow();
          case "maf" -> FlowFamily.maf();
          default -> throw new IllegalArgumentException("unknown recipe " + recipe);
        };
    return new FlowFamily(
        of.layout(),
        of.transform(),
        number(given, "bins", of.bins()),
        number(given, "levels", of.levels()),
        number(given, "steps", of.steps()),
        number(given, "hidden", of.hidden()),
        number(given, "depth", of.depth()),
        of.plu(),
        of.lambda(),
        false,
        0);
  }

  private static String text(Map<String, String> given, String key, String otherwise) {
    String value = given.remove(key);
    return value == null ? otherwise : value;
  }

  private static int number(Map<String, String> given, String key, int otherwise) {
    return Integer.parseInt(text(given, key, Integer.toString(otherwise)));
  }

  private static double real(Map<String, String> given, String key, double otherwise) {
    return Double.parseDouble(text(given, key, Double.toString(otherwise)));
  }

  private static void score(
      String bound, Density density, Flow flow, Preprocessing preprocessing, ImageSet test, int n) {
    double sum = 0;
    double squares = 0;
    for (int from = 0; from < n; from += PIECE) {
      try (Scope scope = Scope.open()) {
        long[] rows = LongStream.range(from, Math.min(n, from + PIECE)).toArray();
        Tensor images = preprocessing.normalize(test.images(rows).to(ScalarType.Float));
        LogDensity found = density.logDensity(images, new Noise(0, rows), Condition.none());
        for (double nats : Ops.toDoubles(found.value())) {
          double bits =
              LogDensity.bitsPerDimension(nats, flow.featureWidth(), LogDensity.Support.PIXELS);
          sum += bits;
          squares += bits * bits;
        }
      }
    }
    double mean = sum / n;
    double error = Math.sqrt((squares / n - mean * mean) / (n - 1));
    System.out.printf(
        "test bits/dim %.4f +- %.4f (s.e. over %,d images), by %s%n", mean, error, n, bound);
  }

  /** The end of a sitting, just after a checkpoint. */
  private static final class SittingOver extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SittingOver(long step) {
      super("stopped after step " + (step + 1));
    }
  }

  /** A line now and then: the mean loss since the last one. Ends a sitting that is over. */
  private static final class Progress implements dev.semblance.core.train.Listener {
    private static final int EVERY = 50;
    private final double limit;
    private final long started = System.nanoTime();
    private double sum;
    private int count;

    Progress(double limit) {
      this.limit = limit;
    }

    @Override
    public void onCheckpoint(long step) {
      if ((System.nanoTime() - started) * 1e-9 > limit) {
        throw new SittingOver(step);
      }
    }

    @Override
    public void onStep(long step, StepReport report, double seconds) {
      sum += report.loss();
      count++;
      if ((step + 1) % EVERY == 0) {
        System.out.printf("step %,d: %.4f bits/dim, %.0f s%n", step + 1, sum / count, seconds);
        sum = 0;
        count = 0;
      }
    }
  }
}
