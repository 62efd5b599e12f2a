package dev.semblance.adversarial.access;

import dev.semblance.core.tensor.Check;
import java.time.Duration;

/**
 * How an endpoint is treated.
 *
 * @param batch the most images in one request
 * @param timeout for a whole answer, connecting included
 * @param retries of a request that failed for a reason that may pass: no connection, no answer in
 *     time, status 429, 500, 502, 503 or 504
 * @param backoff wait before the first retry; doubled for each further one, unless the endpoint
 *     says how long to wait ({@code Retry-After})
 * @param longestWait the most that is waited before a retry; an endpoint that asks for more ends
 *     the run
 * @param requestsPerSecond the most requests in a second; infinite for no limit
 * @param budget the most images the endpoint may be asked about, over all runs of one journal
 */
public record EndpointPolicy(
    int batch,
    Duration timeout,
    int retries,
    Duration backoff,
    Duration longestWait,
    double requestsPerSecond,
    long budget) {
  public EndpointPolicy {
    Check.atLeast("batch", batch, 1);
    positive("timeout", timeout);
    Check.atLeast("retries", retries, 0);
    positive("backoff", backoff);
    positive("longestWait", longestWait);
    if (!(requestsPerSecond > 0)) {
      throw new IllegalArgumentException("requestsPerSecond must be > 0, got " + requestsPerSecond);
    }
    Check.atLeast("budget", budget, 1);
  }

  /**
   * 32 images a request, 30 s for an answer, 5 retries after 0.5, 1, 2, 4 and 8 s, waits of up to a
   * minute, as many requests as the endpoint answers, no budget.
   */
  public static EndpointPolicy of() {
    return new EndpointPolicy(
        32,
        Duration.ofSeconds(30),
        5,
        Duration.ofMillis(500),
        Duration.ofMinutes(1),
        Double.POSITIVE_INFINITY,
        Long.MAX_VALUE);
  }

  /** With another number of images in a request. */
  public EndpointPolicy withBatch(int other) {
    return new EndpointPolicy(
        other, timeout, retries, backoff, longestWait, requestsPerSecond, budget);
  }

  /** With another time for an answer. */
  public EndpointPolicy withTimeout(Duration other) {
    return new EndpointPolicy(
        batch, other, retries, backoff, longestWait, requestsPerSecond, budget);
  }

  /** With another number of retries. */
  public EndpointPolicy withRetries(int other) {
    return new EndpointPolicy(
        batch, timeout, other, backoff, longestWait, requestsPerSecond, budget);
  }

  /** With other waits before a retry. */
  public EndpointPolicy withWaits(Duration first, Duration longest) {
    return new EndpointPolicy(batch, timeout, retries, first, longest, requestsPerSecond, budget);
  }

  /** With another limit of requests in a second. */
  public EndpointPolicy withRequestsPerSecond(double other) {
    return new EndpointPolicy(batch, timeout, retries, backoff, longestWait, other, budget);
  }

  /** With another budget. */
  public EndpointPolicy withBudget(long other) {
    return new EndpointPolicy(
        batch, timeout, retries, backoff, longestWait, requestsPerSecond, other);
  }

  private static void positive(String name, Duration value) {
    if (value.isZero() || value.isNegative()) {
      throw new IllegalArgumentException(name + " must be > 0, got " + value);
    }
  }
}
