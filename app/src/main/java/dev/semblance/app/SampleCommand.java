package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.PngText;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.store.Npy;
import dev.semblance.core.store.Safetensors;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Draws images from a model. */
@Command(
    name = "sample",
    description =
        "Draw new images from a trained model. Image i is the same whatever -n and --batch are.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class SampleCommand implements Callable<Integer> {
  /** The keyword of the recipe inside a PNG file. */
  static final String KEYWORD = "semblance";

  @ParentCommand private Main main;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "A run folder or a safetensors model.")
  private Path run;

  @Option(names = "-n", defaultValue = "64", description = "Images; default ${DEFAULT-VALUE}.")
  private int n;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Of all images; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--first",
      defaultValue = "0",
      paramLabel = "I",
      description = "Number of the first image; default ${DEFAULT-VALUE}.")
  private long first;

  @Option(
      names = "--class",
      paramLabel = "C",
      description =
          "The class of all images, by number or name, or none; without it the classes in turn,"
              + " where the model takes any.")
  private @Nullable String wanted;

  @Mixin private SamplerOptions options = new SamplerOptions();

  @Option(
      names = "--batch",
      defaultValue = "64",
      description = "Images drawn at once; default ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "grid.png|X.npy|X.safetensors|FOLDER",
      description =
          "A picture of all, bytes [n, channels, height, width], or a folder with a PNG file each.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    atLeast("-n", n, 1);
    atLeast("--batch", batch, 1);
    atLeast("--first", first, 0);
    String name = out.getFileName().toString().toLowerCase(Locale.ROOT);
    try (OpenedGenerator model = OpenedGenerator.open(run)) {
      SampleStream stream =
          new SampleStream(
              model, model.sampler(options), wanted, new SampleStream.Range(seed, first, n, batch));
      stream.checkCondition();
      ObjectNode recipe = recipe(model);
      long start = System.nanoTime();
      try (Progress progress = Progress.start("sample " + model.recipe(), n)) {
        Iterator<byte[]> images = stream.iterator(done -> progress.update(done, Double.NaN));
        ImageShape shape = model.preprocessing().shape();
        if (name.endsWith(".png")) {
          grid(images, shape, recipe);
        } else if (name.endsWith(".npy")) {
          Npy.writeBytes(out, images, n, shape.channels(), shape.height(), shape.width());
          Atomic.text(
              out.resolveSibling(out.getFileName() + ".json"), recipe.toPrettyString() + "\n");
        } else if (name.endsWith(".safetensors")) {
          try (Scope scope = Scope.open()) {
            Safetensors.write(
                out,
                Map.of(
                    "images",
                    Ops.bytes(
                        together(images), n, shape.channels(), shape.height(), shape.width())),
                Map.of(KEYWORD + ".samples", recipe.toString()));
          }
        } else {
          folder(images, shape, recipe);
        }
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      output.line(
          "%,d images in %.2f s (%,.1f a second): %s".formatted(n, seconds, n / seconds, out));
      recipe.put("out", out.toString());
      recipe.put("seconds", seconds);
      output.result(recipe);
    }
    return 0;
  }

  private static void atLeast(String option, long value, long least) {
    if (value < least) {
      throw Problem.usage("%s must be >= %d, got %d".formatted(option, least, value));
    }
  }

  /** Everything that makes the same images again. */
  private ObjectNode recipe(OpenedGenerator model) throws IOException {
    ObjectNode node = model.origin();
    node.put("seed", seed);
    node.put("first", first);
    node.put("n", n);
    if (wanted != null) {
      node.put("class", wanted);
    } else if (model.classes() > 0) {
      node.put("class", "in turn");
    }
    options.describe(node);
    node.put("command", Provenance.command(spec));
    return node;
  }

  private void grid(Iterator<byte[]> images, ImageShape shape, ObjectNode recipe)
      throws IOException {
    if (!ImageGrid.fits(n, shape)) {
      throw Problem.usage(
          "-n: %,d images of %s are too many for one picture; write X.npy or a folder"
              .formatted(n, shape));
    }
    byte[] png = ImageGrid.png(together(images), shape, ImageGrid.columns(n)).bytes();
    Atomic.bytes(out, PngText.with(png, KEYWORD, recipe.toString()));
  }

  private static byte[] together(Iterator<byte[]> images) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    images.forEachRemaining(all::writeBytes);
    return all.toByteArray();
  }

  private void folder(Iterator<byte[]> images, ImageShape shape, ObjectNode recipe)
      throws IOException {
    if (Files.exists(out) && !isEmptyFolder(out)) {
      throw Problem.usage(
          "--out "
              + out
              + ": must end in .png, .npy or .safetensors, or name a folder that is new or empty");
    }
    Files.createDirectories(out);
    int each = shape.channels() * shape.height() * shape.width();
    long number = first;
    while (images.hasNext()) {
      byte[] part = images.next();
      for (int from = 0; from < part.length; from += each) {
        ObjectNode own = recipe.deepCopy().put("image", number);
        byte[] pixels = Arrays.copyOfRange(part, from, from + each);
        byte[] png =
            dev.semblance.app.report.PngImage.of(
                    shape.channels(), shape.height(), shape.width(), pixels)
                .bytes();
        Atomic.bytes(
            out.resolve("%06d.png".formatted(number++)),
            PngText.with(png, KEYWORD, own.toString()));
      }
    }
  }

  private static boolean isEmptyFolder(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (var files = Files.list(path)) {
      return files.findAny().isEmpty();
    }
  }
}
