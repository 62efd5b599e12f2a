package dev.semblance.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The command in a Java process of its own, which may be killed. */
final class ChildProcess {
  private static final long MOST_NANOS = 120_000_000_000L;

  private ChildProcess() {}

  /** What is waited for. */
  private interface Condition {
    boolean holds() throws IOException;
  }

  /**
   * Runs the command until it has written a file, and kills it as {@code kill -9} does.
   *
   * @param words of the command line, {@code train ...}
   * @param log that takes what it says
   */
  static void killOnceWritten(Path file, Path log, List<String> words)
      throws IOException, InterruptedException {
    Process process = startAndWaitUntil(() -> Files.exists(file), log, words);
    process.destroyForcibly().waitFor(); // SIGKILL
    assertThat(file).as(Files.readString(log)).exists();
  }

  /**
   * The same, but asks it to end, as Ctrl-C and {@code kill} do.
   *
   * @return its exit code
   */
  static int stopOnceWritten(Path file, Path log, List<String> words)
      throws IOException, InterruptedException {
    return stopOnce(() -> Files.exists(file), log, words);
  }

  /** The same, once it has said something. */
  static int stopOnceSaid(String said, Path log, List<String> words)
      throws IOException, InterruptedException {
    return stopOnce(() -> Files.readString(log).contains(said), log, words);
  }

  private static int stopOnce(Condition reached, Path log, List<String> words)
      throws IOException, InterruptedException {
    Process process = startAndWaitUntil(reached, log, words);
    process.destroy(); // SIGTERM
    assertThat(process.waitFor(MOST_NANOS, TimeUnit.NANOSECONDS)).isTrue();
    return process.exitValue();
  }

  private static Process startAndWaitUntil(Condition reached, Path log, List<String> words)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                classPath(),
                Main.class.getName()));
    command.addAll(words);
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    long deadline = System.nanoTime() + MOST_NANOS;
    while (!reached.holds() && process.isAlive() && System.nanoTime() < deadline) {
      Thread.sleep(5);
    }
    return process;
  }

  /** Everything that the command line needs, wherever the test's own class path comes from. */
  static String classPath() {
    return Stream.of(
            Main.class,
            dev.semblance.similarity.loss.TripletLoss.class,
            dev.semblance.adversarial.access.Classifier.class,
            dev.semblance.generative.Sampler.class,
            org.apache.commons.statistics.distribution.BetaDistribution.class,
            dev.semblance.core.nn.Net.class,
            picocli.CommandLine.class,
            org.bytedeco.pytorch.Tensor.class,
            org.bytedeco.openblas.global.openblas.class,
            org.bytedeco.javacpp.Pointer.class,
            JsonMapper.class,
            com.fasterxml.jackson.core.JsonFactory.class,
            com.fasterxml.jackson.annotation.JsonProperty.class,
            com.fasterxml.jackson.dataformat.yaml.YAMLMapper.class,
            org.yaml.snakeyaml.LoaderOptions.class,
            org.apache.lucene.index.IndexWriter.class,
            org.slf4j.Logger.class)
        .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
        .flatMap(ChildProcess::withNatives)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** A jar, and the jars of native libraries beside it. */
  private static Stream<String> withNatives(String jar) {
    File[] beside =
        new File(jar).getParentFile().listFiles((folder, name) -> name.endsWith(".jar"));
    return jar.contains("bytedeco") && beside != null
        ? Stream.of(beside).map(File::getPath)
        : Stream.of(jar);
  }
}
