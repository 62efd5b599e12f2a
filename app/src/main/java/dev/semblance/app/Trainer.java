package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.ImageSize;
import dev.semblance.core.data.PkSampler;
import dev.semblance.core.data.Sampler;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.data.Split;
import dev.semblance.core.data.Subset;
import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.ConvEncoder;
import dev.semblance.core.nn.Embedder;
import dev.semblance.core.nn.LeNet;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.ResNet;
import dev.semblance.core.nn.SmallCnn;
import dev.semblance.core.nn.SqueezeNet;
import dev.semblance.core.nn.StridedCnn;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.BatchSource;
import dev.semblance.core.train.Checkpoint;
import dev.semblance.core.train.EarlyStopping;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.core.train.Training;
import dev.semblance.core.train.Validation;
import dev.semblance.similarity.eval.RetrievalReport;
import dev.semblance.similarity.learn.EmbeddingLearner;
import dev.semblance.similarity.loss.EmbeddingLoss;
import dev.semblance.similarity.loss.HasParameters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Trains a recipe into a run folder. */
final class Trainer {
  /** Images that the statistics of the preprocessing are taken from. */
  private static final int STATISTICS = 10_000;

  private final Output output;

  Trainer(Output output) {
    this.output = output;
  }

  /**
   * What to train.
   *
   * @param data a name or path
   * @param command the command line that reproduces the run
   */
  record Order(
      Recipe recipe,
      SettingsReader.Configuration configuration,
      String data,
      Path out,
      long seed,
      boolean resume,
      String command) {}

  /** What came of it. */
  record Result(
      Run run,
      Checkpoint.Position position,
      long steps,
      boolean stoppedEarly,
      List<String> warnings) {}

  Result train(Order order) throws IOException {
    Run run = Run.toTrain(order.out, order.resume);
    Settings settings = order.configuration.common();
    try (Start start = Start.of(settings);
        ImageSet whole =
            DataSets.open(order.data, Split.TRAIN, start.options(settings, order.seed))) {
      Parts parts = Parts.of(whole, settings.holdOut(), order.seed);
      try (Embedder net = start.embedder(whole, settings, order.seed)) {
        EmbeddingLoss loss =
            order
                .configuration
                .loss()
                .build(new LossSettings.Target(whole.classNames(), net.width(), order.seed));
        try {
          return train(order, run, whole, parts, net, start.preprocessing(parts.training), loss);
        } finally {
          if (loss instanceof HasParameters owner) {
            owner.close();
          }
        }
      }
    }
  }

