package dev.semblance.core.nn;

import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * What rebuilds a network, apart from its weights: a record that is written as JSON beside them.
 *
 * <p>The JSON has the component values and a {@code type} name; {@link Architectures} knows the
 * names.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public interface Architecture {
  /** A new network with weights drawn from {@code seed}. The caller closes it. */
  Net build(long seed);
}
