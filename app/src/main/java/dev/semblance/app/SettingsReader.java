package dev.semblance.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.semblance.generative.Family;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * Settings from defaults, a YAML file and {@code --set key=value}, in this order; unknown keys are
 * refused.
 */
final class SettingsReader {
  private static final long LARGEST_FILE = 1 << 20;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS) // a defence without settings
          .build();

  private SettingsReader() {}

  /** Everything a training is configured by. */
  record Configuration(Settings common, LossSettings loss) {
    /** All keys and values in one flat object. */
    ObjectNode flat() {
      ObjectNode all = JSON.valueToTree(common);
      all.setAll((ObjectNode) JSON.valueToTree(loss));
      return all;
    }
  }

  /** Everything that an adversarial training is configured by. */
  record Hardening(HardenSettings common, DefenceSettings defence) {
    /** All keys and values in one flat object. */
    ObjectNode flat() {
      ObjectNode all = JSON.valueToTree(common);
      all.setAll((ObjectNode) JSON.valueToTree(defence));
      return all;
    }
  }

  /** Everything that the training of a generative model is configured by. */
  record Generation(GenerativeSettings common, Family<?> family) {
    /** All keys and values in one flat object. */
    ObjectNode flat() {
      ObjectNode all = JSON.valueToTree(common);
      all.setAll(RecordKeys.write(family));
      return all;
    }
  }

  /** The configuration of {@code recipe} with the given changes. */
  static Configuration read(Recipe recipe, @Nullable Path file, List<String> changes)
      throws IOException {
    ObjectNode common = JSON.valueToTree(recipe.common());
    ObjectNode loss = JSON.valueToTree(recipe.loss());
    change(common, loss, file, changes);
    return new Configuration(
        convert(common, Settings.class), convert(loss, recipe.loss().getClass()));
  }

  /** A hardening with the given changes. */
  static Hardening read(Hardening defaults, @Nullable Path file, List<String> changes)
      throws IOException {
    ObjectNode common = JSON.valueToTree(defaults.common());
    ObjectNode defence = JSON.valueToTree(defaults.defence());
    change(common, defence, file, changes);
    return new Hardening(
        convert(common, HardenSettings.class), convert(defence, defaults.defence().getClass()));
  }

  /** The configuration of {@code recipe} with the given changes. */
  static Generation read(GenerativeRecipe recipe, @Nullable Path file, List<String> changes)
      throws IOException {
    ObjectNode common = JSON.valueToTree(recipe.common());
    ObjectNode family = RecordKeys.write(recipe.family());
    change(common, family, file, changes);
    return new Generation(
        convert(common, GenerativeSettings.class), RecordKeys.read(family, recipe.family()));
  }

  /** Puts the values of the file and then those of {@code --set} where they belong. */
  private static void change(
      ObjectNode common, ObjectNode special, @Nullable Path file, List<String> changes)
      throws IOException {
    if (file != null) {
      JsonNode root = yaml(file);
      for (Map.Entry<String, JsonNode> entry : root.properties()) {
        put(common, special, entry.getKey(), entry.getValue(), file + ": ");
      }
    }
    for (String change : changes) {
      int equals = change.indexOf('=');
      if (equals < 1) {
        throw Problem.usage("--set needs key=value, got " + change);
      }
      String key = change.substring(0, equals).strip();
      put(common, special, key, scalar(change.substring(equals + 1).strip()), "--set ");
    }
  }

  /** The configuration that {@link Configuration#flat} wrote. */
  static Configuration restore(Recipe recipe, ObjectNode flat) {
    ObjectNode common = JSON.valueToTree(recipe.common());
    ObjectNode loss = JSON.valueToTree(recipe.loss());
    for (Map.Entry<String, JsonNode> entry : flat.properties()) {
      put(common, loss, entry.getKey(), entry.getValue(), "run.json: ");
    }
    return new Configuration(
        convert(common, Settings.class), convert(loss, recipe.loss().getClass()));
  }

  /** The configuration that {@link Generation#flat} wrote. */
  static Generation restore(GenerativeRecipe recipe, ObjectNode flat) {
    ObjectNode common = JSON.valueToTree(recipe.common());
    ObjectNode family = RecordKeys.write(recipe.family());
    for (Map.Entry<String, JsonNode> entry : flat.properties()) {
      put(common, family, entry.getKey(), entry.getValue(), "run.json: ");
    }
    return new Generation(
        convert(common, GenerativeSettings.class), RecordKeys.read(family, recipe.family()));
  }

  /** What {@code settings} has otherwise than {@code defaults}, as {@code key=value}. */
  static List<String> changes(ObjectNode defaults, ObjectNode settings) {
    return settings.properties().stream()
        .filter(entry -> !entry.getValue().equals(defaults.get(entry.getKey())))
        .map(entry -> entry.getKey() + "=" + entry.getValue().asText())
        .toList();
  }

  /** A copy with some values replaced: key, value, key, value ... */
  static Settings changed(Settings settings, Object... pairs) {
    return replaced(settings, Settings.class, pairs);
  }

  /** A copy with some values replaced: key, value, key, value ... */
  static GenerativeSettings changed(GenerativeSettings settings, Object... pairs) {
    return replaced(settings, GenerativeSettings.class, pairs);
  }

  /** A copy with some values replaced: key, value, key, value ... */
  static HardenSettings changed(HardenSettings settings, Object... pairs) {
    return replaced(settings, HardenSettings.class, pairs);
  }

  private static <T> T replaced(T settings, Class<T> type, Object... pairs) {
    ObjectNode node = JSON.valueToTree(settings);
    for (int i = 0; i < pairs.length; i += 2) {
      node.set((String) pairs[i], JSON.valueToTree(pairs[i + 1]));
    }
    return convert(node, type);
  }

  private static JsonNode yaml(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw Problem.usage("--config " + file + ": no such file");
    }
    if (Files.size(file) > LARGEST_FILE) {
      throw Problem.failure(
          file
              + ": "
              + Files.size(file)
              + " bytes is too large for settings; at most "
              + LARGEST_FILE);
    }
    LoaderOptions limits = new LoaderOptions();
    limits.setMaxAliasesForCollections(10);
    limits.setNestingDepthLimit(20);
    limits.setAllowDuplicateKeys(false);
    YAMLMapper mapper = new YAMLMapper(YAMLFactory.builder().loaderOptions(limits).build());
    JsonNode root;
    try {
      root = mapper.readTree(Files.readString(file, StandardCharsets.UTF_8));
    } catch (JsonProcessingException | java.nio.charset.CharacterCodingException e) {
      String place =
          e instanceof JsonProcessingException json && json.getLocation() != null
              ? ", line " + json.getLocation().getLineNr()
              : "";
      throw Problem.failure(
          file
              + place
              + ": not readable as YAML ("
              + firstLine(e)
              + "); write lines of key: value");
    }
    if (root == null || !root.isObject()) {
      throw Problem.failure(file + ": must hold lines of key: value, got " + kind(root));
    }
    return root;
  }

  private static String kind(@Nullable JsonNode node) {
    return node == null || node.isMissingNode()
        ? "nothing"
        : node.getNodeType().toString().toLowerCase(java.util.Locale.ROOT);
  }

  private static String firstLine(Throwable error) {
    String text =
        String.valueOf(
            error instanceof JsonProcessingException json
                ? json.getOriginalMessage()
                : error.getMessage());
    return text.lines().findFirst().orElse("damaged").strip();
  }

  /** What a value on the command line means: a number, a truth value or text. */
  private static JsonNode scalar(String text) {
    if (text.equals("true") || text.equals("false")) {
      return JSON.getNodeFactory().booleanNode(Boolean.parseBoolean(text));
    }
    try {
      return JSON.getNodeFactory().numberNode(Long.parseLong(text));
    } catch (NumberFormatException notWhole) {
      try {
        return JSON.getNodeFactory().numberNode(Double.parseDouble(text));
      } catch (NumberFormatException notNumber) {
        return JSON.getNodeFactory().textNode(text);
      }
    }
  }

  private static void put(
      ObjectNode common, ObjectNode special, String key, JsonNode value, String where) {
    ObjectNode target = special.has(key) ? special : common;
    JsonNode present = target.get(key);
    if (present == null) {
      List<String> known = new ArrayList<>();
      special.fieldNames().forEachRemaining(known::add);
      common.fieldNames().forEachRemaining(known::add);
      throw Problem.usage(where + Nearest.message("key", key, known));
    }
    String expected = expectation(present, value);
    if (expected != null) {
      throw Problem.usage(
          where + key + " must be " + expected + ", got " + value.asText(value.toString()));
    }
    target.set(key, likePresent(present, value));
  }

  /** The value in the type of the one it replaces, which the next change is compared with. */
  private static JsonNode likePresent(JsonNode present, JsonNode value) {
    if (present.isTextual() && value.isValueNode()) {
      return JSON.getNodeFactory().textNode(value.asText());
    }
    return present.isFloatingPointNumber()
        ? JSON.getNodeFactory().numberNode(value.asDouble())
        : value;
  }

  private static @Nullable String expectation(JsonNode present, JsonNode value) {
    if (present.isTextual()) {
      return value.isValueNode() ? null : "text";
    }
    if (present.isBoolean()) {
      return value.isBoolean() ? null : "true or false";
    }
    if (present.isIntegralNumber()) {
      return value.isIntegralNumber() ? null : "a whole number";
    }
    return value.isNumber() ? null : "a number";
  }

  private static <T> T convert(ObjectNode node, Class<T> type) {
    try {
      return JSON.treeToValue(node, type);
    } catch (JsonMappingException e) {
      Throwable root = e.getCause() instanceof IllegalArgumentException cause ? cause : e;
      throw Problem.usage(firstLine(root));
    } catch (JsonProcessingException e) {
      throw Problem.usage(firstLine(e));
    }
  }
}
