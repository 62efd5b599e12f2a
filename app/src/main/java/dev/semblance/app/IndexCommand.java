package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.store.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Builds or changes an index on disk. */
@Command(
    name = "index",
    description = "Embed a data set into an index on disk; --add and --delete change one.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class IndexCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Mixin private NetAndData chosen;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "INDEX",
      description = "The folder of the index.")
  private Path out;

  @Option(
      names = "--add",
      description = "Add to the index that is there; images it holds already are replaced.")
  private boolean add;

  @Option(names = "--replace", description = "Replace the index that is there.")
  private boolean replace;

  @Option(
      names = "--delete",
      paramLabel = "ID",
      description = "With --add: take this image out; may be repeated.")
  private @Nullable List<String> delete;

  @Override
  public Integer call() throws IOException {
    if (add && replace) {
      throw Problem.usage("--add and --replace exclude each other");
    }
    if (delete != null && !add) {
      throw Problem.usage("--delete changes an index that is there; give --add as well");
    }
    Output output = main.output();
    try (Model model = chosen.net();
        ImageSet set = chosen.images(model)) {
      Gallery.Change change =
          add
              ? Gallery.add(
                  out, model, set, delete == null ? List.of() : new ArrayList<>(delete), output)
              : Gallery.create(out, Models.file(chosen.run()), model, set, replace, output);
      ObjectNode result = Output.object();
      result
          .put("index", out.toString())
          .put("items", change.items())
          .put("added", change.added())
          .put("deleted", change.deleted());
      output.line(
          "%,d images in %s (%,d added, %,d deleted)"
              .formatted(change.items(), out, change.added(), change.deleted()));
      output.line("next: semblance search " + Run.quote(out.toString()) + " IMAGE");
      output.result(result);
      return 0;
    }
  }
}
