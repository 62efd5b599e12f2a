package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.data.Split;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.BatchSource;
import dev.semblance.core.train.Checkpoint;
import dev.semblance.core.train.Listener;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.core.train.Training;
import dev.semblance.generative.Family;
import dev.semblance.generative.GenerativeLearner;
import dev.semblance.generative.gan.GanFlightRecorder;
import dev.semblance.generative.gan.GanLearner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Trains a recipe of the generative pillar into a run folder. */
final class GenerativeTrainer {
  private final Output output;

  GenerativeTrainer(Output output) {
    this.output = output;
  }

  /**
   * What to train.
   *
   * @param data a name or path
   * @param command the command line that reproduces the run
   */
  record Order(
      GenerativeRecipe recipe,
      SettingsReader.Generation configuration,
      String data,
      Path out,
      long seed,
      boolean resume,
      String command) {}

  /** What came of it. */
  record Result(Run run, Checkpoint.Position position, Path page, boolean drawn) {}

  Result train(Order order) throws IOException {
    return train(order, order.configuration.family());
  }

  private <N extends Net> Result train(Order order, Family<N> family) throws IOException {
    Run run = Run.toTrain(order.out, order.resume);
    GenerativeSettings settings = order.configuration.common();
    DataOptions options = Trainer.options(order.seed, settings.count(), settings.size());
    try (ImageSet whole = DataSets.open(order.data, Split.TRAIN, options)) {
      ImageShape shape = whole.shape();
      int classes = Math.max(1, whole.classNames().size());
      Preprocessing preprocessing = family.preprocessing(shape);
      try (N model = family.build(shape, classes, order.seed);
          Net shown = model.architecture().build(order.seed)) {
        Trainer.Parts parts = Trainer.Parts.of(whole, settings.holdOut(), order.seed);
        return new Session<>(order, run, whole, parts, family, model, shown, preprocessing).run();
      }
    }
  }

  /** One sitting of a run. */
  private final class Session<N extends Net> {
    private final Order order;
    private final GenerativeSettings settings;
    private final Run run;
    private final ImageSet whole;
    private final Trainer.Parts parts;
    private final Family<N> family;
    private final N model;
    private final Net shown;
    private final Preprocessing preprocessing;
    private final SampleSheet sheet;

    Session(
        Order order,
        Run run,
        ImageSet whole,
        Trainer.Parts parts,
        Family<N> family,
        N model,
        Net shown,
        Preprocessing preprocessing) {
      this.order = order;
      this.settings = order.configuration.common();
      this.run = run;
      this.whole = whole;
      this.parts = parts;
      this.family = family;
      this.model = model;
      this.shown = shown;
      this.preprocessing = preprocessing;
      ImageSet heldOut = parts.validation();
      this.sheet =
          new SampleSheet(
              shown, preprocessing, heldOut == null ? parts.training() : heldOut, order.seed);
    }

    Result run() throws IOException {
      ImageSet training = parts.training();
      int batch = Math.min(settings.batch(), training.size());
      Shuffled sampler = Shuffled.of(training.size(), batch, order.seed);
      long epoch = sampler.batchesPerEpoch();
      long planned = Math.max(1, Math.round(settings.epochs() * epoch));
      long steps = settings.maxSteps() > 0 ? Math.min(planned, settings.maxSteps()) : planned;
      Family.Course course =
          new Family.Course(
              settings.update(steps), settings.ema(), settings.augmentation(), order.seed, steps);
      try (GenerativeLearner learner = family.learner(model, preprocessing, course);
          ModeWatch modes = modes(learner)) {
        boolean validating = settings.evaluateEvery() > 0 && tells(learner);
        Training.Plan plan =
            new Training.Plan(
                steps,
                validating ? settings.evaluateEvery() * epoch : 0,
                settings.checkpointEvery() > 0 ? settings.checkpointEvery() : epoch,
                null);
        Training loop =
            new Training(
                plan,
                BatchSource.of(training, sampler),
                learner,
                validating ? () -> validate(learner, modes) : null,
                run.checkpoints());
        Checkpoint.Position position = start(loop, steps);
        long every = Math.max(1, Math.min(10, steps / 50));
        Training.Outcome outcome;
        try (RunLog log = new RunLog(run, position.step(), position.seconds(), every, epoch);
            Progress progress = Progress.start("train " + order.recipe.name(), steps)) {
          loop.listen(log).listen(progress).listen(sheets(learner, settings.sampleEvery() * epoch));
          if (learner instanceof GanLearner game) {
            loop.listen(watch(game));
          }
          if (modes != null) {
            loop.listen(modes);
          }
          outcome = Interruption.train(output, run.folder(), loop, position);
        }
        return finish(learner, outcome.position());
      }
    }

