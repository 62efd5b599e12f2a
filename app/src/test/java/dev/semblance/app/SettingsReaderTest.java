package dev.semblance.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
  private static final Recipe TRIPLET = Recipe.named("triplet");
  @TempDir Path folder;

  private Path yaml(String text) throws IOException {
    return Files.writeString(folder.resolve("f.yaml"), text);
  }

  @Test
  void the_command_line_wins_over_the_file_and_the_file_over_the_defaults() throws IOException {
    Path file = yaml("epochs: 3\nrate: 0.01\nmargin: 0.5\n");
    SettingsReader.Configuration read = SettingsReader.read(TRIPLET, file, List.of("rate=0.02"));
    assertThat(read.common().epochs()).isEqualTo(3);
    assertThat(read.common().rate()).isEqualTo(0.02);
    assertThat(read.common().dimension()).isEqualTo(64);
    assertThat(((LossSettings.Triplet) read.loss()).margin()).isEqualTo(0.5);
  }

  @Test
  void every_recipe_survives_being_written_and_read() {
    for (Recipe recipe : Recipe.all()) {
      SettingsReader.Configuration defaults =
          new SettingsReader.Configuration(recipe.common(), recipe.loss());
      assertThat(SettingsReader.restore(recipe, defaults.flat())).isEqualTo(defaults);
    }
  }

  @Test
  void every_key_takes_effect() throws IOException {
    ObjectNode flat = new SettingsReader.Configuration(TRIPLET.common(), TRIPLET.loss()).flat();
    for (var entry : flat.properties()) {
      JsonNode value = entry.getValue();
      String changed =
          switch (entry.getKey()) {
            case "sampler" -> "shuffled";
            case "optimizer" -> "sgd";
            case "schedule" -> "steps";
            case "net" -> "resnet";
            case "init" -> "file.safetensors";
            case "freeze" -> "none";
            case "measure", "distance" -> "euclidean";
            case "selection" -> "hard";
            case "reduction" -> "sum";
            default ->
                value.isBoolean()
                    ? String.valueOf(!value.asBoolean())
                    : value.isIntegralNumber()
                        ? String.valueOf(value.asInt() + 3)
                        : String.valueOf(value.asDouble() / 2 + 0.125);
          };
      ObjectNode after =
          SettingsReader.read(TRIPLET, null, List.of(entry.getKey() + "=" + changed)).flat();
      assertThat(after.get(entry.getKey()).asText()).as(entry.getKey()).isEqualTo(changed);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "epcohs=3 | unknown key epcohs; did you mean epochs?",
        "margni=0.1 | did you mean margin?",
        "epochs=many | epochs must be a number, got many",
        "epochs=-1 | epochs must be > 0 and finite, got -1.0",
        "epochs=NaN | epochs must be > 0",
        "batch=2.5 | batch must be a whole number, got 2.5",
        "normalize=yes | normalize must be true or false, got yes",
        "optimizer=adan | unknown value of optimizer adan; did you mean adam?",
        "rate | --set needs key=value, got rate",
        "=3 | --set needs key=value",
        "freeze=backbone | freeze backbone needs init",
      })
  void a_bad_setting_is_one_line(String setting, String message) {
    assertThatThrownBy(() -> SettingsReader.read(TRIPLET, null, List.of(setting)))
        .isInstanceOf(Problem.class)
        .hasMessageContaining(message)
        .satisfies(error -> assertThat(error.getMessage().lines()).hasSize(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | got nothing",
        "'- a\\n- b' | must hold lines of key: value",
        "'epochs: [1, 2' | not readable as YAML",
        "'epochs: 3\\nepochs: 4' | not readable as YAML",
        "'epochs:\\n  deep: 1' | epochs must be a number",
        "'epochs: *b' | epochs must be a number, got b",
        "'nope: 1' | unknown key nope",
        "'epochs: null' | epochs must be a number",
        "'\\t- x' | not readable as YAML",
      })
  void a_damaged_file_is_one_line_with_its_name(String text, String message) throws IOException {
    Path file = yaml(text.replace("\\n", "\n").replace("\\t", "\t"));
    assertThatThrownBy(() -> SettingsReader.read(TRIPLET, file, List.of()))
        .isInstanceOf(Problem.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message)
        .satisfies(error -> assertThat(error.getMessage().lines()).hasSize(1));
  }

  @Test
  void hostile_files_are_refused() throws IOException {
    Path bytes = folder.resolve("bytes.yaml");
    Files.write(bytes, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1, 2});
    assertThatThrownBy(() -> SettingsReader.read(TRIPLET, bytes, List.of()))
        .hasMessageContaining(bytes.toString());
    Path large = folder.resolve("large.yaml");
    Files.write(large, new byte[2 << 20]);
    assertThatThrownBy(() -> SettingsReader.read(TRIPLET, large, List.of()))
        .hasMessageContaining("too large");
    StringBuilder bomb = new StringBuilder("a: &a [x,x,x,x,x,x,x,x,x]\n");
    for (char c = 'b'; c < 'j'; c++) {
      bomb.append(c).append(": &").append(c).append(" [");
      bomb.append(("*" + (char) (c - 1) + ",").repeat(8))
          .append('*')
          .append((char) (c - 1))
          .append("]\n");
    }
    Path laughs =
        Files.write(folder.resolve("bomb.yaml"), bomb.toString().getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> SettingsReader.read(TRIPLET, laughs, List.of()))
        .hasMessageContaining(laughs.toString());
    Path deep = Files.writeString(folder.resolve("deep.yaml"), "epochs: " + "[".repeat(10_000));
    assertThatThrownBy(() -> SettingsReader.read(TRIPLET, deep, List.of()))
        .hasMessageContaining(deep.toString());
    assertThatThrownBy(() -> SettingsReader.read(TRIPLET, folder.resolve("none.yaml"), List.of()))
        .hasMessageContaining("no such file");
  }
}
