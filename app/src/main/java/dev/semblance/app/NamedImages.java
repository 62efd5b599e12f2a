package dev.semblance.app;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageFiles;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Split;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;

/** Images named on the command line. */
final class NamedImages {
  private static final Pattern ROW = Pattern.compile("([\\w-]+):(\\d{1,9})");

  private NamedImages() {}

  /**
   * The pixels of images named by file, or as {@code mnist:17} by set and row of its test part.
   *
   * @param shape that they are brought to
   * @return uint8 [n, c, h, w], in the current scope
   */
  static Tensor read(List<String> names, ImageShape shape) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String name : names) {
      Matcher row = ROW.matcher(name);
      if (!Files.exists(Path.of(name)) && row.matches()) {
        all.writeBytes(row(row.group(1), Integer.parseInt(row.group(2)), shape));
      } else {
        all.writeBytes(ImageFiles.decode(Path.of(name), shape));
      }
    }
    return Ops.bytes(
        all.toByteArray(), names.size(), shape.channels(), shape.height(), shape.width());
  }

  private static byte[] row(String data, int row, ImageShape shape) throws IOException {
    try (ImageSet set = DataSets.open(data, Split.TEST, DataOptions.defaults().withShape(shape));
        Scope scope = Scope.open()) {
      if (row >= set.size()) {
        throw Problem.usage(
            "%s:%d: %s has rows 0..%d".formatted(data, row, set.name(), set.size() - 1));
      }
      return Ops.toBytes(set.images(row));
    }
  }
}
