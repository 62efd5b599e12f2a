package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.Catalog;
import dev.semblance.core.data.DataHome;
import dev.semblance.core.tensor.BlasThreads;
import dev.semblance.core.tensor.NativeRuntime;
import dev.semblance.core.tensor.NativeSetting;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Looks at everything that a run depends on and says what to do about it. */
@Command(
    name = "doctor",
    description =
        "JDK, natives, threads, memory settings, data: what is in force and what to do about the"
            + " rest.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class DoctorCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  private enum State {
    GOOD,
    WARN,
    FAIL
  }

  private int failures;

  @Override
  public Integer call() {
    Output output = main.output();
    ObjectNode result = Output.object();
    ArrayNode checks = result.putArray("checks");
    int feature = Runtime.version().feature();
    say(
        output,
        checks,
        "jdk",
        feature >= 21 ? State.GOOD : State.FAIL,
        System.getProperty("java.vendor") + " " + Runtime.version(),
        "install a JDK 21 or newer");
    vector(output, checks);
    settings(output, checks);
    natives(output, checks);
    memory(output, checks);
    data(output, checks);
    result.put("failures", failures);
    output.line(
        failures == 0 ? "Ready." : failures + " thing(s) must be mended before Semblance runs.");
    output.result(result);
    return failures == 0 ? 0 : 1;
  }

  private void vector(Output output, ArrayNode checks) {
    boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    say(
        output,
        checks,
        "vector module",
        present ? State.GOOD : State.WARN,
        present
            ? "jdk.incubator.vector is on"
            : "jdk.incubator.vector is off: index search is several times slower",
        "start with --add-modules jdk.incubator.vector, or use the launcher");
  }

  private void settings(Output output, ArrayNode checks) {
    for (NativeSetting setting : NativeSetting.all()) {
      String value = setting.inForce();
      boolean set = setting.satisfied();
      say(
          output,
          checks,
          setting.name(),
          set ? State.GOOD : State.WARN,
          (value == null ? "not set" : value) + (set ? "" : "; " + setting.cost()),
          "set "
              + setting.name()
              + "="
              + setting.value()
              + (setting.inEnvironment() ? " before the JVM starts" : " as a system property")
              + ", or use the launcher");
    }
  }

  private void natives(Output output, ArrayNode checks) {
    long start = System.nanoTime();
    try {
      NativeRuntime.start();
      try (Scope scope = Scope.open()) {
        torch.ones(2, 2);
      }
    } catch (LinkageError | RuntimeException e) {
      say(
          output,
          checks,
          "libtorch",
          State.FAIL,
          Main.oneLine(e),
          "the natives of this platform are missing: build with -Djavacpp.platform=..., or free"
              + " space in ~/.javacpp");
      return;
    }
    say(
        output,
        checks,
        "libtorch",
        State.GOOD,
        Provenance.versions().path("libtorch").asText()
            + ", loaded in "
            + (System.nanoTime() - start) / 1_000_000
            + " ms",
        "");
    int threads = torch.get_num_threads();
    int cores = Runtime.getRuntime().availableProcessors();
    say(
        output,
        checks,
        "threads",
        threads == cores ? State.GOOD : State.WARN,
        threads + " of " + cores + " processors",
        "unset OMP_NUM_THREADS, unless other work shares this machine");
    blas(output, checks);
    say(output, checks, "element-wise", State.GOOD, speed(), "");
  }

  private void blas(Output output, ArrayNode checks) {
    String text =
        switch (BlasThreads.inForce()) {
          case OPENMP -> "OpenBLAS on libtorch's own threads";
          case OWN ->
              "OpenBLAS with a thread pool of its own; one built for OpenMP, named in "
                  + NativeSetting.BLAS
                  + ", trains a few per cent faster";
          case NONE -> "OpenBLAS on one thread: products of matrices use one core";
          case UNKNOWN -> "not OpenBLAS";
        };
    say(output, checks, "BLAS", State.GOOD, text, "");
  }

  /**
   * What the allocator's settings decide: a large element-wise operation, told in bytes a second.
   */
  private static String speed() {
    try (Scope scope = Scope.open()) {
      Tensor large = Ops.zeros(ScalarType.Float, 16_000_000);
      double best = Double.POSITIVE_INFINITY;
      for (int i = 0; i < 7; i++) {
        long start = System.nanoTime();
        try (Scope step = Scope.open()) {
          large.relu();
        }
        best = Math.min(best, (System.nanoTime() - start) * 1e-9);
      }
      return String.format(
          Locale.ROOT,
          "relu of 64 MB at %.1f GB/s (about 2 without the settings above)",
          0.128 / best);
    }
  }

  private void memory(Output output, ArrayNode checks) {
    long heap = Runtime.getRuntime().maxMemory() >> 20;
    say(
        output,
        checks,
        "memory",
        heap >= 512 ? State.GOOD : State.WARN,
        heap + " MiB Java heap, " + (NativeRuntime.residentBytes() >> 20) + " MiB resident now",
        "give the JVM more with SEMBLANCE_JAVA_OPTS=-Xmx2g");
  }

  private void data(Output output, ArrayNode checks) {
    DataHome home = DataHome.current();
    for (Catalog.Entry entry : Catalog.entries()) {
      boolean there = entry.available(home);
      say(
          output,
          checks,
          "data " + entry.name(),
          there ? State.GOOD : State.WARN,
          DataCommand.state(entry, home),
          "put it into a folder " + entry.folder() + " and name its parent in SEMBLANCE_DATA");
    }
  }

  private void say(
      Output output, ArrayNode checks, String name, State state, String text, String remedy) {
    if (state == State.FAIL) {
      failures++;
    }
    String mark =
        switch (state) {
          case GOOD -> "ok  ";
          case WARN -> "note";
          case FAIL -> "FAIL";
        };
    output.line("%s  %-42s %s".formatted(mark, name, text));
    ObjectNode check =
        checks
            .addObject()
            .put("name", name)
            .put("state", state.name().toLowerCase(Locale.ROOT))
            .put("found", text);
    if (state != State.GOOD) {
      output.line("      -> " + remedy);
      check.put("remedy", remedy);
    }
  }
}
