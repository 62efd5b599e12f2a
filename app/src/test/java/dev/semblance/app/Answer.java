package dev.semblance.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** What a command line answers: exit code, standard output and standard error. */
record Answer(int code, String out, String err) {
  /** Runs a command line in this process. */
  static Answer semblance(Object... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Stream.of(words).map(Object::toString).toArray(String[]::new));
    return new Answer(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  static Answer semblance(List<String> words) {
    return semblance(words.toArray());
  }

  /** The one line of standard output. */
  JsonNode json() throws IOException {
    assertThat(out.lines()).as("one line on standard output; %s", err).hasSize(1);
    return Output.JSON.readTree(out);
  }
}
