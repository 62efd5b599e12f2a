package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.similarity.retrieve.Hit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Searches an index with pictures. */
@Command(name = "search", description = "The images of an index that look most like a picture.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class SearchCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(index = "0", paramLabel = "INDEX", description = "The folder that index --out wrote.")
  private Path index;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "IMAGE",
      description = "Pictures of any usual format and size.")
  private List<Path> images;

  @Option(names = "-k", defaultValue = "5", description = "How many; default ${DEFAULT-VALUE}.")
  private int k;

  @Override
  public Integer call() throws IOException {
    if (k < 1) {
      throw Problem.usage("-k must be >= 1, got " + k);
    }
    Output output = main.output();
    ObjectNode result = Output.object().put("index", index.toString());
    ArrayNode queries = result.putArray("queries");
    try (Gallery gallery = Gallery.open(index)) {
      for (Path image : images) {
        List<Hit> hits = gallery.search(image, k);
        ObjectNode query = queries.addObject().put("image", image.toString());
        ArrayNode list = query.putArray("hits");
        output.line(image.toString());
        for (int i = 0; i < hits.size(); i++) {
          Hit hit = hits.get(i);
          output.line(
              "  %2d  %8.4f  %-20s %s".formatted(i + 1, hit.distance(), hit.label(), hit.id()));
          list.addObject()
              .put("id", hit.id())
              .put("label", hit.label())
              .put("path", hit.path())
              .put("distance", hit.distance());
        }
      }
    }
    output.result(result);
    return 0;
  }
}
