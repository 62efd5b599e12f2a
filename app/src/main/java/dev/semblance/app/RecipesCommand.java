package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
      for (Recipe recipe : Recipe.all()) {
        output.line("%-20s %s".formatted(recipe.name(), recipe.summary()));
        list.addObject().put("name", recipe.name()).put("summary", recipe.summary());
      }
    } else {
      Recipe recipe = Recipe.named(name);
      output.line(recipe.name() + ": " + recipe.summary());
      ObjectNode settings = new SettingsReader.Configuration(recipe.common(), recipe.loss()).flat();
      settings
          .properties()
          .forEach(entry -> output.line("  %-20s %s".formatted(entry.getKey(), entry.getValue())));
      result.put("name", recipe.name()).put("summary", recipe.summary()).set("settings", settings);
    }
    output.result(result);
    return 0;
  }
}
