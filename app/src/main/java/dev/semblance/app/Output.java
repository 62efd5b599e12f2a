package dev.semblance.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;

/**
 * Where a command writes: results to standard output, progress and log to standard error. With
 * {@code --json} standard output gets one JSON object and nothing else.
 */
final class Output {
  static final JsonMapper JSON = JsonMapper.builder().build();

  private final PrintStream out;
  private final PrintStream err;
  private final boolean json;

  Output(PrintStream out, PrintStream err, boolean json) {
    this.out = out;
    this.err = err;
    this.json = json;
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  boolean json() {
    return json;
  }

  /** A line of the result for people; silent with {@code --json}. */
  void line(String text) {
    if (!json) {
      out.println(text);
    }
  }

  /** A line about what is being done. */
  void log(String text) {
    err.println(text);
  }

  PrintStream err() {
    return err;
  }

  /** The result as one JSON object on one line; only with {@code --json}. */
  void result(ObjectNode object) {
    if (json) {
      try {
        out.println(JSON.writeValueAsString(object));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
