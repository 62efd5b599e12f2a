package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.app.report.PngImage;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.PngText;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Noise;
import dev.semblance.generative.autoencoder.Corruption;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Passes images through an autoencoder. */
@Command(
    name = "denoise",
    description =
        "Restore images by an autoencoder or VAE: what it gives back of them. With --noise the"
            + " images are spoilt first, and how close they come back is measured.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class DenoiseCommand implements Callable<Integer> {
  @ParentCommand private Main main;
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RUN", description = "A run folder or a safetensors model.")
  private Path run;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "IMAGE",
      description = "Image files, or rows of a set's test part such as mnist:17.")
  private List<String> images;

  @Option(
      names = "--noise",
      defaultValue = "none",
      paramLabel = "KIND:AMOUNT",
      description =
          "masking:P, masking-fixed:P, salt-and-pepper:P or gaussian:S, pixels in 0..1; default"
              + " ${DEFAULT-VALUE}.")
  private String noise;

  @Option(names = "--seed", defaultValue = "0", description = "Of the noise; default 0.")
  private long seed;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "grid.png|FOLDER",
      description =
          "A picture with a row for each image (as it is, spoilt, restored), or a folder for the"
              + " restored images.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    Corruption corruption = corruption();
    try (Coded coded = Coded.open(run, "denoise");
        Scope scope = Scope.open()) {
      ImageShape shape = coded.shape();
      Tensor pixels = coded.read(images);
      int n = images.size();
      Tensor clean = pixels.to(ScalarType.Float).div(Ops.scalar(255));
      Tensor spoilt =
          corruption
              .apply(clean, Noise.of(seed, 0, n), 0)
              .clamp_min(Ops.scalar(0))
              .clamp_max(Ops.scalar(1));
      Tensor input = coded.preprocessing().normalize(spoilt.mul(Ops.scalar(255)));
      Tensor restored = coded.coder().decode(coded.coder().encode(input));
      byte[] before = Ops.toBytes(pixels);
      byte[] between = Ops.toBytes(spoilt.mul(Ops.scalar(255)).round().to(ScalarType.Byte));
      byte[] after = coded.bytes(restored);
      ObjectNode result = coded.opened().origin();
      result.put("noise", noise).put("seed", seed).put("command", Provenance.command(spec));
      boolean noisy = !(corruption instanceof Corruption.None);
      ArrayNode list = result.putArray("images");
      int each = before.length / n;
      for (int i = 0; i < n; i++) {
        ObjectNode one = list.addObject().put("image", images.get(i));
        double spoiltRatio = peakRatio(before, between, i * each, each);
        double restoredRatio = peakRatio(before, after, i * each, each);
        if (noisy) {
          one.put("psnr_spoilt", spoiltRatio);
        }
        one.put("psnr_restored", restoredRatio);
        output.line(
            noisy
                ? "%s: %.2f dB spoilt, %.2f dB restored"
                    .formatted(images.get(i), spoiltRatio, restoredRatio)
                : "%s: %.2f dB from what was given".formatted(images.get(i), restoredRatio));
      }
      write(shape, noisy ? List.of(before, between, after) : List.of(before, after), n, result);
      output.line((noisy ? "images, spoilt, restored: " : "images, restored: ") + out);
      output.result(result.put("out", out.toString()));
    }
    return 0;
  }

  private Corruption corruption() {
    try {
      return Corruption.parse(noise);
    } catch (IllegalArgumentException e) {
      throw Problem.usage("--noise: " + e.getMessage());
    }
  }

  private void write(ImageShape shape, List<byte[]> columns, int n, ObjectNode recipe)
      throws IOException {
    int each = columns.getFirst().length / n;
    if (out.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      ByteArrayOutputStream grid = new ByteArrayOutputStream();
      for (int i = 0; i < n; i++) {
        for (byte[] column : columns) {
          grid.write(column, i * each, each);
        }
      }
      byte[] png = ImageGrid.png(grid.toByteArray(), shape, columns.size()).bytes();
      Atomic.bytes(out, PngText.with(png, SampleCommand.KEYWORD, recipe.toString()));
      return;
    }
    if (Files.isRegularFile(out)) {
      throw Problem.usage("--out " + out + ": must end in .png or name a folder");
    }
    Files.createDirectories(out);
    byte[] restored = columns.getLast();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      String name = name(images.get(i));
      // Two folders may hold files of one name.
      names.add(names.contains(name) ? name + "-" + i : name);
      byte[] png =
          PngImage.of(
                  shape.channels(),
                  shape.height(),
                  shape.width(),
                  Arrays.copyOfRange(restored, i * each, (i + 1) * each))
              .bytes();
      Atomic.bytes(
          out.resolve(names.getLast() + ".png"),
          PngText.with(png, SampleCommand.KEYWORD, recipe.toString()));
    }
  }

  private static String name(String image) {
    String file = String.valueOf(Path.of(image).getFileName()).replace(':', '-');
    int dot = file.lastIndexOf('.');
    return dot > 0 ? file.substring(0, dot) : file;
  }

  /** The peak signal-to-noise ratio, 10 log10(255^2 / mean squared error), dB. */
  static double peakRatio(byte[] clean, byte[] other, int from, int count) {
    double squares = 0;
    for (int i = from; i < from + count; i++) {
      double apart = (clean[i] & 0xff) - (other[i] & 0xff);
      squares += apart * apart;
    }
    // Equal images: as if one value were off by half a step.
    return 10 * Math.log10(255.0 * 255 * count / Math.max(squares, 0.25));
  }
}
