package dev.semblance.app;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code semblance}. Exit codes: 0 done, 1 failed, 2 wrong use. */
@Command(
    name = "semblance",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Main.Version.class,
    description = "What looks alike, what fools the model, what else could it look like.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      DataCommand.class,
      DoctorCommand.class,
      RecipesCommand.class,
      TrainCommand.class,
      SampleCommand.class,
      DensityCommand.class,
      DenoiseCommand.class,
      InterpolateCommand.class,
      LatentCommand.class,
      EvaluateCommand.class,
      AttackCommand.class,
      UniversalCommand.class,
      CertifyCommand.class,
      RegionsCommand.class,
      PlaneCommand.class,
      HardenCommand.class,
      AttacksCommand.class,
      VerdictCommand.class,
      CurveCommand.class,
      AssessCommand.class,
      EmbedCommand.class,
      IndexCommand.class,
      SearchCommand.class,
      ReportCommand.class,
      InspectCommand.class,
      AutoComplete.GenerateCompletion.class,
      CommandLine.HelpCommand.class
    })
public final class Main implements Runnable {
  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "One JSON object as the only line of standard output.")
  private boolean json;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Show where a failure came from.")
  private boolean stackTrace;

  @Spec private CommandLine.Model.CommandSpec spec;

  private final PrintStream out;
  private final PrintStream err;

  @SuppressWarnings("NullAway.Init") // picocli injects spec
  Main(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // The class path has many image readers, each of which would write a cache file beside.
    javax.imageio.ImageIO.setUseCache(false);
    PrintStream out =
        new PrintStream(
            new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
    int code = run(out, System.err, arguments);
    out.flush();
    // Not System.exit's destructor order but an immediate end: libtorch's pools may outlive the
    // JVM's hooks.
    Runtime.getRuntime().halt(code);
  }

  /** Runs one command line and returns its exit code. */
  static int run(PrintStream out, PrintStream err, String... arguments) {
    Main main = new Main(out, err);
    CommandLine line =
        new CommandLine(main)
            .setOut(new java.io.PrintWriter(out, true, StandardCharsets.UTF_8))
            .setErr(new java.io.PrintWriter(err, true, StandardCharsets.UTF_8))
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setParameterExceptionHandler(
                (error, args) -> {
                  err.println("semblance: " + oneLine(error));
                  err.println(
                      "try: "
                          + error.getCommandLine().getCommandSpec().qualifiedName()
                          + " --help");
                  return 2;
                })
            .setExecutionExceptionHandler((error, command, result) -> main.report(error));
    return line.execute(arguments);
  }

  private int report(Throwable error) {
    if (stackTrace) {
      error.printStackTrace(err);
    }
    err.println("semblance: " + oneLine(error));
    return error instanceof Problem problem ? problem.exitCode() : 1;
  }

  /** What went wrong, in one line. */
  static String oneLine(Throwable error) {
    if (error instanceof OutOfMemoryError) {
      return "out of Java memory: "
          + error.getMessage()
          + "; raise it with SEMBLANCE_JAVA_OPTS=-Xmx8g";
    }
    String message = error.getMessage();
    if (error instanceof NoSuchFileException missing) {
      return missing.getFile() + ": no such file or folder; check the path";
    }
    if (error instanceof FileSystemException file && file.getReason() != null) {
      return file.getFile() + ": " + file.getReason() + "; check permissions and free space";
    }
    if (message == null || message.isBlank()) {
      return "unexpected "
          + error.getClass().getSimpleName()
          + "; run again with --stacktrace and report it";
    }
    return message.lines().findFirst().orElse(message).strip();
  }

  Output output() {
    return new Output(out, err, json);
  }

  @Override
  public void run() {
    spec.commandLine().usage(err);
    throw Problem.usage("no command given");
  }

  /** The version of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"semblance " + Provenance.semblanceVersion()};
    }
  }
}
