package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.app.report.PngImage;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.PngText;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Pixels;
import dev.semblance.generative.autoencoder.Corruption;
import dev.semblance.generative.diffusion.Diffusion;
import dev.semblance.generative.latent.Coder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Restores images by a model of data. */
@Command(
    name = "denoise",
    description =
        "Restore images by an autoencoder or VAE: what it gives back of them; or by a diffusion"
            + " model: the expected image under normal noise. With --noise the images are spoilt"
            + " first, and how close they come back is measured.")
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

  @Option(
      names = "--sigma",
      paramLabel = "S",
      description =
          "The deviation of the noise that is in the images, pixels in 0..1; diffusion models want"
              + " it. Default: that of --noise gaussian:S.")
  private @Nullable Double sigma;

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
    try (OpenedGenerator opened = OpenedGenerator.open(run);
        Scope scope = Scope.open()) {
      UnaryOperator<Tensor> restoring = restoring(opened, corruption);
      ImageShape shape = opened.preprocessing().shape();
      Tensor pixels = NamedImages.read(images, shape);
      int n = images.size();
      Tensor clean = pixels.to(ScalarType.Float).div(Ops.scalar(255));
      Tensor spoilt =
          corruption
              .apply(clean, Noise.of(seed, 0, n), 0)
              .clamp_min(Ops.scalar(0))
              .clamp_max(Ops.scalar(1));
      Tensor input = opened.preprocessing().normalize(spoilt.mul(Ops.scalar(255)));
      Tensor restored = Ops.withoutGradient(() -> restoring.apply(input));
      byte[] before = Ops.toBytes(pixels);
      byte[] between = Ops.toBytes(spoilt.mul(Ops.scalar(255)).round().to(ScalarType.Byte));
      byte[] after = Ops.toBytes(Pixels.bytes(restored, opened.preprocessing()));
      ObjectNode result = opened.origin();
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

  /** From spoilt images to restored ones, both in the model's units. */
  private UnaryOperator<Tensor> restoring(OpenedGenerator opened, Corruption corruption) {
    if (opened.model().net() instanceof Diffusion diffusion) {
      double level = level(opened, corruption);
      return input -> {
        double[] levels = new double[images.size()];
        Arrays.fill(levels, level);
        return diffusion
            .denoiser(Condition.none())
            .denoise(input, Ops.doubles(levels, levels.length));
      };
    }
    if (sigma != null) {
      throw Problem.usage("--sigma: only diffusion models take it; leave it out");
    }
    if (opened.model().net() instanceof Coder coder) {
      return input -> coder.decode(coder.encode(input));
    }
    throw Problem.usage(
        "%s: %s has no codes; it can be drawn from (sample); for denoise train ae, denoising-ae, vae or edm"
            .formatted(run, opened.recipe()));
  }

  /** The deviation of the noise in the model's units. */
  private double level(OpenedGenerator opened, Corruption corruption) {
    double deviation =
        sigma != null
            ? sigma
            : corruption instanceof Corruption.Gaussian gaussian
                ? gaussian.deviation()
                : Double.NaN;
    if (!(deviation > 0 && deviation < Double.POSITIVE_INFINITY)) {
      throw Problem.usage(
          "--sigma must be a deviation > 0, pixels in 0..1, got "
              + (sigma == null ? "none" : sigma)
              + "; a diffusion model must be told how much noise there is: --sigma 0.2, or --noise"
              + " gaussian:0.2");
    }
    return deviation * 255 / opened.preprocessing().deviation()[0];
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
