package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** What a run was made with. */
final class Provenance {
  private Provenance() {}

  static String semblanceVersion() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  /** Versions of everything that decides about the bits. */
  static ObjectNode versions() {
    ObjectNode versions = Output.object();
    versions.put("semblance", semblanceVersion());
    versions.put("libtorch", version("org.bytedeco.pytorch.Tensor"));
    versions.put("openblas", version("org.bytedeco.openblas.global.openblas"));
    versions.put("java", System.getProperty("java.vm.version"));
    versions.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    versions.put("processors", Runtime.getRuntime().availableProcessors());
    return versions;
  }

  /** Says in a run's description what it is made with, and when. */
  static void stamp(ObjectNode description) {
    description.set("versions", versions());
    description.put("git_revision", gitRevision());
    description.put("started", Instant.now().toString());
  }

  private static String version(String className) {
    try {
      // Not initialised: asking must not load the native library.
      Class<?> type = Class.forName(className, false, Provenance.class.getClassLoader());
      String version = type.getPackage().getImplementationVersion();
      return version == null ? "unknown" : version;
    } catch (ClassNotFoundException e) {
      return "missing";
    }
  }

  /** The command line that is being run, so that it can be run again. */
  static String command(CommandSpec spec) {
    return "./semblance "
        + spec.root().commandLine().getParseResult().originalArgs().stream()
            .map(Run::quote)
            .collect(Collectors.joining(" "));
  }

  /** The SHA-256 of the file of weights behind a run or path, or why there is none. */
  static String sha256(String runOrFile) throws IOException {
    Path path;
    try {
      path = Path.of(runOrFile);
    } catch (InvalidPathException e) {
      return "not a file";
    }
    if (!Files.exists(path)) {
      return "not a file";
    }
    return digest(Models.file(path));
  }

  /** The SHA-256 of a file. */
  static String digest(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  /** The commit of the checkout that the launcher stands in; "unknown" outside one. */
  static String gitRevision() {
    String home = System.getProperty("semblance.home");
    if (home == null) {
      return "unknown";
    }
    try {
      Path git = Path.of(home, ".git");
      if (Files.isRegularFile(git)) { // a linked worktree
        git = Path.of(home).resolve(Files.readString(git).replace("gitdir:", "").strip());
      }
      String head = Files.readString(git.resolve("HEAD")).strip();
      if (!head.startsWith("ref:")) {
        return head;
      }
      String name = head.substring(4).strip();
      Path common = git;
      if (Files.exists(git.resolve("commondir"))) {
        common = git.resolve(Files.readString(git.resolve("commondir")).strip());
      }
      if (Files.exists(common.resolve(name))) {
        return Files.readString(common.resolve(name)).strip();
      }
      for (String line : Files.readAllLines(common.resolve("packed-refs"))) {
        if (line.endsWith(" " + name)) {
          return line.substring(0, line.indexOf(' '));
        }
      }
      return "unknown";
    } catch (IOException e) {
      return "unknown";
    }
  }
}
