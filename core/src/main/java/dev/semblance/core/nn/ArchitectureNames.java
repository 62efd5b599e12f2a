package dev.semblance.core.nn;

import java.util.Map;

/**
 * The architectures of a module by the name they have in files. A module provides one as a service
 * ({@link java.util.ServiceLoader}), so that a file of its nets is read wherever it is on the class
 * path.
 */
public interface ArchitectureNames {
  /** Each type once. */
  Map<String, Class<? extends Architecture>> names();
}
