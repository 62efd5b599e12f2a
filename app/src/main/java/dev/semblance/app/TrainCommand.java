package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.train.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Trains a recipe. */
@Command(name = "train", description = "Train a recipe on a data set into a run folder.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class TrainCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(paramLabel = "RECIPE", description = "What to train; see: semblance recipes.")
  private String recipe;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "D",
      description = "Name or path of the data; see: semblance data list.")
  private String data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "RUN",
      description = "The folder of the run.")
  private Path out;

  @Option(
      names = "--config",
      paramLabel = "F.yaml",
      description = "Settings, one key: value a line.")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "A setting; wins over --config. Keys: semblance recipes RECIPE.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Of everything random; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--resume", description = "Go on with an interrupted run.")
  private boolean resume;

  @Override
  public Integer call() throws IOException {
    Optional<GenerativeRecipe> generative = GenerativeRecipe.named(recipe);
    if (generative.isPresent()) {
      return generate(generative.get());
    }
    Recipe chosen = Recipe.named(recipe);
    SettingsReader.Configuration configuration = SettingsReader.read(chosen, config, settings);
    Output output = main.output();
    Trainer.Result result =
        new Trainer(output)
            .train(
                new Trainer.Order(
                    chosen,
                    configuration,
                    data,
                    out,
                    seed,
                    resume,
                    command(
                        new SettingsReader.Configuration(chosen.common(), chosen.loss()).flat(),
                        configuration.flat())));
    ObjectNode json = Output.object();
    json.put("run", out.toString());
    json.put("model", result.run().model().toString());
    json.put("steps", result.steps());
    json.put("seconds", result.position().seconds());
    json.put("stopped_early", result.stoppedEarly());
    if (result.position().bestStep() >= 0) {
      json.put("best_validation_map_at_r", result.position().best());
    }
    result.warnings().forEach(json.putArray("warnings")::add);
    output.line(
        "%d steps in %.1f s; weights in %s"
            .formatted(result.steps(), result.position().seconds(), result.run().model()));
    output.line(
        "next: semblance evaluate " + Run.quote(out.toString()) + " --data " + Run.quote(data));
    output.result(json);
    return 0;
  }

  private int generate(GenerativeRecipe chosen) throws IOException {
    SettingsReader.Generation configuration = SettingsReader.read(chosen, config, settings);
    Output output = main.output();
    ObjectNode defaults = new SettingsReader.Generation(chosen.common(), chosen.family()).flat();
    GenerativeTrainer.Result result =
        new GenerativeTrainer(output)
            .train(
                new GenerativeTrainer.Order(
                    chosen,
                    configuration,
                    data,
                    out,
                    seed,
                    resume,
                    command(defaults, configuration.flat())));
    Checkpoint.Position position = result.position();
    ObjectNode json = Output.object();
    json.put("run", out.toString());
    json.put("model", result.run().model().toString());
    json.put("report", result.page().toString());
    json.put("steps", position.step());
    json.put("seconds", position.seconds());
    if (position.bestStep() >= 0) {
      json.put("best_validation", position.best());
    }
    output.line(
        "%,d steps in %.1f s; weights in %s"
            .formatted(position.step(), position.seconds(), result.run().model()));
    output.line("report: " + result.page());
    output.line(
        "next: semblance "
            + (result.drawn()
                ? "sample " + Run.quote(out.toString()) + " --out grid.png"
                : "evaluate " + Run.quote(out.toString()) + " --data " + Run.quote(data)));
    output.result(json);
    return 0;
  }

  /** The command with the YAML file's values written out, so that it stands alone. */
  private String command(ObjectNode defaults, ObjectNode chosen) {
    StringBuilder text =
        new StringBuilder("./semblance train ")
            .append(recipe)
            .append(" --data ")
            .append(Run.quote(data))
            .append(" --out ")
            .append(Run.quote(out.toString()))
            .append(" --seed ")
            .append(seed);
    SettingsReader.changes(defaults, chosen)
        .forEach(change -> text.append(" --set ").append(Run.quote(change)));
    return text.toString();
  }
}
