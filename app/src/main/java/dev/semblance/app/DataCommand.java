package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.Catalog;
import dev.semblance.core.data.DataHome;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** What data there is. */
@Command(
    name = "data",
    description = "What data there is.",
    synopsisSubcommandLabel = "(list | info NAME|PATH)",
    subcommands = {DataCommand.ListCommand.class, DataCommand.Info.class})
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class DataCommand implements Runnable {
  @ParentCommand private Main main;

  @Override
  public void run() {
    throw Problem.usage("data needs list or info; try: semblance data list");
  }

  /** The sets known by name. */
  @Command(
      name = "list",
      description = "The sets known by name, and whether they are on this machine.")
  static final class ListCommand implements Callable<Integer> {
    @ParentCommand private DataCommand data;

    @Override
    public Integer call() {
      Output output = data.main.output();
      ObjectNode result = Output.object();
      ArrayNode list = result.putArray("data");
      DataHome home = DataHome.current();
      for (Catalog.Entry entry : Catalog.entries()) {
        String state = state(entry, home);
        output.line(
            "%-14s %-9s %s; %s".formatted(entry.name(), state, entry.description(), entry.size()));
        list.addObject()
            .put("name", entry.name())
            .put("state", state)
            .put("kind", entry.kind().name().toLowerCase(Locale.ROOT))
            .put("description", entry.description())
            .put("size", entry.size())
            .put("parts", entry.parts())
            .put("licence", entry.licence());
      }
      output.line(
          "A folder of class folders, a zip of one, or IDX files are data as well: name the path.");
      output.result(result);
      return 0;
    }
  }

  /** {@code built in}, {@code found} or {@code missing}. */
  static String state(Catalog.Entry entry, DataHome home) {
    return entry.kind() == Catalog.Kind.SYNTHETIC
        ? "built in"
        : entry.available(home) ? "found" : "missing";
  }

  /** One set in numbers. */
  @Command(name = "info", description = "One set in numbers: images, shape, classes, digest.")
  static final class Info implements Callable<Integer> {
    @ParentCommand private DataCommand data;

    @Parameters(paramLabel = "NAME|PATH", description = "The set.")
    private String name;

    @Option(
        names = "--seed",
        defaultValue = "0",
        description = "Of synthetic sets; default ${DEFAULT-VALUE}.")
    private long seed;

    @Override
    public Integer call() throws IOException {
      Output output = data.main.output();
      ObjectNode result = Output.object().put("data", name);
      for (Split split : new Split[] {Split.TRAIN, Split.TEST}) {
        try (ImageSet set = DataSets.open(name, split, DataOptions.defaults().withSeed(seed))) {
          String part = split.text();
          output.line(
              "%-6s %,d images of %s, %,d classes, digest %s"
                  .formatted(
                      part,
                      set.size(),
                      set.shape(),
                      set.classNames().size(),
                      set.digest().substring(0, 16)));
          ObjectNode node = result.putObject(part);
          node.put("images", set.size());
          node.put("shape", set.shape().toString());
          node.put("classes", set.classNames().size());
          node.put("digest", set.digest());
          if (split == Split.TRAIN) {
            int[] counts = new int[set.classNames().size()];
            for (int label : set.labels()) {
              counts[label]++;
            }
            ObjectNode classes = node.putObject("images_of_class");
            for (int c = 0; c < counts.length; c++) {
              classes.put(set.classNames().get(c), counts[c]);
              if (counts.length <= 50) {
                output.line("         %-24s %,d".formatted(set.classNames().get(c), counts[c]));
              }
            }
          }
        }
      }
      output.result(result);
      return 0;
    }
  }
}
