package dev.semblance.app;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.store.Model;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A net and the data that a command runs it over, opened in the shape the net wants. */
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class NetAndData {
  @Parameters(paramLabel = "RUN", description = "A run folder or a safetensors net.")
  private Path run;

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

  /** The net's run folder or file. */
  Path run() {
    return run;
  }

  /** The net; the caller closes it. */
  Model net() throws IOException {
    return Models.open(run);
  }

  /** The same part of another set, brought to the size the net wants; the caller closes it. */
  ImageSet images(String other, Model net) throws IOException {
    return DataSets.open(
        other, split, DataOptions.defaults().withSeed(seed).withShape(net.preprocessing().shape()));
  }

  /** The images for {@code net}; the caller closes them. */
  ImageSet images(Model net) throws IOException {
    return images(data, net);
  }
}