    /** The position to go on from; the description of a new run is written. */
    private Checkpoint.Position start(Training loop, long steps) throws IOException {
      ObjectNode description = description(steps);
      if (order.resume && run.exists()) {
        run.refuseOther(description, List.of("recipe", "seed", "data_digest"), List.of("settings"));
      }
      Checkpoint.Position position =
          order.resume && run.exists() ? loop.resume() : Checkpoint.Position.start();
      if (position.step() == 0) {
        run.describe(description);
      }
      output.log(
          "training %s (%,d parameters) on %,d images of %s (%s), %,d steps%s"
              .formatted(
                  order.recipe.name(),
                  model.weights().count(),
                  parts.training().size(),
                  whole.name(),
                  whole.shape(),
                  steps,
                  position.step() > 0 ? ", going on at step " + position.step() : ""));
      return position;
    }

    private ObjectNode description(long steps) {
      ObjectNode node = Output.object();
      node.put("pillar", "generative");
      node.put("recipe", order.recipe.name());
      node.put("command", order.command);
      node.put("draws_samples", SampleSheet.isDrawn(model));
      node.put("data", order.data);
      parts.describe(node);
      node.put("seed", order.seed);
      node.put("steps", steps);
      node.put("parameters", model.weights().count());
      node.set("settings", order.configuration.flat());
      Provenance.stamp(node);
      return node;
    }

    /** Whether the family has a number for held-out images. */
    private boolean tells(GenerativeLearner learner) {
      ImageSet heldOut = parts.validation();
      if (heldOut == null) {
        return false;
      }
      try (Scope scope = Scope.open()) {
        return !learner.validate(batch(heldOut, 0, Math.min(2, heldOut.size()))).isEmpty();
      }
    }

    /** Counts classes among the samples of a game whose data have some; else nothing does. */
    private @Nullable ModeWatch modes(GenerativeLearner learner) {
      ImageSet heldOut = parts.validation();
      return learner instanceof GanLearner game
              && heldOut != null
              && settings.evaluateEvery() > 0
              && whole.classNames().size() > 1
          ? ModeWatch.of(shown, preprocessing, parts, heldOut, game.recorder(), order.seed)
          : null;
    }

    /** The means over all held-out images, and the classes among samples. */
    private List<Term> validate(GenerativeLearner learner, @Nullable ModeWatch modes) {
      ImageSet heldOut = java.util.Objects.requireNonNull(parts.validation());
      Map<String, Double> sums = new LinkedHashMap<>();
      for (int from = 0; from < heldOut.size(); from += settings.batch()) {
        int count = Math.min(settings.batch(), heldOut.size() - from);
        try (Scope scope = Scope.open()) {
          for (Term term : learner.validate(batch(heldOut, from, count))) {
            sums.merge(term.name(), term.value() * count, Double::sum);
          }
        }
      }
      List<Term> means = new ArrayList<>();
      sums.forEach((name, sum) -> means.add(new Term(name, sum / heldOut.size())));
      if (modes != null) {
        shown.weights().load(learner.weights());
        means.add(modes.count());
      }
      return means;
    }

    private static Batch batch(ImageSet set, int from, int count) {
      long[] rows = LongStream.range(from, from + count).toArray();
      return new Batch(0, rows, set.images(rows), Ops.longs(set.labelsOf(rows)));
    }

    /** Draws a sheet of samples every so many steps and shows it in the report. */
    private Listener sheets(GenerativeLearner learner, long every) {
      return new Listener() {
        @Override
        public void onStep(long step, StepReport report, double seconds) {
          if (every > 0 && (step + 1) % every == 0) {
            try {
              draw(learner, step + 1);
              GenerativeReport.write(run);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        }
      };
    }

    /** Watches a training of two players; what goes wrong stands in the run from then on. */
    private GanFlightRecorder watch(GanLearner game) {
      Set<String> told = new HashSet<>();
      return game.recorder()
          .tell(
              finding -> {
                if (told.add(finding.line())) {
                  warn(finding.line());
                }
              });
    }

    private void warn(String warning) {
      output.log("warning: " + warning);
      try {
        ObjectNode description = run.readDescription();
        description.withArray("warnings").add(warning);
        run.describe(description);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void draw(GenerativeLearner learner, long step) throws IOException {
      shown.weights().load(learner.weights());
      Files.createDirectories(run.samples());
      Atomic.bytes(run.samples().resolve("step-" + step + ".png"), sheet.png().bytes());
    }

    private Result finish(GenerativeLearner learner, Checkpoint.Position position)
        throws IOException {
      draw(learner, position.step());
      Map<String, String> metadata = new TreeMap<>();
      metadata.put("recipe", order.recipe.name());
      metadata.put("family", family.getClass().getSimpleName());
      metadata.put("data", whole.name());
      metadata.put("data_digest", whole.digest());
      metadata.put("step", Long.toString(position.step()));
      metadata.put("seed", Long.toString(order.seed));
      metadata.put("settings", RecordKeys.write(family).toString());
      ModelFile.save(
          run.model(),
          model.architecture(),
          learner.weights(),
          preprocessing,
          whole.classNames(),
          metadata);
      ObjectNode description = run.readDescription();
      description.put("seconds", position.seconds());
      run.describe(description);
      return new Result(run, position, GenerativeReport.write(run), SampleSheet.isDrawn(model));
    }
  }
}
