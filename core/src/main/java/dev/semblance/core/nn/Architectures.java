package dev.semblance.core.nn;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/**
 * The architectures by the name they have in files.
 *
 * <p>A module names its architectures by {@link ArchitectureNames}; one of a program's own is
 * registered once, before the first file that names it is read.
 */
public final class Architectures {
  private static final int DEEPEST = 32;
  private static final Map<String, Class<? extends Architecture>> BY_NAME = new TreeMap<>();
  // Strict: a file that says less, more or other than the record has is damaged, not to be guessed.
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  static {
    register("conv-encoder", ConvEncoder.Config.class);
    register("mlp", Mlp.Config.class);
    register("embedder", Embedder.Config.class);
    register("lenet", LeNet.Config.class);
    register("resnet", ResNet.Config.class);
    register("small-cnn", SmallCnn.Config.class);
    register("strided-cnn", StridedCnn.Config.class);
    register("squeezenet", SqueezeNet.Config.class);
    for (ArchitectureNames module : ServiceLoader.load(ArchitectureNames.class)) {
      module.names().forEach(Architectures::register);
    }
  }

  private Architectures() {}

  /** Makes {@code type} known under {@code name}; a second type under one name is refused. */
  public static synchronized void register(String name, Class<? extends Architecture> type) {
    Class<? extends Architecture> before = BY_NAME.putIfAbsent(name, type);
    if (before != null && before != type) {
      throw new IllegalStateException(
          "architecture " + name + " is " + before.getName() + " already, got " + type.getName());
    }
    JSON.registerSubtypes(new NamedType(type, name));
  }

  /** One line of JSON with the component values and the {@code type} name. */
  public static String toJson(Architecture architecture) {
    try {
      return JSON.writerFor(Architecture.class).writeValueAsString(architecture);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "architecture " + architecture + " has no JSON form: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * The architecture that {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException in one line, for an unknown type or values that its record
   *     refuses
   */
  public static Architecture fromJson(String json) {
    try {
      Architecture architecture = JSON.readValue(json, Architecture.class);
      if (architecture == null) {
        throw new IllegalArgumentException("architecture is null");
      }
      return architecture;
    } catch (InvalidTypeIdException e) {
      throw new IllegalArgumentException(
          "architecture type must be one of " + BY_NAME.keySet() + ", got " + e.getTypeId(), e);
    } catch (JsonProcessingException e) {
      Throwable root = e.getCause() == null ? e : e.getCause();
      String reason = e == root ? e.getOriginalMessage() : String.valueOf(root.getMessage());
      throw new IllegalArgumentException(
          "architecture is not readable: "
              + place(e)
              + reason.lines().findFirst().orElse("empty").replaceFirst(" \\(.*", ""),
          e);
    }
  }

  /** The name of the component that could not be read, where it is known. */
  private static String place(JsonProcessingException e) {
    return e instanceof JsonMappingException mapping
            && !mapping.getPath().isEmpty()
            && mapping.getPath().getLast().getFieldName() != null
        ? mapping.getPath().getLast().getFieldName() + ": "
        : "";
  }
}