  private Result train(
      Order order,
      Run run,
      ImageSet whole,
      Parts parts,
      Embedder net,
      Preprocessing preprocessing,
      EmbeddingLoss loss)
      throws IOException {
    Settings settings = order.configuration.common();
    Sampler sampler;
    long stepsPerEpoch;
    if (settings.sampler().equals("balanced")) {
      int classes = Math.min(settings.classes(), distinct(parts.training.labels()));
      PkSampler balanced =
          PkSampler.of(
              parts.training.labels(), Math.max(2, classes), settings.perClass(), order.seed);
      sampler = balanced;
      stepsPerEpoch = balanced.batchesPerEpoch();
    } else {
      Shuffled shuffled =
          Shuffled.of(
              parts.training.size(), Math.min(settings.batch(), parts.training.size()), order.seed);
      sampler = shuffled;
      stepsPerEpoch = shuffled.batchesPerEpoch();
    }
    long steps = Math.max(1, Math.round(settings.epochs() * stepsPerEpoch));
    if (settings.maxSteps() > 0) {
      steps = Math.min(steps, settings.maxSteps());
    }
    boolean frozen = settings.freeze().equals("backbone");
    EmbeddingLearner.Config config =
        new EmbeddingLearner.Config(
            settings.augmentation(),
            order.recipe.twoViews(),
            settings.bf16(),
            settings.ema(),
            order.seed,
            settings.update(steps),
            settings.lossRate(),
            name -> !frozen || !name.startsWith("backbone."),
            frozen ? Mode.INFERENCE : Mode.TRAINING,
            steps);
    ImageSet heldOut = parts.validation;
    boolean validating = settings.evaluateEvery() > 0 && heldOut != null;
    Training.Plan plan =
        new Training.Plan(
            steps,
            validating ? settings.evaluateEvery() * stepsPerEpoch : 0,
            settings.checkpointEvery() > 0 ? settings.checkpointEvery() : stepsPerEpoch,
            settings.patience() > 0 && validating
                ? new EarlyStopping(settings.patience(), 0)
                : null);
    try (EmbeddingLearner learner = new EmbeddingLearner(net, preprocessing, loss, config)) {
      Evaluator evaluator = new Evaluator(settings.measure());
      Validation validation =
          heldOut == null
              ? null
              : () -> {
                RetrievalReport report = evaluator.retrieval(net, preprocessing, heldOut);
                return List.of(
                    new Term("map_at_r", report.mapAtR().value()),
                    new Term("precision_at_1", report.precisionAt1().value()));
              };
      Training training =
          new Training(
              plan,
              BatchSource.of(parts.training, sampler),
              learner,
              validating ? validation : null,
              run.checkpoints());
      Checkpoint.Position position =
          order.resume ? resume(order, run, whole, training) : Checkpoint.Position.start();
      if (position.step() == 0) {
        run.describe(description(order, parts, net, steps));
      }
      output.log(
          "training "
              + order.recipe.name()
              + " on "
              + parts.training.size()
              + " images of "
              + whole.name()
              + " ("
              + whole.shape()
              + ", "
              + whole.classNames().size()
              + " classes), "
              + steps
              + " steps"
              + (position.step() > 0 ? ", going on at step " + position.step() : ""));
      CollapseWatch watch = new CollapseWatch(order.configuration.loss().collapsedValue(), output);
      learner.listen(watch);
      long every = Math.max(1, Math.min(10, steps / 50));
      Training.Outcome outcome;
      try (RunLog log = new RunLog(run, position.step(), position.seconds(), every, stepsPerEpoch);
          Progress progress = Progress.start("train " + order.recipe.name(), steps)) {
        training.listen(log).listen(progress);
        outcome = Interruption.train(output, run.folder(), training, position);
      }
      learner.useAverages();
      ModelFile.save(
          run.model(),
          net,
          preprocessing,
          whole.classNames(),
          Map.of("measure", settings.measure()));
      ObjectNode description = run.readDescription();
      description.put("seconds", outcome.position().seconds());
      watch.warnings().forEach(description.putArray("warnings")::add);
      run.describe(description);
      return new Result(
          run,
          outcome.position(),
          outcome.position().step(),
          outcome.stoppedEarly(),
          watch.warnings());
    }
  }

  private static Checkpoint.Position resume(Order order, Run run, ImageSet whole, Training training)
      throws IOException {
    ObjectNode before = run.exists() ? run.readDescription() : null;
    if (before == null) {
      return Checkpoint.Position.start();
    }
    String digest = before.path("data_digest").asText();
    if (!digest.equals(whole.digest())) {
      throw Problem.failure(
          order.data
              + ": is not the data that "
              + order.out
              + " was trained on (digest differs); resume with that data");
    }
    return training.resume();
  }

  private static int distinct(int[] labels) {
    return (int) Arrays.stream(labels).distinct().count();
  }

