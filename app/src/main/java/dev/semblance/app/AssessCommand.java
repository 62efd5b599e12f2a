package dev.semblance.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.app.report.plate.Plate;
import dev.semblance.app.report.plate.PlatePage;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.ImageSize;
import dev.semblance.core.data.Split;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Pixels;
import dev.semblance.generative.Sampler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Says how near the samples of a model are to the data. */
@Command(
    name = "assess",
    description =
        "Compare a model's samples with held-out images: distances, coverage, classes, tests that"
            + " try to tell them, copies of training images; beside it what training images reach.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class AssessCommand implements Callable<Integer> {
  private static final String FLOOR = "training images";
  private static final int SHOWN = 64;
  private static final int BATCH = 100;

  @ParentCommand private Main main;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "A run folder or a safetensors model.")
  private Path run;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "D",
      description = "Name or path of the data; see: semblance data list.")
  private String data;

  @Option(
      names = "--split",
      defaultValue = "test",
      description = "Held-out images: test or all; default ${DEFAULT-VALUE}.")
  private Split split;

  @Option(
      names = "--data-seed",
      defaultValue = "0",
      description = "Of synthetic sets; default ${DEFAULT-VALUE}.")
  private long dataSeed;

  @Option(
      names = "-n",
      defaultValue = "10000",
      description =
          "Images of each side, fewer where the held-out images are fewer; default"
              + " ${DEFAULT-VALUE}.")
  private int n;

  @Option(
      names = "--features",
      paramLabel = "NET",
      description =
          "The net whose features are compared: a run or a file. Default: a classifier trained on"
              + " the training images and kept in the user's cache.")
  private @Nullable Path features;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Where nets trained for --features are kept; default: the user's cache.")
  private @Nullable Path cache;

  @Option(
      names = "--against",
      paramLabel = "RUN",
      description = "Another model beside it, measured alike; may be repeated.")
  private List<Path> against = new ArrayList<>();

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Of samples, choices and tests; default ${DEFAULT-VALUE}.")
  private long seed;

  @Mixin private SamplerOptions options = new SamplerOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the page; default: assess in the run's folder.")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    if (n < 1) {
      throw Problem.usage("-n must be >= 1, got " + n);
    }
    if (split == Split.TRAIN) {
      throw Problem.usage(
          "--split must be test or all, got train: training images are the other side already");
    }
    long start = System.nanoTime();
    try (OpenedGenerator model = OpenedGenerator.open(run)) {
      model.sampler(options);
      DataOptions wanted = dataOptions(run);
      ImageShape shape = model.preprocessing().shape();
      try (ImageSet heldOut = DataSets.open(data, split, wanted);
          ImageSet training = DataSets.open(data, Split.TRAIN, wanted)) {
        refuseOther(run, shape, heldOut);
        try (FeatureNets.Opened net = net(output, training, wanted)) {
          assess(output, model, heldOut, training, net, start);
        }
      }
    }
    return 0;
  }

  /** As the run has read its data: a size and a number of synthetic images of its own. */
  private DataOptions dataOptions(Path path) throws IOException {
    DataOptions wanted = DataOptions.defaults().withSeed(dataSeed);
    JsonNode settings = settings(path);
    int size = settings.path("size").asInt();
    int count = settings.path("count").asInt();
    if (size > 0) {
      wanted = wanted.withSize(new ImageSize.Exactly(size, size));
    }
    return count > 0 ? wanted.withCount(count) : wanted;
  }

  private static JsonNode settings(Path path) throws IOException {
    Run run = new Run(path);
    return run.exists() ? run.readDescription().path("settings") : Output.object();
  }

  private static void refuseOther(Path path, ImageShape shape, ImageSet set) {
    if (!shape.equals(set.shape())) {
      throw Problem.usage(
          "--data %s: images are %s, %s makes %s; name the data it was trained on"
              .formatted(set.name(), set.shape(), path, shape));
    }
  }

  private FeatureNets.Opened net(Output output, ImageSet training, DataOptions wanted)
      throws IOException {
    if (features != null) {
      return FeatureNets.named(features, training.shape());
    }
    JsonNode settings = settings(run);
    Path parent = run.toAbsolutePath().getParent();
    Path beside = Files.isDirectory(run) ? run : parent == null ? Path.of(".") : parent;
    return new FeatureNets(output)
        .own(
            training,
            new FeatureNets.Order(
                data,
                settings.path("size").asInt(),
                settings.path("count").asInt(),
                wanted.seed(),
                cache,
                beside.resolve("features")));
  }

  private void assess(
      Output output,
      OpenedGenerator model,
      ImageSet heldOut,
      ImageSet training,
      FeatureNets.Opened net,
      long start)
      throws IOException {
    int count = Math.min(n, Math.min(heldOut.size(), training.size()));
    refuseFew(count, net);
    try (Scope scope = Scope.open();
        Interruption interruption = Interruption.watch(output)) {
      long[] rows = shuffled(heldOut, count);
      long[] labels = heldOut.labelsOf(rows);
      Tensor some = training.images(shuffled(training, count));
      Assessor assessor =
          new Assessor(
              net.net(),
              heldOut.images(rows),
              labels,
              some,
              heldOut.classNames().size(),
              seed,
              () -> interruption.endIfWished(run.toString()));
      List<Assessor.Findings> columns = new ArrayList<>();
      output.log("assessing %,d images of each ...".formatted(count));
      Tensor fakes = draw(model, labels);
      columns.add(assessor.assess(name(run, model), fakes, false));
      for (Path path : against) {
        try (OpenedGenerator other = OpenedGenerator.open(path);
            Scope inner = Scope.open()) {
          refuseOther(path, other.preprocessing().shape(), heldOut);
          columns.add(assessor.assess(name(path, other), draw(other, labels), false));
        }
      }
      columns.add(assessor.assess(FLOOR, some, true));
      AssessTable table = new AssessTable(net.net(), count, columns);
      Subject subject = new Subject(model, heldOut, training, net, assessor.accuracy());
      tell(output, subject, table, fakes, (System.nanoTime() - start) * 1e-9);
    }
  }

  /** What is assessed, and by what. */
  private record Subject(
      OpenedGenerator model,
      ImageSet heldOut,
      ImageSet training,
      FeatureNets.Opened net,
      Optional<Double> accuracy) {
    String accuracyText() {
      return accuracy.map("%.4f"::formatted).orElse("unknown: it names other classes");
    }
  }

  private static void refuseFew(int count, FeatureNets.Opened net) {
    int least = Math.max(net.net().width() + 1, 20);
    if (count < least) {
      throw Problem.usage(
          "-n must be at least %d for features of width %d, got %d; draw more, or name a narrower net by --features"
              .formatted(least, net.net().width(), count));
    }
  }

  /** Some rows in no order: what is cut from them must be as mixed as the whole. */
  private long[] shuffled(ImageSet set, int count) {
    int[] order = Rng.of(seed, Rng.Purpose.SELECT, set.size(), 1).permutation(set.size());
    return Arrays.stream(order).limit(count).asLongStream().toArray();
  }

  private static String name(Path path, OpenedGenerator model) {
    Path last = path.toAbsolutePath().normalize().getFileName();
    return last == null ? model.recipe() : last.toString();
  }

  /** As many images as there are labels; where the model takes classes, of these classes. */
  private Tensor draw(OpenedGenerator model, long[] labels) {
    Sampler sampler = model.sampler(options);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (Progress progress = Progress.start("sample " + model.recipe(), labels.length)) {
      for (int from = 0; from < labels.length; from += BATCH) {
        int first = from;
        int to = Math.min(labels.length, from + BATCH);
        Condition condition =
            model.classes() == 0
                ? Condition.none()
                : new Condition.Labels(Arrays.copyOfRange(labels, first, to))
                    .within(model.classes());
        try (Scope scope = Scope.open()) {
          all.writeBytes(
              Ops.withoutGradient(
                  () ->
                      Ops.toBytes(
                          Pixels.bytes(
                              sampler.sample(Noise.of(seed, first, to - first), condition),
                              model.preprocessing()))));
        }
        progress.update(to, Double.NaN);
      }
    }
    ImageShape shape = model.preprocessing().shape();
    return Ops.bytes(
        all.toByteArray(), labels.length, shape.channels(), shape.height(), shape.width());
  }

  private void tell(Output output, Subject subject, AssessTable table, Tensor fakes, double seconds)
      throws IOException {
    output.line("feature net  %s: %s".formatted(subject.net.net(), subject.net.origin()));
    output.line("             accuracy on held-out images " + subject.accuracyText());
    output.line(
        "held out     %,d images of %s; the last column is as many training images, the floor"
            .formatted(table.n(), subject.heldOut.name()));
    table.text().forEach(output::line);
    output.line("%.1f s".formatted(seconds));
    ObjectNode node = Output.object();
    node.put("model", run.toString())
        .put("recipe", subject.model.recipe())
        .put("model_sha256", Provenance.sha256(run.toString()))
        .put("data", subject.heldOut.name())
        .put("data_digest", subject.heldOut.digest())
        .put("training_digest", subject.training.digest())
        .put("n", table.n())
        .put("seed", seed)
        .put("feature_net", subject.net.net().toString())
        .put("feature_net_origin", subject.net.origin())
        .put("fd_label", table.net().label("FD", table.n()))
        .put("kd_label", table.net().label("KD", table.n()))
        .put("seconds", seconds);
    subject.accuracy.ifPresentOrElse(
        value -> node.put("feature_net_accuracy", value),
        () -> node.putNull("feature_net_accuracy"));
    options.describe(node);
    ArrayNode findings = node.putArray("findings");
    table.columns().forEach(column -> findings.add(AssessTable.json(column)));
    Path folder = out != null ? out : Files.isDirectory(run) ? run.resolve("assess") : null;
    if (folder != null) {
      Path page = page(subject, table, fakes, seconds).write(folder);
      output.line("page: " + page.toUri());
      node.put("page", page.toString());
    }
    output.result(node);
  }

  private PlatePage page(Subject subject, AssessTable table, Tensor fakes, double seconds)
      throws IOException {
    Assessor.Findings own = table.columns().getFirst();
    PlatePage page =
        PlatePage.of(
            "Samples of %s against %s".formatted(own.name(), subject.heldOut.name()),
            Provenance.command(spec));
    page.headline("FD", "%.2f".formatted(own.frechet().distance()));
    page.headline(
        "FD of training images", "%.2f".formatted(table.columns().getLast().frechet().distance()));
    page.headline(
        "told by a net on pixels", "%.1f %%".formatted(100 * own.byPixels().accuracy().value()));
    own.modes()
        .ifPresent(
            modes ->
                page.headline(
                    "classes hit",
                    "%d of %d".formatted(modes.data().hit(), modes.data().classes())));
    page.section(
        "Samples and the nearest training image of each",
        "Each row of samples stands above the training images nearest to them in pixels, among all"
            + " %,d.".formatted(subject.training.size()));
    page.plates(List.of(sheet(subject, fakes)));
    page.section(
        "Numbers",
        "%,d samples against as many held-out images, by features of %s (accuracy on held-out images %s). The last column is what training images reach at the same n: no model does better but by luck, and where it is told too, training and held-out images differ themselves, as those of MNIST do (other people wrote them). Behind ± stands the standard error, in brackets a 95 %% interval."
            .formatted(table.n(), subject.net.net(), subject.accuracyText()));
    List<String> header = new ArrayList<>(List.of(""));
    table.columns().forEach(column -> header.add(column.name()));
    header.add("what it says");
    List<List<String>> lines = new ArrayList<>();
    for (AssessTable.Line line : table.lines()) {
      List<String> cells = new ArrayList<>(List.of(line.name()));
      cells.addAll(line.values());
      cells.add(line.meaning());
      lines.add(cells);
    }
    page.table(header, lines);
    page.section("Provenance", "What it was made of.");
    return page.facts(facts(subject, seconds));
  }

  private Map<String, String> facts(Subject subject, double seconds) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", run.toString());
    facts.put("model SHA-256", Provenance.sha256(run.toString()));
    facts.put("recipe", subject.model.recipe());
    facts.put("data", subject.heldOut.name());
    facts.put("data digest", subject.heldOut.digest());
    String trainedOn = subject.model.model().metadata().getOrDefault("data_digest", "unknown");
    facts.put(
        "trained on",
        trainedOn.equals(subject.training.digest())
            ? subject.training.name()
            : "other data than %s: what is said of copying is of the latter"
                .formatted(subject.training.name()));
    facts.put("feature net", subject.net.origin());
    facts.put("seed", Long.toString(seed));
    facts.put("seconds", "%.1f".formatted(seconds));
    facts.put(
        "semblance", Provenance.semblanceVersion() + ", revision " + Provenance.gitRevision());
    return facts;
  }

  /** Rows of samples, each above its nearest training images. */
  private static Plate sheet(Subject subject, Tensor fakes) throws IOException {
    int columns = SampleSheet.COLUMNS;
    int shown = (int) Math.min(SHOWN, fakes.size(0)) / columns * columns;
    Tensor some = fakes.narrow(0, 0, shown);
    byte[] above = Ops.toBytes(some);
    byte[] below = Ops.toBytes(subject.training.images(Assessor.nearest(some, subject.training)));
    int row = above.length / (shown / columns);
    byte[] all = new byte[2 * above.length];
    for (int i = 0; i < shown / columns; i++) {
      System.arraycopy(above, i * row, all, 2 * i * row, row);
      System.arraycopy(below, i * row, all, (2 * i + 1) * row, row);
    }
    return new Plate.Png(
        ImageGrid.png(all, subject.training.shape(), columns).bytes(),
        480,
        "odd rows: samples 0 to %d; even rows: the nearest training images".formatted(shown - 1));
  }
}
