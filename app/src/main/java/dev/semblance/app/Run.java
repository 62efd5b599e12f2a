package dev.semblance.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.file.Atomic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The folder of a training: everything needed to read it, use it and run it again. */
record Run(Path folder) {
  Path description() {
    return folder.resolve("run.json");
  }

  Path metrics() {
    return folder.resolve("metrics.jsonl");
  }

  /** TensorBoard's event file; it knows one by its name. */
  Path events() {
    return folder.resolve("events.out.tfevents.0.semblance");
  }

  Path model() {
    return folder.resolve("model.safetensors");
  }

  /** The weights at the end of a hardening, whose {@link #model} is the most robust one seen. */
  Path last() {
    return folder.resolve("last.safetensors");
  }

  /** The most robust weights so far of a hardening that has not ended. */
  Path best() {
    return folder.resolve("best.safetensors");
  }

  /** Sheets of what a generative model makes, one for each step that was looked at. */
  Path samples() {
    return folder.resolve("samples");
  }

  Path checkpoints() {
    return folder.resolve("checkpoint");
  }

  Path report() {
    return folder.resolve("report");
  }

  Path reportPage() {
    return report().resolve("index.html");
  }

  boolean exists() {
    return Files.isRegularFile(description());
  }

  /** A run to train: a new one, or where it is to go on one that may have begun. */
  static Run toTrain(Path folder, boolean resume) {
    Run run = new Run(folder);
    if (run.exists() && !resume) {
      throw Problem.usage(
          folder + ": holds a run already; go on with it by --resume, or name another folder");
    }
    return run;
  }

  /** The run in {@code folder}; one line if there is none. */
  static Run open(Path folder) {
    Run run = new Run(folder);
    if (!run.exists()) {
      throw Problem.failure(
          folder
              + (Files.isDirectory(folder) ? " holds no run.json" : ": no such folder")
              + "; name the folder that train --out wrote");
    }
    return run;
  }

  void describe(ObjectNode description) throws IOException {
    Files.createDirectories(folder);
    Atomic.text(
        description(),
        Output.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(description) + "\n");
  }

  ObjectNode readDescription() throws IOException {
    JsonNode node;
    try {
      node = Output.JSON.readTree(Files.readString(description()));
    } catch (JsonProcessingException e) {
      throw new IOException(
          description()
              + ": not readable as JSON ("
              + e.getOriginalMessage()
              + "); train into a new folder",
          e);
    }
    if (!(node instanceof ObjectNode object)
        || !object.path("recipe").isTextual()
        || !object.path("settings").isObject()) {
      throw new IOException(
          description() + ": names no recipe and settings; train into a new folder");
    }
    return object;
  }

  /**
   * A run goes on as it began, or not at all.
   *
   * @param now the description that the run would get if it began now
   * @param keys that must say the same as they did then
   * @param objects whose every key must
   */
  void refuseOther(ObjectNode now, List<String> keys, List<String> objects) throws IOException {
    ObjectNode before = readDescription();
    for (String key : keys) {
      refuseOther(key, before.path(key), now.path(key));
    }
    for (String object : objects) {
      for (Map.Entry<String, JsonNode> setting : now.path(object).properties()) {
        refuseOther(
            setting.getKey(), before.path(object).path(setting.getKey()), setting.getValue());
      }
    }
  }

  private void refuseOther(String key, JsonNode before, JsonNode now) {
    // By their text: a number reads back as another node type.
    if (!before.asText().equals(now.asText())) {
      throw Problem.usage(
          "%s: was begun with %s %s, got %s; resume with the same, or name another folder"
              .formatted(
                  folder, key, before.isMissingNode() ? "unset" : before.asText(), now.asText()));
    }
  }

  /** The part of the command line that reproduces the run. */
  static String quote(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
