package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.retrieve.Hit;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** The main job from end to end. */
@Command(
    name = "demo",
    description =
        "Train an embedding, measure it, index it, search it, and write a report: all in one go.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class DemoCommand implements Callable<Integer> {
  /** A file that says that the folder is a demo's and may be made anew. */
  private static final String MARK = ".semblance-demo";

  @ParentCommand private Main main;

  @Option(
      names = "--data",
      defaultValue = "strokes",
      paramLabel = "D",
      description = "The data; default ${DEFAULT-VALUE}, built in.")
  private String data;

  @Option(
      names = "--out",
      defaultValue = "semblance-demo",
      paramLabel = "RUN",
      description = "The folder to write; default ${DEFAULT-VALUE}.")
  private Path out;

  @Option(
      names = "--recipe",
      defaultValue = "cosface",
      description = "What to train; default ${DEFAULT-VALUE}.")
  private String recipe;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Of everything random; default ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() throws IOException {
    long started = System.nanoTime();
    Output output = main.output();
    clear(out);
    Recipe chosen = Recipe.named(recipe);
    // Two to three minutes in all on two cores, whatever the data.
    List<String> brief = data.equals("strokes") ? List.of("epochs=3") : List.of("epochs=2");
    SettingsReader.Configuration configuration = SettingsReader.read(chosen, null, brief);
    String command =
        "./semblance demo --data "
            + Run.quote(data)
            + " --recipe "
            + recipe
            + " --seed "
            + seed
            + " --out "
            + Run.quote(out.toString());
    Trainer.Result trained =
        new Trainer(output)
            .train(new Trainer.Order(chosen, configuration, data, out, seed, false, command));
    Files.createFile(out.resolve(MARK));
    Run run = trained.run();
    ObjectNode result = Output.object().put("run", out.toString());
    try (Model model = Models.open(out);
        ImageSet test =
            DataSets.open(data, Split.TEST, ReportCommand.options(run.readDescription(), model))) {
      output.log("measuring on " + test.size() + " images that were not trained on");
      ReportMaker.Made made = new ReportMaker(output).make(run, model, test);
      EvaluateCommand.put(made.retrieval(), result, output);
      Path index = out.resolve("index");
      output.log("building an index of these images");
      Gallery.create(index, run.model(), model, test, false, output);
      Path query = out.resolve("query.png");
      String name;
      try (ImageSet other =
          DataSets.open(data, Split.TRAIN, ReportCommand.options(run.readDescription(), model))) {
        write(other, 0, query);
        name = other.classNames().get(other.label(0));
      }
      output.line("searching the index for " + query + " (" + name + "):");
      try (Gallery gallery = Gallery.open(index)) {
        for (Hit hit : gallery.search(query, 5)) {
          output.line("  %8.4f  %-14s %s".formatted(hit.distance(), hit.label(), hit.id()));
          result
              .withArray("hits")
              .addObject()
              .put("id", hit.id())
              .put("label", hit.label())
              .put("distance", hit.distance());
        }
      }
      result.put("report", made.page().toString()).put("index", index.toString());
      double seconds = (System.nanoTime() - started) * 1e-9;
      result.put("seconds", seconds);
      output.line("report: " + made.page().toUri());
      output.line("%.0f s in all".formatted(seconds));
    }
    output.result(result);
    return 0;
  }

  /** Makes room for a new demo; a folder that is not a demo's is left alone. */
  private static void clear(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    if (!Files.isRegularFile(folder.resolve(MARK))) {
      try (Stream<Path> content = Files.list(folder)) {
        if (content.findAny().isPresent()) {
          throw Problem.usage(
              folder + ": holds something else than a demo; name another folder with --out");
        }
      }
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }

  private static void write(ImageSet set, int row, Path file) throws IOException {
    int height = set.shape().height();
    int width = set.shape().width();
    int channels = set.shape().channels();
    byte[] pixels;
    try (Scope scope = Scope.open()) {
      Tensor image = set.images(row);
      pixels = Ops.toBytes(image);
    }
    BufferedImage picture =
        new BufferedImage(
            width,
            height,
            channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          picture.getRaster().setSample(x, y, c, pixels[(c * height + y) * width + x] & 0xff);
        }
      }
    }
    if (!ImageIO.write(picture, "png", file.toFile())) {
      throw new IOException(file + ": no PNG writer in this JVM; use a full JDK");
    }
  }
}
