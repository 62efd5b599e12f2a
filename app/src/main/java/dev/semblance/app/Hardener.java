package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.defend.RobustCheck;
import dev.semblance.adversarial.defend.Student;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.data.Split;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.BatchSource;
import dev.semblance.core.train.Checkpoint;
import dev.semblance.core.train.Learner;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.core.train.Training;
import dev.semblance.core.train.Validation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Trains a classifier against attacks, into a run folder. */
final class Hardener {
  /** The nets that can be hardened. */
  static final List<String> NETS =
      List.of("small-cnn", "strided-cnn", "resnet", "lenet", "conv-encoder", "mlp");

  private final Output output;

  Hardener(Output output) {
    this.output = output;
  }

  /**
   * What to harden.
   *
   * @param net one of {@link #NETS}
   * @param defence one of {@link DefenceSettings#NAMES}
   * @param data a name or path
   * @param command the command line that reproduces the run
   */
  record Order(
      String net,
      String defence,
      Ball ball,
      SettingsReader.Hardening configuration,
      String data,
      Path out,
      long seed,
      boolean resume,
      String command) {}

  /**
   * What came of it.
   *
   * @param best the weights that were kept as the model, on held-out images; none without such
   * @param last the weights of the last step, likewise
   */
  record Result(
      Run run,
      Checkpoint.Position position,
      @Nullable Kept best,
      @Nullable Kept last,
      List<String> warnings) {}

  /** A reading and the step it belongs to. */
  record Kept(long step, RobustCheck.Reading reading) {
    Map<String, String> metadata() {
      Map<String, String> texts = new TreeMap<>();
      texts.put("step", Long.toString(step));
      texts.put("validation_clean_accuracy", Double.toString(reading.clean()));
      texts.put("validation_one_step_accuracy", Double.toString(reading.oneStep()));
      texts.put("validation_robust_accuracy", Double.toString(reading.robust()));
      texts.put("validation_gradient_cosine", Double.toString(reading.gradientCosine()));
      return texts;
    }

    /** What {@link #metadata} wrote into {@code model}; none where it was not measured. */
    static @Nullable Kept of(Path model) throws IOException {
      Map<String, String> texts = ModelFile.describe(model).metadata();
      if (!texts.containsKey("validation_robust_accuracy")) {
        return null;
      }
      return new Kept(
          Long.parseLong(texts.getOrDefault("step", "0")),
          new RobustCheck.Reading(
              number(texts, "clean_accuracy"),
              number(texts, "one_step_accuracy"),
              number(texts, "robust_accuracy"),
              number(texts, "gradient_cosine")));
    }

    private static double number(Map<String, String> texts, String name) {
      return Double.parseDouble(texts.getOrDefault("validation_" + name, "NaN"));
    }
  }

  Result harden(Order order) throws IOException {
    Run run = Run.toTrain(order.out, order.resume);
    HardenSettings settings = order.configuration.common();
    DataOptions options = Trainer.options(order.seed, settings.count(), settings.size());
    try (ImageSet whole = DataSets.open(order.data, Split.TRAIN, options)) {
      if (whole.classNames().size() < 2) {
        throw Problem.failure(
            order.data
                + ": has "
                + whole.classNames().size()
                + " classes; a classifier needs at least 2");
      }
      Trainer.Parts parts = Trainer.Parts.of(whole, settings.holdOut(), order.seed);
      try (Net net = Trainer.architecture(order.net, whole).build(order.seed);
          Net measured = net.architecture().build(order.seed)) {
        return new Session(order, run, whole, parts, net, measured).run();
      }
    }
  }

  /** One sitting of a run. */
  private final class Session {
    private final Order order;
    private final HardenSettings settings;
    private final Run run;
    private final ImageSet whole;
    private final Trainer.Parts parts;
    private final Net net;
    private final Net measured;
    private final Preprocessing preprocessing;
    private final RobustCheck check;
    private final List<String> warnings = new ArrayList<>();
    private double bestSoFar;
    private @Nullable Kept latest;

