package dev.semblance.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.PngText;
import dev.semblance.core.store.SafetensorsHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** What a file of weights, a run or a picture holds. */
@Command(
    name = "inspect",
    description = "What a safetensors file, a run or a picture of samples holds.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class InspectCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(paramLabel = "FILE|RUN", description = "The file or the run folder.")
  private Path path;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    ObjectNode result = Output.object().put("path", path.toString());
    if (Files.isDirectory(path)) {
      ObjectNode description = Run.open(path).readDescription();
      result.set("run", description);
      for (String key :
          new String[] {
            "command",
            "data_name",
            "data_digest",
            "training_images",
            "seed",
            "steps",
            "git_revision",
            "started"
          }) {
        output.line("%-16s %s".formatted(key, description.path(key).asText()));
      }
    }
    if (path.toString().toLowerCase(Locale.ROOT).endsWith(".png") && Files.isRegularFile(path)) {
      picture(output, result);
      return 0;
    }
    SafetensorsHeader header = SafetensorsHeader.read(Models.file(path));
    long values = 0;
    ObjectNode metadata = result.putObject("metadata");
    for (var entry : header.metadata().entrySet()) {
      metadata.put(entry.getKey(), entry.getValue());
      output.line("%-28s %s".formatted(entry.getKey(), shorten(entry.getValue())));
    }
    ObjectNode tensors = result.putObject("tensors");
    for (SafetensorsHeader.Entry entry : header.tensors().values()) {
      values += entry.elements();
      tensors
          .putObject(entry.name())
          .put("dtype", entry.dtype().name())
          .put("shape", entry.shape().toString());
      output.line("%-44s %-5s %s".formatted(entry.name(), entry.dtype(), entry.shape()));
    }
    result.put("values", values).put("bytes", header.dataBytes());
    output.line(
        "%,d values in %,d tensors, %,d bytes"
            .formatted(values, header.tensors().size(), header.dataBytes()));
    output.result(result);
    return 0;
  }

  /** What a picture says of how it was made. */
  private void picture(Output output, ObjectNode result) throws IOException {
    Map<String, String> texts = PngText.read(Files.readAllBytes(path), path.toString());
    ObjectNode kept = result.putObject("texts");
    for (Map.Entry<String, String> text : texts.entrySet()) {
      JsonNode recipe =
          text.getKey().equals(SampleCommand.KEYWORD) ? object(text.getValue()) : null;
      if (recipe == null) {
        kept.put(text.getKey(), text.getValue());
        output.line("%-16s %s".formatted(text.getKey(), shorten(text.getValue())));
      } else {
        kept.set(text.getKey(), recipe);
        recipe
            .properties()
            .forEach(
                entry ->
                    output.line("%-16s %s".formatted(entry.getKey(), entry.getValue().asText())));
      }
    }
    if (texts.isEmpty()) {
      output.line(path + " says nothing of how it was made");
    }
    output.result(result);
  }

  private static @Nullable JsonNode object(String text) {
    try {
      JsonNode node = Output.JSON.readTree(text);
      return node != null && node.isObject() ? node : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static String shorten(String text) {
    return text.length() <= 160 ? text : text.substring(0, 157) + "...";
  }
}
