package dev.semblance.app;

import dev.semblance.adversarial.access.EndpointConfig;
import dev.semblance.adversarial.access.EndpointPolicy;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.data.ImageShape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a model behind an address is asked; see docs/endpoint.md. */
final class EndpointOptions {
  /** Holds what is sent as the header Authorization: keys do not belong on a command line. */
  static final String AUTHORIZATION = "SEMBLANCE_ENDPOINT_AUTHORIZATION";

  @Option(
      names = "--classes",
      paramLabel = "K",
      description =
          "How many classes, where the endpoint gives labels; those of the data if unset.")
  private @Nullable Integer classes;

  @Option(
      names = "--endpoint-journal",
      paramLabel = "FILE",
      description =
          "Keeps every answer. A run that was cut off goes on where it stood when it is started"
              + " again.")
  private @Nullable Path journal;

  @Option(
      names = "--endpoint-budget",
      paramLabel = "N",
      description = "Most images to ask about, over all runs of a journal; no limit if unset.")
  private @Nullable Long budget;

  @Option(
      names = "--endpoint-batch",
      paramLabel = "N",
      description = "Most images in a request; default 32.")
  private @Nullable Integer batch;

  @Option(
      names = "--endpoint-rate",
      paramLabel = "R",
      description = "Most requests in a second; no limit if unset.")
  private @Nullable Double rate;

  @Option(
      names = "--endpoint-timeout",
      paramLabel = "S",
      description = "Seconds to wait for an answer; default 30.")
  private @Nullable Double timeout;

  @Option(
      names = "--endpoint-retries",
      paramLabel = "N",
      description = "Of a request that failed for a reason that may pass; default 5.")
  private @Nullable Integer retries;

  /**
   * What is said to an endpoint for images of that shape.
   *
   * @param dataClasses how many classes the data have, where that is known
   */
  EndpointConfig config(ImageShape shape, Box box, OptionalInt dataClasses) {
    EndpointConfig config =
        EndpointConfig.of(shape.channels(), shape.height(), shape.width())
            .withBox(box)
            .withPolicy(policy());
    if (classes != null && classes < 2) {
      throw Problem.usage("--classes must be >= 2, got " + classes);
    }
    if (classes != null || dataClasses.isPresent()) {
      config = config.withClasses(classes != null ? classes : dataClasses.getAsInt());
    }
    if (journal != null) {
      config = config.withJournal(journal);
    }
    String authorization = System.getenv(AUTHORIZATION);
    return authorization == null || authorization.isBlank()
        ? config
        : config.withAuthorization(authorization);
  }

  private EndpointPolicy policy() {
    EndpointPolicy policy = EndpointPolicy.of();
    if (budget != null) {
      policy = policy.withBudget(atLeast("--endpoint-budget", budget, 1));
    }
    if (batch != null) {
      policy = policy.withBatch((int) atLeast("--endpoint-batch", batch, 1));
    }
    if (retries != null) {
      policy = policy.withRetries((int) atLeast("--endpoint-retries", retries, 0));
    }
    if (rate != null) {
      policy = policy.withRequestsPerSecond(positive("--endpoint-rate", rate));
    }
    if (timeout != null) {
      double seconds = positive("--endpoint-timeout", timeout);
      policy = policy.withTimeout(Duration.ofNanos(Math.max(1, Math.round(seconds * 1e9))));
    }
    return policy;
  }

  private static long atLeast(String option, long value, long least) {
    if (value < least) {
      throw Problem.usage(option + " must be >= " + least + ", got " + value);
    }
    return value;
  }

  private static double positive(String option, double value) {
    if (!(value > 0 && value < 1e9)) {
      throw Problem.usage(option + " must be > 0 and finite, got " + value);
    }
    return value;
  }
}
