package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.PngText;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.latent.Interpolation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.bytedeco.pytorch.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Shows the way between two images through the codes of a model. */
@Command(
    name = "interpolate",
    description = "The way from one image to another through the codes of an autoencoder or VAE.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class InterpolateCommand implements Callable<Integer> {
  @ParentCommand private Main main;
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RUN", description = "A run folder or a safetensors model.")
  private Path run;

  @Parameters(
      index = "1",
      paramLabel = "FROM",
      description = "An image file, or a row of a set's test part such as mnist:17.")
  private String from;

  @Parameters(index = "2", paramLabel = "TO", description = "As FROM.")
  private String to;

  @Option(
      names = "--steps",
      defaultValue = "8",
      description = "Images on the way, both ends among them; default ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--great-circle",
      description = "On the sphere that the codes of a Gaussian lie near, not straight.")
  private boolean greatCircle;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "row.png",
      description = "A picture of one row.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    if (!out.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw Problem.usage("--out must end in .png, got " + out);
    }
    if (steps < 2) {
      throw Problem.usage("--steps must be >= 2, got " + steps);
    }
    try (Coded coded = Coded.open(run, "interpolate");
        Scope scope = Scope.open()) {
      if (!ImageGrid.fits(Math.multiplyExact(steps, steps), coded.shape())) {
        throw Problem.usage("--steps: %,d images are too many for one row".formatted(steps));
      }
      Tensor pixels = coded.read(List.of(from, to));
      Tensor codes = coded.coder().encode(coded.preprocessing().apply(pixels));
      Interpolation way = greatCircle ? Interpolation.GREAT_CIRCLE : Interpolation.LINEAR;
      byte[] images =
          coded.bytes(
              coded.coder().decode(way.between(codes.select(0, 0), codes.select(0, 1), steps)));
      ObjectNode result = coded.opened().origin();
      result.put("from", from).put("to", to).put("steps", steps);
      result.put("way", greatCircle ? "great circle" : "linear");
      result.put("distance", codes.select(0, 0).sub(codes.select(0, 1)).norm().item_double());
      result.put("command", Provenance.command(spec));
      byte[] png = ImageGrid.png(images, coded.shape(), steps).bytes();
      Atomic.bytes(out, PngText.with(png, SampleCommand.KEYWORD, result.toString()));
      output.line("%d images from %s to %s: %s".formatted(steps, from, to, out));
      output.result(result.put("out", out.toString()));
    }
    return 0;
  }
}
