package dev.semblance.adversarial.access;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Check;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is said to an endpoint, and how.
 *
 * @param policy of time, retries, rate and budget
 * @param box the range of pixels that it takes
 * @param imageShape of one image: channels, height, width
 * @param classes the number of classes, for an endpoint that answers with labels, which do not
 *     tell; at least 2. Scores tell by themselves
 * @param authorization sent as the header of that name, never written anywhere
 * @param journal of queries and answers; without one nothing is kept
 */
public record EndpointConfig(
    EndpointPolicy policy,
    Box box,
    List<Long> imageShape,
    OptionalInt classes,
    Optional<String> authorization,
    Optional<Path> journal) {
  public EndpointConfig {
    imageShape = List.copyOf(imageShape);
    if (imageShape.isEmpty() || imageShape.stream().anyMatch(side -> side < 1)) {
      throw new IllegalArgumentException(
          "imageShape must have sides >= 1, such as 3, 32, 32, got " + imageShape);
    }
    classes.ifPresent(count -> Check.atLeast("classes", count, 2));
  }

  /** Pixels from 0 to 1, the usual patience, no journal. */
  public static EndpointConfig of(long... imageShape) {
    return new EndpointConfig(
        EndpointPolicy.of(),
        Box.UNIT,
        Arrays.stream(imageShape).boxed().toList(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** With another policy. */
  public EndpointConfig withPolicy(EndpointPolicy other) {
    return new EndpointConfig(other, box, imageShape, classes, authorization, journal);
  }

  /** With another range of pixels. */
  public EndpointConfig withBox(Box other) {
    return new EndpointConfig(policy, other, imageShape, classes, authorization, journal);
  }

  /** With the number of classes. */
  public EndpointConfig withClasses(int classes) {
    return new EndpointConfig(
        policy, box, imageShape, OptionalInt.of(classes), authorization, journal);
  }

  /** With the value of the header {@code Authorization}. */
  public EndpointConfig withAuthorization(String value) {
    return new EndpointConfig(policy, box, imageShape, classes, Optional.of(value), journal);
  }

  /** With a journal. */
  public EndpointConfig withJournal(Path file) {
    return new EndpointConfig(policy, box, imageShape, classes, authorization, Optional.of(file));
  }

  /** Not the authorization. */
  @Override
  public String toString() {
    return "EndpointConfig[" + policy + ", " + box + ", " + imageShape + ", " + journal + "]";
  }
}
