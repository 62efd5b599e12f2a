package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Lists what can be trained; with a name, its keys and their defaults. */
@Command(
    name = "recipes",
    description = "What can be trained, one line each; with a name, its settings.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class RecipesCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(arity = "0..1", paramLabel = "RECIPE", description = "Show the settings of this one.")
  private @org.jspecify.annotations.Nullable String name;

  @Override
  public Integer call() {
    Output output = main.output();
    ObjectNode result = Output.object();
    if (name == null) {
      ArrayNode list = result.putArray("recipes");
      output.line("similarity");
      Recipe.all()
          .forEach(recipe -> list(output, list, "similarity", recipe.name(), recipe.summary()));
      output.line("generative");
      GenerativeRecipe.all()
          .forEach(recipe -> list(output, list, "generative", recipe.name(), recipe.summary()));
    } else {
      Optional<GenerativeRecipe> generative = GenerativeRecipe.named(name);
      if (generative.isPresent()) {
        GenerativeRecipe recipe = generative.get();
        show(
            output,
            result,
            recipe.name(),
            recipe.summary(),
            new SettingsReader.Generation(recipe.common(), recipe.family()).flat());
      } else {
        Recipe recipe = Recipe.named(name);
        show(
            output,
            result,
            recipe.name(),
            recipe.summary(),
            new SettingsReader.Configuration(recipe.common(), recipe.loss()).flat());
      }
    }
    output.result(result);
    return 0;
  }

  private static void list(
      Output output, ArrayNode list, String pillar, String name, String summary) {
    output.line("  %-20s %s".formatted(name, summary));
    list.addObject().put("name", name).put("pillar", pillar).put("summary", summary);
  }

  private static void show(
      Output output, ObjectNode result, String name, String summary, ObjectNode settings) {
    output.line(name + ": " + summary);
    settings
        .properties()
        .forEach(entry -> output.line("  %-20s %s".formatted(entry.getKey(), entry.getValue())));
    result.put("name", name).put("summary", summary).set("settings", settings);
  }
}
