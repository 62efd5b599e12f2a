package dev.semblance.app;

import dev.semblance.adversarial.access.InputFormat;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.data.ImageShape;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What a model of somebody else's does not say about itself. A net of ours needs none of it. */
final class ModelOptions {
  @Option(
      names = "--bounds",
      defaultValue = "0,1",
      paramLabel = "LOW,HIGH",
      description =
          "Range of pixels that a foreign model takes; --eps is in its units. Default"
              + " ${DEFAULT-VALUE}.")
  private String bounds = "0,1";

  @Option(
      names = "--mean",
      paramLabel = "M,...",
      description =
          "What is subtracted for a foreign model, in units of --bounds, one value or one a"
              + " channel; nothing without it: the model normalises by itself.")
  private @Nullable String mean;

  @Option(
      names = "--std",
      paramLabel = "S,...",
      description = "What is divided by after --mean, as many values.")
  private @Nullable String deviation;

  @Option(
      names = "--shape",
      paramLabel = "CxHxW",
      description = "Size of a foreign model's images, such as 3x32x32; that of the data if unset.")
  private @Nullable String shape;

  @ArgGroup(validate = false, heading = "%nWhere MODEL is an address, see docs/endpoint.md:%n")
  private EndpointOptions endpoint = new EndpointOptions();

  /** How an endpoint is asked. */
  EndpointOptions endpoint() {
    return endpoint;
  }

  /** What a foreign model wants of its images. */
  InputFormat input() {
    List<Double> range = numbers("--bounds", bounds);
    if (range.size() != 2 || !(range.get(0) < range.get(1))) {
      throw Problem.usage("--bounds must be LOW,HIGH with LOW < HIGH, got " + bounds);
    }
    InputFormat input = InputFormat.of().withBox(new Box(range.get(0), range.get(1)));
    if (mean == null && deviation == null) {
      return input;
    }
    if (mean == null || deviation == null) {
      throw Problem.usage("--mean and --std must come together");
    }
    try {
      return input.withNormalisation(numbers("--mean", mean), numbers("--std", deviation));
    } catch (IllegalArgumentException e) {
      throw Problem.usage("--mean and --std: " + e.getMessage());
    }
  }

  /** The size of images, where it is declared. */
  Optional<ImageShape> shape() {
    if (shape == null) {
      return Optional.empty();
    }
    if (!shape.matches("[13]x[1-9][0-9]{0,4}x[1-9][0-9]{0,4}")) {
      throw Problem.usage("--shape must be CxHxW with C 1 or 3, such as 3x32x32, got " + shape);
    }
    String[] sides = shape.split("x", -1);
    return Optional.of(
        new ImageShape(
            Integer.parseInt(sides[0]), Integer.parseInt(sides[1]), Integer.parseInt(sides[2])));
  }

  private static List<Double> numbers(String option, String text) {
    try {
      List<Double> values = Stream.of(text.split(",", -1)).map(Double::valueOf).toList();
      if (values.stream().allMatch(Double::isFinite)) {
        return values;
      }
    } catch (NumberFormatException e) {
      throw Problem.usage(option + " must be numbers with commas between them, got " + text);
    }
    throw Problem.usage(option + " must be finite numbers, got " + text);
  }
}
