package dev.semblance.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What verdicts are for, on digits and nets of {@code harden} that train in a minute: a figure by
 * one step is not to be believed, nor one by projected gradients in another norm than the net was
 * trained for; an honest one is.
 */
@NeedsData
class VerdictFixturesTest {
  @TempDir static Path folder;
  private static Path bent;
  private static Path robust;

  private static JsonNode told(List<String> words) throws IOException {
    Answer answer = Answer.semblance(words);
    assertThat(answer.code()).as(answer.err()).isZero();
    return answer.json();
  }

  private static Path harden(String name, String defence, String radius, String... settings)
      throws IOException {
    Path run = folder.resolve(name);
    List<String> words =
        new ArrayList<>(
            List.of("harden", "strided-cnn", "--data", "mnist", "--defence", defence, "--json"));
    words.addAll(List.of("--eps", radius, "--out", run.toString()));
    for (String setting : settings) {
      words.addAll(List.of("--set", setting));
    }
    for (String setting : List.of("schedule=cyclic", "hold_out=200", "evaluate_every=0")) {
      words.addAll(List.of("--set", setting));
    }
    told(words);
    return run;
  }

  @BeforeAll
  static void train() throws IOException {
    bent = harden("bent", "fgsm", "0.3", "max_steps=700", "clean_share=0", "rate=5e-3");
    robust = harden("robust", "pgd", "0.1", "max_steps=500", "steps=5", "rate=4e-3", "ramp=150");
  }

  private static JsonNode verdict(Path model, String... more) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of("verdict", model.toString(), "--data", "mnist", "--quick", "--json"));
    words.addAll(List.of(more));
    return told(words);
  }

  private static List<Integer> suspicions(JsonNode verdict) {
    return StreamSupport.stream(verdict.path("checks").spliterator(), false)
        .filter(check -> check.path("grade").asText().equals("suspect"))
        .map(check -> check.path("check").asInt())
        .toList();
  }

  @Test
  void aNetTrainedOnSingleStepsIsSuspectBySingleSteps() throws IOException {
    JsonNode claimed = verdict(bent, "--eps", "0.3", "--n", "60", "--claim", "fgsm");
    assertThat(claimed.path("fgsm_accuracy").asDouble()).isGreaterThan(0.4);
    assertThat(claimed.path("robust_accuracy").asDouble()).isLessThan(0.05);
    assertThat(claimed.path("verdict").asText()).isEqualTo("SUSPECT");
    assertThat(suspicions(claimed)).contains(10, 13);
    JsonNode unclaimed = verdict(bent, "--eps", "0.3", "--n", "60");
    assertThat(unclaimed.path("verdict").asText()).isEqualTo("SUSPECT");
  }

  @Test
  void aNetTrainedOnProjectedGradientsIsSound() throws IOException {
    JsonNode node = verdict(robust, "--eps", "0.1", "--n", "50");
    assertThat(node.path("verdict").asText())
        .as(node.path("reasons").toString())
        .isEqualTo("SOUND");
    assertThat(node.path("robust_accuracy").asDouble()).isGreaterThan(0.75);
  }

  @Test
  void itsFigureInAnotherNormIsSuspectWhereOnlyProjectedGradientsWereRun() throws IOException {
    JsonNode node = verdict(robust, "--ball", "l2", "--eps", "2", "--n", "50", "--claim", "pgd");
    assertThat(node.path("verdict").asText()).isEqualTo("SUSPECT");
    assertThat(suspicions(node)).containsAnyOf(11, 12, 13);
    assertThat(node.path("robust_accuracy").asDouble())
        .isLessThan(node.path("claimed_accuracy").asDouble());
  }
}
