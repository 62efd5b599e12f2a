package dev.semblance.app;

import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.store.Model;
import java.io.IOException;
import picocli.CommandLine.Option;

/** The data that a command runs a net over; opened in the shape the net wants. */
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class DataChoice {
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

  String data() {
    return data;
  }

  ImageSet open(Model model) throws IOException {
    return DataSets.open(
        data,
        split,
        DataOptions.defaults().withSeed(seed).withShape(model.preprocessing().shape()));
  }

  /** As it stands on a command line. */
  String words() {
    return "--data "
        + Run.quote(data)
        + " --split "
        + split.text()
        + (seed == 0 ? "" : " --data-seed " + seed);
  }
}
