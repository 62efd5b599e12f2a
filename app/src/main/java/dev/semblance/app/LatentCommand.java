package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.latent.CodePlane;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Shows the codes of a model. */
@Command(
    name = "latent",
    description =
        "A page on the codes of an autoencoder or VAE: a map of the data, decoded grid, traversals,"
            + " ways between images.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class LatentCommand implements Callable<Integer> {
  private static final int TOGETHER = 500;
  private static final int MOST_ROWS = 1000;

  @ParentCommand private Main main;
  @Spec private CommandSpec spec;
  @Mixin private NetAndData source;

  @Option(
      names = "-n",
      defaultValue = "2000",
      description = "Images of the map, drawn at random; 0: all. Default ${DEFAULT-VALUE}.")
  private int n;

  @Option(names = "--seed", defaultValue = "0", description = "Of what is drawn; default 0.")
  private long seed;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "For the page, index.html.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    if (n != 0 && n < 3) {
      throw Problem.usage("-n must be 0 or >= 3, got " + n);
    }
    try (Coded coded = Coded.open(source.run(), "latent");
        ImageSet set = source.images(coded.opened().model());
        Scope scope = Scope.open()) {
      if (set.size() < 3) {
        throw Problem.usage(
            "--data: a map needs 3 images, %s has %d".formatted(set.name(), set.size()));
      }
      long[] rows = Drawn.rows(set.size(), n == 0 ? set.size() : n, seed);
      Tensor codes = codes(coded, set, rows);
      try (CodePlane plane = CodePlane.of(codes)) {
        LatentPage page = new LatentPage(coded, set, rows, codes, plane, seed);
        double alike = nearestOfClass(codes, set, rows);
        Path file = page.write(out, Provenance.command(spec), alike);
        ObjectNode result = coded.opened().origin();
        result.put("data", set.name()).put("n", rows.length);
        result.put("code_width", coded.coder().codeWidth());
        result.put("active", page.active());
        result.put("variance_shown", plane.share());
        result.put("nearest_of_class", alike);
        result.put("psnr", page.peakRatio());
        result.put("page", file.toString());
        output.line(
            ("%,d images of %s: %d of %d code values active, %.1f %% have their nearest neighbour"
                    + " in their class, given back at %.2f dB")
                .formatted(
                    rows.length,
                    set.name(),
                    page.active(),
                    coded.coder().codeWidth(),
                    100 * alike,
                    page.peakRatio()));
        output.line(file.toString());
        output.result(result);
      }
    }
    return 0;
  }

  private static Tensor codes(Coded coded, ImageSet set, long[] rows) {
    List<Tensor> parts = new ArrayList<>();
    for (int from = 0; from < rows.length; from += TOGETHER) {
      long[] some =
          java.util.Arrays.copyOfRange(rows, from, Math.min(rows.length, from + TOGETHER));
      try (Scope scope = Scope.open()) {
        parts.add(scope.keep(coded.coder().encode(coded.preprocessing().apply(set.images(some)))));
      }
    }
    return torch.cat(new TensorVector(parts.toArray(new Tensor[0])), 0);
  }

  /** The share of images whose nearest other code belongs to an image of their class. */
  private static double nearestOfClass(Tensor codes, ImageSet set, long[] rows) {
    int right = 0;
    for (int from = 0; from < rows.length; from += MOST_ROWS) {
      try (Scope scope = Scope.open()) {
        int size = Math.min(MOST_ROWS, rows.length - from);
        Tensor distance = torch.cdist(codes.narrow(0, from, size), codes);
        // An image is not its own neighbour.
        distance.diagonal(from, 0, 1).fill_(Ops.scalar(Double.POSITIVE_INFINITY));
        long[] nearest = Ops.toLongs(distance.argmin(new LongOptional(1), false));
        for (int i = 0; i < size; i++) {
          right +=
              set.label((int) rows[from + i]) == set.label((int) rows[(int) nearest[i]]) ? 1 : 0;
        }
      }
    }
    return (double) right / rows.length;
  }
}
