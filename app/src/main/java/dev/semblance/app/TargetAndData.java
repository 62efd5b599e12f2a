package dev.semblance.app;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Split;
import dev.semblance.core.store.Model;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A model under attack and the images it is attacked on, of the size that the model takes. */
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class TargetAndData {
  @Parameters(
      paramLabel = "MODEL",
      description =
          "A run folder, a safetensors net, a TorchScript file (.pt), an ONNX file (.onnx; scores)"
              + " or an address (http://...; scores or labels).")
  private String spec;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "D",
      description = "Name or path of the data; see: semblance data list.")
  private String data;

  @Option(
      names = "--split",
      defaultValue = "test",
      description = "train, test or all; default ${DEFAULT-VALUE}.")
  private Split split;

  @Option(
      names = "--data-seed",
      defaultValue = "0",
      description = "Of synthetic sets; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--fit",
      defaultValue = "scale",
      description =
          "Of a folder of images without classes: scale them, or crop their centre as it is;"
              + " default ${DEFAULT-VALUE}.")
  private Photographs.Fit fit;

  @Mixin private ModelOptions options;

  /**
   * Both, open.
   *
   * @param labelled whether the images' labels are known; otherwise they are all 0
   */
  record Target(TargetModel model, ImageSet images, boolean labelled) implements AutoCloseable {
    @Override
    public void close() {
      images.close();
      model.close();
    }
  }

  /** The model as the user named it. */
  String spec() {
    return spec;
  }

  /** The data as the user named it. */
  String data() {
    return data;
  }

  /** Opens both; the caller closes them. */
  Target open() throws IOException {
    if (TargetModel.isForeign(spec)) {
      ImageSet images = images(options.shape().orElse(null), List.of("unknown"));
      try {
        OptionalInt classes =
            labelled() ? OptionalInt.of(images.classNames().size()) : OptionalInt.empty();
        return new Target(
            TargetModel.open(spec, options, images.shape(), classes), images, labelled());
      } catch (IOException | RuntimeException e) {
        images.close();
        throw e;
      }
    }
    TargetModel model = TargetModel.open(spec, options, null);
    try {
      ImageShape shape = model.net().map(net -> net.preprocessing().shape()).orElse(null);
      List<String> names = model.net().map(Model::classNames).orElse(List.of("unknown"));
      return new Target(model, images(shape, names), labelled());
    } catch (IOException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private boolean labelled() {
    return !Photographs.isFolder(data);
  }

  private ImageSet images(@Nullable ImageShape shape, List<String> classNames) throws IOException {
    if (!labelled()) {
      if (shape == null) {
        throw Problem.usage(data + ": photographs of any size; give --shape");
      }
      return Photographs.open(data, shape, fit, classNames);
    }
    DataOptions wanted = DataOptions.defaults().withSeed(seed);
    return DataSets.open(data, split, shape == null ? wanted : wanted.withShape(shape));
  }
}
