package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where data sets stand: the folder named by {@code SEMBLANCE_DATA}, or else {@code
 * ../shared/data}, {@code ../../shared/data} and the user's cache, in this order.
 *
 * <p>Touches no native library.
 *
 * @param folders the folders to look in, first match wins
 * @param named true if {@code SEMBLANCE_DATA} names the one folder
 */
public record DataHome(List<Path> folders, boolean named) {
  /** The environment variable that names the folder. */
  public static final String VARIABLE = "SEMBLANCE_DATA";

  public DataHome {
    folders = List.copyOf(folders);
  }

  /** The places of this process. */
  public static DataHome current() {
    return of(
        System.getenv(), Path.of("").toAbsolutePath(), Path.of(System.getProperty("user.home")));
  }

  /** The places that follow from an environment, a working directory and a home. */
  public static DataHome of(Map<String, String> environment, Path directory, Path userHome) {
    String variable = environment.get(VARIABLE);
    if (variable != null && !variable.isBlank()) {
      return new DataHome(List.of(directory.resolve(variable).normalize()), true);
    }
    return new DataHome(
        List.of(
            directory.resolve("../shared/data").normalize(),
            directory.resolve("../../shared/data").normalize(),
            cache(environment, userHome)),
        false);
  }

  /**
   * The user's cache: {@code $XDG_CACHE_HOME/semblance/data} or {@code ~/.cache/semblance/data}.
   */
  public static Path cache(Map<String, String> environment, Path userHome) {
    String cache = environment.get("XDG_CACHE_HOME");
    Path base = cache != null && !cache.isBlank() ? Path.of(cache) : userHome.resolve(".cache");
    return base.resolve("semblance").resolve("data");
  }

  /** The folder of a set, or null where none of the places has it. */
  public @Nullable Path find(String set) {
    for (Path folder : folders) {
      Path candidate = folder.resolve(set);
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  /**
   * The folder of a set.
   *
   * @throws IOException naming the places looked in and what to do
   */
  public Path require(String set) throws IOException {
    Path found = find(set);
    if (found != null) {
      return found;
    }
    if (named) {
      throw FileProblem.of(
          folders.get(0),
          "holds no folder " + set + " (" + VARIABLE + " names this place and no other)",
          "put " + set + " into it or unset " + VARIABLE);
    }
    throw FileProblem.of(
        set,
        "not found in " + String.join(", ", folders.stream().map(Path::toString).toList()),
        "set " + VARIABLE + " to the folder that holds " + set);
  }
}
