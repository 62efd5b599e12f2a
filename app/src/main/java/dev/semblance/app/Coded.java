package dev.semblance.app;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Pixels;
import dev.semblance.generative.latent.Coder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A trained model between images and codes, and images for it. */
final class Coded implements AutoCloseable {
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

  /** See {@link NamedImages#read}. */
  Tensor read(List<String> names) throws IOException {
    return NamedImages.read(names, shape());
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
