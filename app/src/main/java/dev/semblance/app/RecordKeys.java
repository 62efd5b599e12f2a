package dev.semblance.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A record of numbers, truth values, texts and enums as keys of {@code --set} and back: its
 * components in snake_case, enums by their names in lower case with hyphens.
 *
 * <p>Only the record's own components are looked at: its methods speak of tensors, and asking for
 * them would load libtorch's classes.
 */
final class RecordKeys {
  private static final PropertyNamingStrategies.SnakeCaseStrategy SNAKE_CASE =
      new PropertyNamingStrategies.SnakeCaseStrategy();

  private RecordKeys() {}

  /** The components of {@code record} by their keys. */
  static ObjectNode write(Object record) {
    ObjectNode node = Output.object();
    for (RecordComponent component : components(record)) {
      String key = key(component);
      switch (value(component, record)) {
        case Integer number -> node.put(key, number);
        case Long number -> node.put(key, number);
        case Double number -> node.put(key, number);
        case Boolean truth -> node.put(key, truth);
        case String text -> node.put(key, text);
        case Enum<?> choice -> node.put(key, name(choice));
        case Object other ->
            throw new IllegalStateException(
                key + " must be a number, a truth value, a text or an enum, got " + other);
      }
    }
    return node;
  }

  /** A record of the type of {@code like} with the values of {@code node}. */
  static <R> R read(ObjectNode node, R like) {
    RecordComponent[] components = components(like);
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      String key = key(components[i]);
      values[i] = value(key, node.path(key), components[i].getType());
    }
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      @SuppressWarnings("unchecked") // the class of an R
      Constructor<R> constructor = (Constructor<R>) like.getClass().getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw Problem.usage(byKeys(String.valueOf(refused.getMessage()), components));
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The message with components called by their keys. */
  private static String byKeys(String message, RecordComponent... components) {
    String named = message;
    for (RecordComponent component : components) {
      named = named.replaceAll("\\b" + component.getName() + "\\b", key(component));
    }
    return named;
  }

  private static Object value(String key, JsonNode value, Class<?> type) {
    if (type.isEnum()) {
      List<String> known =
          Arrays.stream(type.getEnumConstants()).map(choice -> name((Enum<?>) choice)).toList();
      int at = known.indexOf(value.asText());
      if (at < 0) {
        throw Problem.usage(Nearest.message("value of " + key, value.asText(), known));
      }
      return type.getEnumConstants()[at];
    }
    if (type == int.class) {
      if (!value.canConvertToInt()) {
        throw Problem.usage(key + " must be a whole number of 32 bits, got " + value.asText());
      }
      return value.asInt();
    }
    if (type == long.class) {
      return value.asLong();
    }
    if (type == double.class) {
      return value.asDouble();
    }
    return type == boolean.class ? (Object) value.asBoolean() : value.asText();
  }

  private static RecordComponent[] components(Object record) {
    RecordComponent[] components = record.getClass().getRecordComponents();
    if (components == null) {
      throw new IllegalStateException("must be a record, got " + record.getClass().getName());
    }
    return components;
  }

  private static Object value(RecordComponent component, Object record) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String key(RecordComponent component) {
    return SNAKE_CASE.translate(component.getName());
  }

  private static String name(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
