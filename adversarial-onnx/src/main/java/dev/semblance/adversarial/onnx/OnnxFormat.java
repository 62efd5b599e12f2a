package dev.semblance.adversarial.onnx;

import dev.semblance.adversarial.access.InputFormat;
import dev.semblance.adversarial.access.ScoreFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Files that end in {@code .onnx}. */
public final class OnnxFormat implements ScoreFormat {
  @Override
  public boolean reads(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".onnx");
  }

  @Override
  public OnnxModel open(Path file, InputFormat input, long... imageShape) throws IOException {
    return OnnxModel.open(file, input, imageShape);
  }
}
