package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.defend.RobustCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Trains a classifier to stand attacks. */
@Command(
    name = "harden",
    description = "Train a classifier to stand attacks, by adversarial training.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class HardenCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(
      paramLabel = "RECIPE",
      description = "The net: small-cnn, strided-cnn, resnet, lenet, conv-encoder or mlp.")
  private String net;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "D",
      description = "Name or path of the data; see: semblance data list.")
  private String data;

  @Option(
      names = "--defence",
      defaultValue = "fast",
      description =
          "none, fgsm, pgd, fast, free, trades, mart or awp (pgd with perturbed weights); default"
              + " ${DEFAULT-VALUE}.")
  private String defence;

  @Option(
      names = "--ball",
      defaultValue = "linf",
      description = "linf, l2 or l1; default ${DEFAULT-VALUE}.")
  private String norm;

  @Option(
      names = "--eps",
      required = true,
      paramLabel = "R",
      description = "The radius, in units of pixels from 0 to 1: 0.3 or 8/255.")
  private String radius;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "RUN",
      description = "The folder of the run.")
  private Path out;

  @Option(
      names = "--config",
      paramLabel = "F.yaml",
      description = "Settings, one key: value a line.")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description =
          "A setting, such as epochs, rate, steps, step_size or beta; wins over --config. A wrong"
              + " key lists all.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Of everything random; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--resume", description = "Go on with an interrupted run.")
  private boolean resume;

  @Override
  public Integer call() throws IOException {
    if (!Hardener.NETS.contains(net)) {
      throw Problem.usage(Nearest.message("recipe", net, Hardener.NETS));
    }
    if (!DefenceSettings.NAMES.contains(defence)) {
      throw Problem.usage(Nearest.message("defence", defence, DefenceSettings.NAMES));
    }
    SettingsReader.Hardening defaults =
        new SettingsReader.Hardening(
            DefenceSettings.common(defence), DefenceSettings.named(defence));
    SettingsReader.Hardening configuration = SettingsReader.read(defaults, config, settings);
    Ball ball = new Ball(norm(), AttackOptions.radius(radius));
    Output output = main.output();
    Hardener.Result result =
        new Hardener(output)
            .harden(
                new Hardener.Order(
                    net,
                    defence,
                    ball,
                    configuration,
                    data,
                    out,
                    seed,
                    resume,
                    command(defaults, configuration)));
    tell(result, output);
    return 0;
  }

  private Norm norm() {
    return switch (norm) {
      case "linf" -> Norm.LINF;
      case "l2" -> Norm.L2;
      case "l1" -> Norm.L1;
      default -> throw Problem.usage("--ball must be linf, l2 or l1, got " + norm);
    };
  }

  private void tell(Hardener.Result result, Output output) {
    ObjectNode json = Output.object();
    json.put("run", out.toString());
    json.put("model", result.run().model().toString());
    json.put("last", result.run().last().toString());
    json.put("defence", defence);
    json.put("steps", result.position().step());
    json.put("seconds", result.position().seconds());
    put(json, "", result.best(), output, "kept");
    put(json, "last_", result.last(), output, "last");
    result.warnings().forEach(json.putArray("warnings")::add);
    output.line(
        "%,d steps in %.1f s; weights in %s"
            .formatted(
                result.position().step(), result.position().seconds(), result.run().model()));
    output.line(
        "next: semblance attack %s --data %s --attack pgd --ball %s --eps %s"
            .formatted(Run.quote(out.toString()), Run.quote(data), norm, radius));
    output.result(json);
  }

  private static void put(
      ObjectNode json, String prefix, Hardener.@Nullable Kept kept, Output output, String what) {
    if (kept == null) {
      return;
    }
    RobustCheck.Reading reading = kept.reading();
    json.put(prefix + "step", kept.step());
    json.put(prefix + "validation_clean_accuracy", reading.clean());
    json.put(prefix + "validation_one_step_accuracy", reading.oneStep());
    json.put(prefix + "validation_robust_accuracy", reading.robust());
    output.line(
        "%s (step %,d), held-out images: clean %.4f, one step %.4f, projected gradient %.4f"
            .formatted(
                what, kept.step() + 1, reading.clean(), reading.oneStep(), reading.robust()));
  }

  /** The command with the YAML file's values written out, so that it stands alone. */
  private String command(
      SettingsReader.Hardening defaults, SettingsReader.Hardening configuration) {
    StringBuilder text =
        new StringBuilder("./semblance harden ")
            .append(net)
            .append(" --data ")
            .append(Run.quote(data))
            .append(" --defence ")
            .append(defence)
            .append(" --ball ")
            .append(norm)
            .append(" --eps ")
            .append(radius)
            .append(" --out ")
            .append(Run.quote(out.toString()))
            .append(" --seed ")
            .append(seed);
    SettingsReader.changes(defaults.flat(), configuration.flat())
        .forEach(change -> text.append(" --set ").append(Run.quote(change)));
    return text.toString();
  }
}
