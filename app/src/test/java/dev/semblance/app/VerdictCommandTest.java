package dev.semblance.app;

import static dev.semblance.app.Answer.semblance;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command on an untrained net: which figures it tells, and what it refuses. */
class VerdictCommandTest {
  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void save() throws IOException {
    model = folder.resolve("net.safetensors");
    ImageShape shape = new ImageShape(1, 28, 28);
    List<String> names = IntStream.range(0, 10).mapToObj(Integer::toString).toList();
    try (Net net = new Mlp.Config(784, List.of(16), 10).build(1)) {
      ModelFile.save(model, net, Preprocessing.of(shape), names, Map.of());
    }
  }

  private static Answer verdict(String... more) {
    return semblance(
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(
                    "verdict", model.toString(), "--data", "strokes", "--quick"),
                java.util.stream.Stream.of(more))
            .toArray(String[]::new));
  }

  @Test
  void anUntrainedNetFallsAndThatIsSound() throws IOException {
    Answer answer = verdict("--eps", "0.3", "--n", "40", "--json");
    assertThat(answer.code()).isZero();
    JsonNode node = Output.JSON.readTree(answer.out());
    assertThat(node.path("verdict").asText()).isEqualTo("SOUND");
    assertThat(node.path("robust_accuracy").asDouble()).isZero();
    assertThat(node.path("clean_accuracy").asDouble()).isPositive();
    assertThat(node.path("checks")).hasSize(15);
    assertThat(node.path("claim").asText()).isEqualTo("standard");
    assertThat(node.path("robust_accuracy_ci")).hasSize(2);
    assertThat(node.path("backwards").asLong()).isPositive();
  }

  @Test
  void aTinyRadiusClaimedByOneStepIsSuspect() throws IOException {
    Answer answer = verdict("--eps", "1/2550", "--claim", "fgsm", "--n", "40", "--json");
    JsonNode node = Output.JSON.readTree(answer.out());
    assertThat(node.path("claimed_accuracy").asDouble()).isPositive();
    assertThat(node.path("verdict").asText()).isEqualTo("SUSPECT");
    assertThat(node.path("reasons")).isNotEmpty();
  }

  @Test
  void wrongUseIsOneLine() {
    assertThat(verdict("--eps", "0").err()).contains("--eps must be above 0");
    assertThat(verdict("--eps", "0.1", "--n", "0").err()).contains("--n must be >= 1, got 0");
    assertThat(verdict("--eps", "0.1", "--certified", "2").err())
        .contains("--certified must be in 0..1, got 2.0");
    Answer unknown = verdict("--eps", "0.1", "--claim", "magic");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err()).contains("--claim must be one of");
  }
}
