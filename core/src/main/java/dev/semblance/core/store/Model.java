package dev.semblance.core.store;

import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A net with everything needed to use it.
 *
 * @param net is closed with this model
 * @param preprocessing of the images it takes
 * @param classNames of the classes it was trained on, in label order; may be empty for an embedder
 * @param metadata what else the file says
 */
public record Model(
    Net net, Preprocessing preprocessing, List<String> classNames, Map<String, String> metadata)
    implements AutoCloseable {
  public Model {
    classNames = List.copyOf(classNames);
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  @Override
  public void close() {
    net.close();
  }
}
