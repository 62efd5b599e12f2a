package dev.semblance.app;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageFiles;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Split;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Pixels;
import dev.semblance.generative.latent.Coder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;

/** A trained model between images and codes, and images for it. */
final class Coded implements AutoCloseable {
  private static final Pattern ROW = Pattern.compile("([\\w-]+):(\\d{1,9})");

  private final OpenedGenerator opened;
  private final Coder coder;

  private Coded(OpenedGenerator opened, Coder coder) {
    this.opened = opened;
    this.coder = coder;
  }

  /** The model of a run folder or file, for what {@code command} does. The caller closes it. */
  static Coded open(Path runOrFile, String command) throws IOException {
    OpenedGenerator opened = OpenedGenerator.open(runOrFile);
    if (opened.model().net() instanceof Coder coder) {
      return new Coded(opened, coder);
    }
    try (opened) {
      throw Problem.usage(
          "%s: %s has no codes; it can be drawn from (sample); for %s train ae, denoising-ae or vae"
              .formatted(runOrFile, opened.recipe(), command));
    }
  }

  OpenedGenerator opened() {
    return opened;
  }

  Coder coder() {
    return coder;
  }

  Preprocessing preprocessing() {
    return opened.preprocessing();
  }

  ImageShape shape() {
    return preprocessing().shape();
  }

  /**
   * The pixels of images named by file, or as {@code mnist:17} by set and row of its test part.
   *
   * @return uint8 [n, c, h, w], in the current scope
   */
  Tensor read(List<String> names) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String name : names) {
      Matcher row = ROW.matcher(name);
      if (!Files.exists(Path.of(name)) && row.matches()) {
        all.writeBytes(row(row.group(1), Integer.parseInt(row.group(2))));
      } else {
        all.writeBytes(ImageFiles.decode(Path.of(name), shape()));
      }
    }
    return Ops.bytes(
        all.toByteArray(), names.size(), shape().channels(), shape().height(), shape().width());
  }

  private byte[] row(String data, int row) throws IOException {
    try (ImageSet set = DataSets.open(data, Split.TEST, DataOptions.defaults().withShape(shape()));
        Scope scope = Scope.open()) {
      if (row >= set.size()) {
        throw Problem.usage(
            "%s:%d: %s has rows 0..%d".formatted(data, row, set.name(), set.size() - 1));
      }
      return Ops.toBytes(set.images(row));
    }
  }

  /** Images in the model's units as unsigned bytes. */
  byte[] bytes(Tensor images) {
    try (Scope scope = Scope.open()) {
      return Ops.toBytes(Pixels.bytes(images, preprocessing()));
    }
  }

  @Override
  public void close() {
    opened.close();
  }
}