    Session(Order order, Run run, ImageSet whole, Trainer.Parts parts, Net net, Net measured) {
      this.order = order;
      this.settings = order.configuration.common();
      this.run = run;
      this.whole = whole;
      this.parts = parts;
      this.net = net;
      this.measured = measured;
      this.preprocessing =
          settings.standardize() ? Trainer.statistics(parts.training()) : unit(whole.shape());
      this.check = new RobustCheck(order.ball, settings.evaluateSteps(), order.seed);
    }

    Result run() throws IOException {
      int batch = Math.min(settings.batch(), parts.training().size());
      Shuffled sampler = Shuffled.of(parts.training().size(), batch, order.seed);
      int replays = order.configuration.defence().replays();
      double stepsPerEpoch = (double) sampler.batchesPerEpoch() / replays;
      long steps = Math.max(1, Math.round(settings.epochs() * stepsPerEpoch));
      if (settings.maxSteps() > 0) {
        steps = Math.min(steps, settings.maxSteps());
      }
      ImageShape shape = whole.shape();
      Student.Config config =
          new Student.Config(
              settings.augmentation(),
              settings.ema(),
              order.seed,
              settings.update(steps * replays),
              steps * replays);
      try (Student student = new Student(net, preprocessing, whole.classNames().size(), config);
          Learner learner =
              order
                  .configuration
                  .defence()
                  .learner(
                      student,
                      order.ball,
                      batch,
                      shape.channels(),
                      shape.height(),
                      shape.width())) {
        long epoch = Math.max(1, Math.round(stepsPerEpoch));
        boolean validating = settings.evaluateEvery() > 0 && parts.validation() != null;
        Training.Plan plan =
            new Training.Plan(
                steps,
                validating ? settings.evaluateEvery() * epoch : 0,
                settings.checkpointEvery() > 0 ? settings.checkpointEvery() : epoch,
                null);
        long[] at = {0};
        Validation validation = validating ? () -> validate(student, at[0]) : null;
        Training training =
            new Training(
                plan,
                BatchSource.of(parts.training(), sampler),
                learner,
                validation,
                run.checkpoints());
        Checkpoint.Position position = start(training, steps);
        bestSoFar = position.bestStep() < 0 ? Double.NEGATIVE_INFINITY : position.best();
        training.listen(
            new dev.semblance.core.train.Listener() {
              @Override
              public void onStep(
                  long step, dev.semblance.core.train.StepReport report, double seconds) {
                at[0] = step;
              }
            });
        long every = Math.max(1, Math.min(10, steps / 50));
        Training.Outcome outcome;
        try (RunLog log = new RunLog(run, position.step(), position.seconds(), every, epoch);
            Progress progress = Progress.start("harden " + order.net, steps)) {
          training.listen(log).listen(progress);
          outcome = Interruption.train(output, run.folder(), training, position);
        }
        return finish(student, outcome.position());
      }
    }

    /** The position to go on from; the description of a new run is written. */
    private Checkpoint.Position start(Training training, long steps) throws IOException {
      ObjectNode description = description(steps);
      if (order.resume && run.exists()) {
        run.refuseOther(
            description,
            List.of("recipe", "defence", "ball", "radius", "seed", "data_digest"),
            List.of("settings"));
      }
      Checkpoint.Position position =
          order.resume && run.exists() ? training.resume() : Checkpoint.Position.start();
      if (position.step() == 0) {
        Files.deleteIfExists(run.best());
        run.describe(description);
      }
      output.log(
          "hardening %s by %s against %s on %,d images of %s (%s, %d classes), %,d steps%s"
              .formatted(
                  order.net,
                  order.defence,
                  order.ball,
                  parts.training().size(),
                  whole.name(),
                  whole.shape(),
                  whole.classNames().size(),
                  steps,
                  position.step() > 0 ? ", going on at step " + position.step() : ""));
      return position;
    }

