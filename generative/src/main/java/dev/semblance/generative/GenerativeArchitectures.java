package dev.semblance.generative;

import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.ArchitectureNames;
import java.util.Map;
import java.util.TreeMap;

/** The architectures of this module. */
public final class GenerativeArchitectures implements ArchitectureNames {
  @Override
  public Map<String, Class<? extends Architecture>> names() {
    Map<String, Class<? extends Architecture>> names = new TreeMap<>();
    return names;
  }
}
