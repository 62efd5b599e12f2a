package dev.semblance.core.train;

import dev.semblance.core.store.Safetensors;
import dev.semblance.core.store.SafetensorsFile;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The state of a run in one file: every tensor of the learner, and where the loop stands. Written
 * beside, fsynced, renamed: a kill at any instant leaves the previous one whole.
 *
 * @param file a safetensors file
 */
public record Checkpoint(Path file) {
  private static final String STEP = "semblance.step";
  private static final String BEST = "semblance.best";
  private static final String BEST_STEP = "semblance.best_step";
  private static final String STALE = "semblance.stale";
  private static final String SECONDS = "semblance.seconds";
  private static final String FINISHED = "semblance.finished";

  /**
   * Where the loop stands.
   *
   * @param step the next step to take
   * @param best the best first validation metric so far; negative infinity before the first
   * @param bestStep when it was seen
   * @param stale validations since then
   * @param seconds of training so far, over all sessions
   * @param finished whether the run has ended
   */
  public record Position(
      long step, double best, long bestStep, int stale, double seconds, boolean finished) {
    /** Before the first step. */
    public static Position start() {
      return new Position(0, Double.NEGATIVE_INFINITY, -1, 0, 0, false);
    }
  }

  /** Whether there is one. */
  public boolean exists() {
    return Files.isRegularFile(file);
  }

  /** Replaces the file. */
  public void save(Position position, Map<String, Tensor> state) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(STEP, Long.toString(position.step));
    metadata.put(BEST, Double.toString(position.best));
    metadata.put(BEST_STEP, Long.toString(position.bestStep));
    metadata.put(STALE, Integer.toString(position.stale));
    metadata.put(SECONDS, Double.toString(position.seconds));
    metadata.put(FINISHED, Boolean.toString(position.finished));
    Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    Safetensors.write(file, state, metadata);
  }

  /**
   * Copies the file's tensors into {@code state}, of which nothing changes if they do not fit.
   *
   * @return where the run stood
   */
  public Position restore(Map<String, Tensor> state) throws IOException {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard();
        SafetensorsFile saved = Safetensors.open(file)) {
      Map<String, Tensor> values = saved.tensors();
      for (Map.Entry<String, Tensor> entry : state.entrySet()) {
        Tensor value = values.get(entry.getKey());
        if (value == null || !Arrays.equals(value.shape(), entry.getValue().shape())) {
          throw new IOException(
              file
                  + ": tensor "
                  + entry.getKey()
                  + " must be "
                  + Shapes.of(entry.getValue())
                  + ", got "
                  + (value == null ? "none" : Shapes.of(value))
                  + "; the checkpoint belongs to another configuration, train into a new folder");
        }
      }
      Map<String, String> metadata = saved.metadata();
      Position position;
      try {
        position =
            new Position(
                Long.parseLong(text(metadata, STEP)),
                Double.parseDouble(text(metadata, BEST)),
                Long.parseLong(text(metadata, BEST_STEP)),
                Integer.parseInt(text(metadata, STALE)),
                Double.parseDouble(text(metadata, SECONDS)),
                Boolean.parseBoolean(text(metadata, FINISHED)));
      } catch (NumberFormatException e) {
        throw new IOException(
            file + ": not a checkpoint of ours (" + e.getMessage() + "); train into a new folder",
            e);
      }
      state.forEach((name, tensor) -> tensor.copy_(Objects.requireNonNull(values.get(name))));
      return position;
    }
  }

  private static String text(Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new NumberFormatException(key + " is missing");
    }
    return value;
  }
}