    private ObjectNode description(long steps) {
      ObjectNode node = Output.object();
      node.put("recipe", order.net);
      node.put("defence", order.defence);
      node.put("ball", order.ball.norm().toString());
      node.put("radius", order.ball.radius());
      node.put("command", order.command);
      node.put("data", order.data);
      parts.describe(node);
      node.put("seed", order.seed);
      node.put("steps", steps);
      node.put("parameters", net.weights().count());
      node.set("settings", order.configuration.flat());
      Provenance.stamp(node);
      return node;
    }

    /** Measures the weights that would be kept, keeps them if they are the best, warns once. */
    private List<Term> validate(Student student, long step) {
      Kept kept = new Kept(step, read(student));
      latest = kept;
      RobustCheck.Reading reading = kept.reading();
      // Without a defence no weights stand the attack, and which of them do better is chance.
      boolean byClean = order.defence.equals("none");
      double deciding = byClean ? reading.clean() : reading.robust();
      if (deciding > bestSoFar) {
        bestSoFar = deciding;
        try {
          save(run.best(), student, kept);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      output.log(
          "step %,d: clean %.4f, one step %.4f, %d steps %.4f, gradient cosine %.3f"
              .formatted(
                  step + 1,
                  reading.clean(),
                  reading.oneStep(),
                  check.steps(),
                  reading.robust(),
                  reading.gradientCosine()));
      if (!byClean && warnings.isEmpty() && reading.collapsed()) {
        String warning =
            "step %d: robust accuracy has collapsed: %.3f stand one step, %.3f stand %d; the net has learnt to mislead single steps, take --defence fast, pgd or trades, a lower rate or a smaller radius"
                .formatted(step + 1, reading.oneStep(), reading.robust(), check.steps());
        warnings.add(warning);
        output.log("warning: " + warning);
      }
      List<Term> terms = new ArrayList<>();
      terms.add(new Term("robust_accuracy", reading.robust()));
      terms.add(byClean ? 0 : 1, new Term("clean_accuracy", reading.clean()));
      terms.add(new Term("one_step_accuracy", reading.oneStep()));
      terms.add(new Term("gradient_cosine", reading.gradientCosine()));
      return terms;
    }

    private RobustCheck.Reading read(Student student) {
      ImageSet heldOut = java.util.Objects.requireNonNull(parts.validation());
      measured.weights().load(student.weights());
      try (Scope scope = Scope.open();
          NetClassifier classifier =
              NetClassifier.of(measured, preprocessing, whole.classNames().size())) {
        return check.measure(classifier, Samples.of(heldOut));
      }
    }

    private void save(Path file, Student student, @Nullable Kept kept) throws IOException {
      Map<String, String> metadata = new TreeMap<>();
      metadata.put("defence", order.defence);
      metadata.put("ball", order.ball.toString());
      if (kept != null) {
        metadata.putAll(kept.metadata());
      }
      ModelFile.save(
          file, net.architecture(), student.weights(), preprocessing, whole.classNames(), metadata);
    }

    private Result finish(Student student, Checkpoint.Position position) throws IOException {
      long step = position.step() - 1;
      Kept last = latest;
      if (parts.validation() != null && (last == null || last.step() != step)) {
        last = new Kept(step, read(student));
      }
      save(run.last(), student, last);
      if (Files.exists(run.best())) {
        Files.move(
            run.best(),
            run.model(),
            java.nio.file.StandardCopyOption.REPLACE_EXISTING,
            java.nio.file.StandardCopyOption.ATOMIC_MOVE);
      } else if (position.bestStep() < 0 || !Files.exists(run.model())) {
        save(run.model(), student, last);
      }
      ObjectNode description = run.readDescription();
      description.put("seconds", position.seconds());
      warnings.forEach(description.putArray("warnings")::add);
      run.describe(description);
      return new Result(run, position, Kept.of(run.model()), last, List.copyOf(warnings));
    }
  }

  /** Images as they are, in 0..1: what adversarial training on digits is done with. */
  private static Preprocessing unit(ImageShape shape) {
    double[] deviation = new double[shape.channels()];
    Arrays.fill(deviation, 255);
    return new Preprocessing(shape, new double[shape.channels()], deviation);
  }
}
