package dev.semblance.adversarial.access;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Posts JSON to an endpoint, patiently: with time limits, retries, and no faster than allowed. */
final class Exchange implements AutoCloseable {
  /** What may pass by itself: too many requests, and a server that is out of order for now. */
  private static final Set<Integer> PASSING = Set.of(429, 500, 502, 503, 504);

  /** What may be the images' fault: bad request, too large, not to be processed, server error. */
  private static final Set<Integer> REFUSED = Set.of(400, 413, 422, 500);

  private static final int QUOTED = 200;

  private final URI address;
  private final URI shown;
  private final EndpointPolicy policy;
  private final Optional<String> authorization;
  private final HttpClient client;
  private long nextAllowed = System.nanoTime();

  Exchange(URI address, URI shown, EndpointPolicy policy, Optional<String> authorization) {
    this.address = address;
    this.shown = shown;
    this.policy = policy;
    this.authorization = authorization;
    this.client =
        HttpClient.newBuilder()
            // What listens is often a small server that knows nothing of upgrades.
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(policy.timeout())
            .build();
  }

  /** A failure that a retry may cure, and how long the endpoint asks to wait. */
  private record Passing(String what, Optional<Duration> asksFor) {}

  /**
   * The body that the endpoint answers with.
   *
   * @param most bytes that an answer may have
   * @throws RefusedException one line, where it is there, but will not answer this question
   * @throws IOException one line, where it gave no answer in all tries
   */
  byte[] post(byte[] body, int most) throws IOException {
    Duration backoff = policy.backoff();
    for (int attempt = 0; ; attempt++) {
      Passing trouble;
      try {
        HttpResponse<byte[]> response = send(body, most);
        int status = response.statusCode();
        if (status == 200) {
          return response.body();
        }
        String told = "answers with status " + status + said(response.body());
        if (REFUSED.contains(status) && (status != 500 || attempt == policy.retries())) {
          throw new RefusedException(
              FileProblem.of(shown, told, "see docs/endpoint.md").getMessage());
        }
        if (!PASSING.contains(status)) {
          throw FileProblem.of(
              shown, told, "check the address and what it asks for, see docs/endpoint.md");
        }
        trouble = new Passing(told, retryAfter(response));
      } catch (TimeoutException e) {
        trouble = new Passing("gives no answer within " + text(policy.timeout()), Optional.empty());
      } catch (ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (cause instanceof TooLongException) {
          throw FileProblem.of(
              shown, "answers with more than " + most + " bytes", "see docs/endpoint.md", cause);
        }
        trouble = new Passing("cannot be reached (" + reason(cause) + ")", Optional.empty());
      }
      if (attempt == policy.retries()) {
        throw FileProblem.of(
            shown,
            trouble.what + (attempt == 0 ? "" : ", " + (attempt + 1) + " times"),
            "start it again or check the address");
      }
      Duration wait = trouble.asksFor.orElse(backoff);
      if (wait.compareTo(policy.longestWait()) > 0) {
        if (trouble.asksFor.isPresent()) {
          throw FileProblem.of(
              shown,
              trouble.what + " and asks to wait " + text(wait),
              "run again after that, or allow longer waits");
        }
        wait = policy.longestWait();
      }
      pause(wait);
      backoff = backoff.multipliedBy(2);
    }
  }

  private HttpResponse<byte[]> send(byte[] body, int most)
      throws TimeoutException, ExecutionException {
    keepRate();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    authorization.ifPresent(value -> request.header("Authorization", value));
    // The request's own timeout ends with the headers; an endpoint may also stop within the body.
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request.build(), info -> new LimitedBody(most));
    try {
      return answer.get(policy.timeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OracleUnavailableException(shown + ": interrupted while waiting for an answer", e);
    } finally {
      answer.cancel(true);
    }
  }

  private void keepRate() {
    if (Double.isFinite(policy.requestsPerSecond())) {
      long now = System.nanoTime();
      if (nextAllowed - now > 0) {
        pause(Duration.ofNanos(nextAllowed - now));
      }
      long start = Math.max(now, nextAllowed);
      nextAllowed = start + (long) (1e9 / policy.requestsPerSecond());
    }
  }

  /** Seconds, or a date, as RFC 9110 (section 10.2.3) has it. */
  private static Optional<Duration> retryAfter(HttpResponse<byte[]> response) {
    Optional<String> header = response.headers().firstValue("Retry-After").map(String::strip);
    if (header.isEmpty()) {
      return Optional.empty();
    }
    String text = header.get();
    if (text.matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(Instant.now(), until);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static String said(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).strip();
    if (text.isEmpty()) {
      return "";
    }
    return ": " + FileProblem.quote(text.substring(0, Math.min(QUOTED, text.length())));
  }

  private static String reason(Throwable cause) {
    return cause instanceof ConnectException && cause.getMessage() == null
        ? "nobody answers there"
        : FileProblem.reason(cause);
  }

  private static String text(Duration duration) {
    double seconds = duration.toMillis() / 1e3;
    return seconds == Math.rint(seconds) ? (long) seconds + " s" : seconds + " s";
  }

  private void pause(Duration wait) {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OracleUnavailableException(shown + ": interrupted while waiting", e);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