  private static ObjectNode description(Order order, Parts parts, Embedder net, long steps) {
    ObjectNode node = Output.object();
    node.put("recipe", order.recipe.name());
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

  /** A set, its images to train on, and those held out for validation. */
  record Parts(ImageSet whole, ImageSet training, @Nullable ImageSet validation) {
    static Parts of(ImageSet whole, int holdOut, long seed) {
      int held = Math.min(holdOut, whole.size() / 10);
      if (held == 0) {
        return new Parts(whole, whole, null);
      }
      int[] order = Rng.of(seed, Rng.Purpose.ORDER, -1, 0).permutation(whole.size());
      int[] validation = Arrays.copyOf(order, held);
      int[] training = Arrays.copyOfRange(order, held, order.length);
      Arrays.sort(training);
      Arrays.sort(validation);
      return new Parts(
          whole,
          new Subset(whole, training, whole.name() + " for training"),
          new Subset(whole, validation, whole.name() + " held out"));
    }

    /** What a run tells of its data. */
    void describe(ObjectNode node) {
      node.put("data_name", whole.name());
      node.put("data_digest", whole.digest());
      node.put("image_shape", whole.shape().toString());
      node.put("classes", whole.classNames().size());
      node.put("training_images", training.size());
      node.put("validation_images", validation == null ? 0 : validation.size());
    }
  }

  /**
   * How data are read for a training.
   *
   * @param count images of a synthetic set; 0: its default
   * @param size side of the images in pixels; 0: as the data are
   */
  static DataOptions options(long seed, int count, int size) {
    DataOptions options = DataOptions.defaults().withSeed(seed);
    if (count > 0) {
      options = options.withCount(count);
    }
    return size > 0 ? options.withSize(new ImageSize.Exactly(size, size)) : options;
  }

  /** What a training starts from: nothing, or a trained net. */
  private static final class Start implements AutoCloseable {
    private final @Nullable Model initial;
    private boolean taken;

    private Start(@Nullable Model initial) {
      this.initial = initial;
    }

    static Start of(Settings settings) throws IOException {
      return new Start(settings.init().isEmpty() ? null : Models.open(Path.of(settings.init())));
    }

    DataOptions options(Settings settings, long seed) {
      // A trained net decides the size.
      return initial == null
          ? Trainer.options(seed, settings.count(), settings.size())
          : Trainer.options(seed, settings.count(), 0).withShape(initial.preprocessing().shape());
    }

    Embedder embedder(ImageSet data, Settings settings, long seed) {
      Net backbone;
      if (initial == null) {
        backbone = architecture(settings.net(), data).build(seed);
      } else {
        backbone = initial.net();
        taken = true;
        if (backbone instanceof Embedder trained) { // going on with an embedding of ours
          if (trained.width() == settings.dimension()) {
            return trained;
          }
        }
      }
      return Embedder.over(backbone, settings.dimension(), settings.normalize(), seed);
    }

    Preprocessing preprocessing(ImageSet training) {
      return initial != null ? initial.preprocessing() : statistics(training);
    }

    @Override
    public void close() {
      if (initial != null && !taken) {
        initial.close();
      }
    }
  }

  /** A net by its name, in the shape of the images and with an output for each class. */
  static Architecture architecture(String net, ImageSet data) {
    ImageShape shape = data.shape();
    int classes = Math.max(2, data.classNames().size());
    return switch (net) {
      case "strided-cnn" ->
          new StridedCnn.Config(shape.channels(), shape.height(), shape.width(), classes);
      case "small-cnn" ->
          new SmallCnn.Config(shape.channels(), shape.height(), shape.width(), classes);
      case "resnet" -> ResNet.Config.of(shape.channels(), 20, classes);
      case "lenet" -> new LeNet.Config(shape.channels(), shape.height(), shape.width(), classes);
      case "squeezenet" -> new SqueezeNet.Config(classes);
      case "mlp" ->
          new Mlp.Config(
              shape.channels() * shape.height() * shape.width(), List.of(512, 256), classes);
      default -> ConvEncoder.Config.of(shape.channels(), shape.height(), shape.width(), classes);
    };
  }

  /**
   * Mean and deviation of each channel over the training images, of very large sets over a part.
   */
  static Preprocessing statistics(ImageSet training) {
    int n = Math.min(training.size(), STATISTICS);
    long[] rows = new long[n];
    for (int i = 0; i < n; i++) {
      rows[i] = (long) i * training.size() / n;
    }
    try (Scope scope = Scope.open()) {
      int channels = training.shape().channels();
      double[] sum = new double[channels];
      double[] squares = new double[channels];
      List<long[]> chunks = new ArrayList<>();
      for (int from = 0; from < n; from += 1000) {
        chunks.add(Arrays.copyOfRange(rows, from, Math.min(n, from + 1000)));
      }
      for (long[] chunk : chunks) {
        try (Scope part = Scope.open()) {
          Tensor pixels = training.images(chunk).to(ScalarType.Double);
          long[] over = {0, 2, 3};
          double[] s = Ops.toDoubles(pixels.sum(over));
          double[] q = Ops.toDoubles(torch.square(pixels).sum(over));
          for (int c = 0; c < channels; c++) {
            sum[c] += s[c];
            squares[c] += q[c];
          }
        }
      }
      double count = (double) n * training.shape().height() * training.shape().width();
      double[] mean = new double[channels];
      double[] deviation = new double[channels];
      for (int c = 0; c < channels; c++) {
        mean[c] = sum[c] / count;
        double variance = squares[c] / count - mean[c] * mean[c];
        // Images of one colour: nothing to scale.
        deviation[c] = variance > 1e-6 ? Math.sqrt(variance) : 1;
      }
      return new Preprocessing(training.shape(), mean, deviation);
    }
  }
}
