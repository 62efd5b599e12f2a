package dev.semblance.core.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.semblance.core.file.FileProblem;
import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.Architectures;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;

/**
 * A model in one safetensors file: the weights as tensors; architecture, preprocessing and class
 * names as JSON in the metadata. The file alone rebuilds the net.
 */
public final class ModelFile {
  private static final String PREFIX = "semblance.";
  private static final String VERSION = PREFIX + "model";
  private static final String ARCHITECTURE = PREFIX + "architecture";
  private static final String PREPROCESSING = PREFIX + "preprocessing";
  private static final String CLASS_NAMES = PREFIX + "class_names";
  private static final String CURRENT = "1";
  private static final long SLACK = 1 << 20;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(
              LogicalType.Textual,
              names -> {
                names.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                names.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                names.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
              })
          .build();

  private ModelFile() {}

  /**
   * What a model file says about itself; read without libtorch.
   *
   * @param header its tensors
   * @param metadata what else it says
   */
  public record Description(
      SafetensorsHeader header,
      Architecture architecture,
      Preprocessing preprocessing,
      List<String> classNames,
      Map<String, String> metadata) {
    public Description {
      classNames = List.copyOf(classNames);
      metadata = Map.copyOf(metadata);
    }
  }

  /**
   * Writes a net atomically; the same net gives the same bytes.
   *
   * @param metadata more text entries; names beginning with {@code semblance.} are taken
   * @throws IllegalArgumentException for a taken name
   * @throws IOException one line naming file and remedy
   */
  public static void save(
      Path target,
      Net net,
      Preprocessing preprocessing,
      List<String> classNames,
      Map<String, String> metadata)
      throws IOException {
    save(target, net.architecture(), net.weights().all(), preprocessing, classNames, metadata);
  }

  /** As above, with other values for the weights of the architecture, such as their average. */
  public static void save(
      Path target,
      Architecture architecture,
      Map<String, Tensor> weights,
      Preprocessing preprocessing,
      List<String> classNames,
      Map<String, String> metadata)
      throws IOException {
    Map<String, String> texts = new TreeMap<>();
    metadata.forEach(
        (name, text) -> {
          if (name.startsWith(PREFIX)) {
            throw new IllegalArgumentException(
                "metadata name "
                    + name
                    + " is taken; choose one that does not begin with "
                    + PREFIX);
          }
          texts.put(name, text);
        });
    texts.putIfAbsent("format", "pt"); // Other readers take this as: laid out as PyTorch does.
    texts.put(VERSION, CURRENT);
    texts.put(ARCHITECTURE, Architectures.toJson(architecture));
    texts.put(PREPROCESSING, json(preprocessing));
    texts.put(CLASS_NAMES, json(classNames));
    Safetensors.write(target, weights, texts);
  }

  /**
   * Rebuilds the net of a file that {@link #save} wrote, or of a foreign one that {@link
   * Pretrained} knows. The caller closes the model.
   *
   * <p>Names and shapes are compared with the architecture's; memory is taken for few more values
   * than the file holds.
   *
   * @throws IOException one line naming file, place and remedy
   */
  public static Model load(Path file) throws IOException {
    try (SafetensorsFile opened = Safetensors.open(file)) {
      Description description = describe(file, opened.header());
      Net net = build(file, opened, description.architecture());
      return new Model(
          net, description.preprocessing(), description.classNames(), description.metadata());
    }
  }

  /**
   * What {@link #load} would build, without building it and without libtorch.
   *
   * @throws IOException one line naming file, place and remedy
   */
  public static Description describe(Path file) throws IOException {
    return describe(file, SafetensorsHeader.read(file));
  }

  /** True for a file with the metadata that {@link #save} writes. */
  public static boolean isModel(SafetensorsHeader header) {
    return header.metadata().containsKey(VERSION);
  }

  private static Description describe(Path file, SafetensorsHeader header) throws IOException {
    return isModel(header) ? own(file, header) : Pretrained.describe(file, header);
  }

  private static Description own(Path file, SafetensorsHeader header) throws IOException {
    Map<String, String> texts = header.metadata();
    if (!CURRENT.equals(texts.get(VERSION))) {
      throw FileProblem.at(
          file,
          "metadata " + VERSION,
          "must be " + CURRENT + ", got " + FileProblem.quote(text(file, texts, VERSION)),
          "it was written by another version of Semblance; use that one");
    }
    Architecture architecture;
    try {
      architecture = Architectures.fromJson(text(file, texts, ARCHITECTURE));
    } catch (IllegalArgumentException e) {
      throw damaged(file, ARCHITECTURE, String.valueOf(e.getMessage()), e);
    }
    Preprocessing preprocessing = read(file, texts, PREPROCESSING, new TypeReference<>() {});
    List<String> classNames = read(file, texts, CLASS_NAMES, new TypeReference<>() {});
    if (classNames.contains(null)) {
      throw FileProblem.at(
          file, "metadata " + CLASS_NAMES, "a name is null", "save the model again");
    }
    Map<String, String> rest = new TreeMap<>(texts);
    rest.keySet().removeIf(name -> name.startsWith(PREFIX));
    return new Description(header, architecture, preprocessing, classNames, rest);
  }

  private static Net build(Path file, SafetensorsFile opened, Architecture architecture)
      throws IOException {
    // A little more than the file holds, so that a single missing tensor is told by its name.
    long most =
        SLACK
            + opened.header().tensors().values().stream()
                .mapToLong(SafetensorsHeader.Entry::elements)
                .sum();
    Net net = null;
    boolean done = false;
    try (Scope scope = Scope.open()) {
      net = Weights.unfilled(most, () -> architecture.build(0));
      opened.checkAgainst(net.weights().all());
      net.weights().load(opened.tensors());
      done = true;
      return net;
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw FileProblem.at(
          file,
          "architecture",
          String.valueOf(e.getMessage()),
          "use the file that belongs to it",
          e);
    } finally {
      if (!done && net != null) {
        net.close();
      }
    }
  }

  private static String text(Path file, Map<String, String> texts, String name) throws IOException {
    String text = texts.get(name);
    if (text == null) {
      throw FileProblem.at(file, "metadata", name + " is missing", "save the model again");
    }
    return text;
  }

  private static <T> T read(
      Path file, Map<String, String> texts, String name, TypeReference<T> type) throws IOException {
    try {
      T value = JSON.readValue(text(file, texts, name), type);
      if (value == null) {
        throw FileProblem.at(file, "metadata " + name, "is null", "save the model again");
      }
      return value;
    } catch (JsonProcessingException e) {
      Throwable cause = e.getCause() instanceof IllegalArgumentException refused ? refused : null;
      String reason = cause == null ? e.getOriginalMessage() : String.valueOf(cause.getMessage());
      throw damaged(file, name, reason, e);
    }
  }

  private static IOException damaged(Path file, String name, String reason, Throwable cause) {
    String first = reason.lines().findFirst().orElse("unreadable");
    return FileProblem.at(
        file,
        "metadata " + name,
        first.length() > 240 ? first.substring(0, 240) + "..." : first,
        "the file is damaged; save the model again",
        cause);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("no JSON form: " + value, e);
    }
  }
}
