package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.store.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Writes the report of a run. */
@Command(
    name = "report",
    description =
        "One HTML file of a run: curves, map, gallery, mistakes, ROC and confusion; of a generative"
            + " run sheets of samples and curves, also while it trains.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class ReportCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(paramLabel = "RUN", description = "A run folder.")
  private Path folder;

  @Option(
      names = "--data",
      paramLabel = "D",
      description = "Other data than the run was trained on.")
  private @Nullable String data;

  @Option(
      names = "--split",
      defaultValue = "test",
      description = "train, test or all; default ${DEFAULT-VALUE}.")
  private Split split;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    Run run = Run.open(folder);
    ObjectNode description = run.readDescription();
    if (description.path("pillar").asText().equals("generative")) {
      Path page = GenerativeReport.write(run);
      output.line("report: " + page);
      output.result(Output.object().put("report", page.toString()));
      return 0;
    }
    String name = data == null ? description.path("data").asText() : data;
    try (Model model = Models.open(folder);
        ImageSet set = DataSets.open(name, split, options(description, model))) {
      ReportMaker.Made made = new ReportMaker(output).make(run, model, set);
      ObjectNode result = Output.object().put("report", made.page().toString());
      EvaluateCommand.put(made.retrieval(), result, output);
      output.line("report: " + made.page());
      output.result(result);
      return 0;
    }
  }

  /** As the run's own data were opened. */
  static DataOptions options(ObjectNode description, Model model) {
    DataOptions options =
        DataOptions.defaults()
            .withSeed(description.path("seed").asLong())
            .withShape(model.preprocessing().shape());
    int count = description.path("settings").path("count").asInt();
    return count > 0 ? options.withCount(count) : options;
  }
}
