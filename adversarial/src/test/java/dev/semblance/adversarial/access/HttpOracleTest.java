package dev.semblance.adversarial.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server of this test's own, on the loopback address. */
class HttpOracleTest {
  private static final EndpointPolicy QUICK =
      EndpointPolicy.of()
          .withTimeout(Duration.ofSeconds(5))
          .withRetries(2)
          .withWaits(Duration.ofMillis(20), Duration.ofSeconds(3))
          .withBatch(4);

  @TempDir Path folder;
  private TinyServer server;
  private Scope scope;

  @BeforeEach
  void start() throws IOException {
    server = new TinyServer(0);
    scope = Scope.open();
  }

  @AfterEach
  void stop() {
    scope.close();
    server.close();
  }

  private HttpOracle open(EndpointPolicy policy) throws IOException {
    return HttpOracle.open(server.address(), EndpointConfig.of(1, 2, 2).withPolicy(policy));
  }

  private HttpOracle journalled(Path journal, EndpointPolicy policy) throws IOException {
    return HttpOracle.open(
        server.address(), EndpointConfig.of(1, 2, 2).withPolicy(policy).withJournal(journal));
  }

  /** Images whose values are no short decimals. */
  private static Tensor images(int n, long seed) {
    float[] values = new float[n * 4];
    Rng rng = Rng.of(seed, Rng.Purpose.OTHER);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rng.uniform(0, 1);
    }
    return Ops.floats(values, n, 1, 2, 2);
  }

  private static double[] expected(Tensor images) {
    float[] x = Ops.toFloats(images);
    double[] scores = new double[x.length / 4 * 3];
    for (int i = 0; i < x.length / 4; i++) {
      for (int k = 0; k < 3; k++) {
        for (int j = 0; j < 4; j++) {
          scores[i * 3 + k] += TinyServer.WEIGHTS[k][j] * x[i * 4 + j];
        }
      }
    }
    return scores;
  }

  @Test
  void asksForScoresInBatchesAndCounts() throws IOException {
    try (HttpOracle oracle = open(QUICK)) {
      ScoreOracle scores = oracle.scores().orElseThrow();
      Tensor images = images(10, 1);
      Tensor answer = scores.scores(images);
      assertThat(answer.scalar_type().intern()).isEqualTo(ScalarType.Double);
      // float32 values travel exactly: the server's sums are those of the values here.
      assertThat(Ops.toDoubles(answer)).containsExactly(expected(images), within(1e-15));
      assertThat(server.batches).containsExactly(1, 4, 4, 2);
      assertThat(scores.queries()).isEqualTo(10);
      assertThat(oracle.asked()).isEqualTo(11);
      assertThat(oracle.classes()).isEqualTo(3);
      assertThatThrownBy(() -> scores.scores(Ops.zeros(ScalarType.Float, 2, 1, 3, 3)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("images must be [n, ...] of images [1, 2, 2], got [2, 1, 3, 3]");
    }
  }

  @Test
  void asksForLabelsWhereThatIsAllThereIs() throws IOException {
    server.script = (request, question, exchange) -> server.labels(question, exchange);
    assertThatThrownBy(() -> open(QUICK))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("answers with labels, not how many there are; give the number");
    EndpointConfig config = EndpointConfig.of(1, 2, 2).withPolicy(QUICK).withClasses(3);
    try (HttpOracle oracle = HttpOracle.open(server.address(), config)) {
      assertThat(oracle.scores()).isEmpty();
      Tensor images = images(9, 2);
      long[] labels = Ops.toLongs(oracle.labels().labels(images));
      double[] scores = expected(images);
      for (int i = 0; i < 9; i++) {
        for (int k = 0; k < 3; k++) {
          assertThat(scores[i * 3 + (int) labels[i]]).isGreaterThanOrEqualTo(scores[i * 3 + k]);
        }
      }
      server.script =
          (request, question, exchange) -> TinyServer.say(exchange, 200, "{\"labels\": [null, 1]}");
      assertThat(Ops.toLongs(oracle.labels().labels(images(2, 3)))).containsExactly(-1, 1);
    }
  }

  @Test
  void waitsForASlowAnswerAndTriesAgain() throws IOException {
    server.script =
        (request, question, exchange) -> {
          if (request == 0) {
            sleep(700);
          } else if (request == 1) { // stops within the body
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write("{\"scores\"".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            sleep(700);
          } else {
            server.scores(question, exchange);
          }
        };
    try (HttpOracle oracle = open(QUICK.withTimeout(Duration.ofMillis(250)))) {
      assertThat(server.requests()).isEqualTo(3);
      assertThat(oracle.asked()).isEqualTo(1);
    }
    server.script = (request, question, exchange) -> sleep(700);
    assertThatThrownBy(() -> open(QUICK.withTimeout(Duration.ofMillis(100)).withRetries(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/model: gives no answer within 0.1 s, 2 times; start it again");
  }

  @Test
  void backsOffAndWaitsAsLongAsTheEndpointAsks() throws IOException {
    server.script =
        (request, question, exchange) -> {
          if (request == 0) {
            TinyServer.say(exchange, 429, "slow down");
          } else if (request == 1) {
            exchange.getResponseHeaders().add("Retry-After", "1");
            TinyServer.say(exchange, 503, "");
          } else if (request == 2) {
            String later =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                    ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(2));
            exchange.getResponseHeaders().add("Retry-After", later);
            TinyServer.say(exchange, 503, "");
          } else {
            server.scores(question, exchange);
          }
        };
    open(QUICK.withRetries(3).withWaits(Duration.ofMillis(200), Duration.ofSeconds(5))).close();
    List<Long> times = server.times;
    assertThat(times).hasSize(4);
    assertThat((times.get(1) - times.get(0)) * 1e-9).isGreaterThan(0.19);
    assertThat((times.get(2) - times.get(1)) * 1e-9).isGreaterThan(0.99);
    assertThat((times.get(3) - times.get(2)) * 1e-9).isGreaterThan(0.9);
  }

  @Test
  void doublesItsWaitsUpToTheLongest() throws IOException {
    server.script =
        (request, question, exchange) -> {
          if (request % 4 < 3) {
            TinyServer.say(exchange, 502, "");
          } else {
            server.scores(question, exchange);
          }
        };
    EndpointPolicy policy = QUICK.withRetries(3);
    open(policy.withWaits(Duration.ofMillis(100), Duration.ofSeconds(9))).close();
    List<Long> times = server.times;
    assertThat((times.get(1) - times.get(0)) * 1e-9).isGreaterThan(0.09);
    assertThat((times.get(2) - times.get(1)) * 1e-9).isGreaterThan(0.19);
    assertThat((times.get(3) - times.get(2)) * 1e-9).isGreaterThan(0.39);
    open(policy.withWaits(Duration.ofSeconds(1), Duration.ofMillis(10))).close();
    assertThat((times.get(7) - times.get(4)) * 1e-9).isLessThan(7); // without the limit 7
  }

  @Test
  void doesNotWaitForEver() {
    server.script =
        (request, question, exchange) -> {
          exchange.getResponseHeaders().add("Retry-After", "3600");
          TinyServer.say(exchange, 429, "quota");
        };
    assertThatThrownBy(() -> open(QUICK))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("answers with status 429: 'quota' and asks to wait 3600 s");
    assertThat(server.requests()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "<html>busy</html> | what is no JSON",
        "{} | neither \"scores\" nor \"labels\"",
        "[1] | neither \"scores\" nor \"labels\"",
        "{\"scores\": [[1,2,3]]} | 1 answers for 2 images",
        "{\"scores\": [[1,2,3],[1,2]]} | 2 scores for an image, not 3",
        "{\"scores\": [[1,2,3],[1,2,3,4]]} | 4 scores for an image, not 3",
        "{\"scores\": [[1,2,3],7]} | no list of scores for an image, not 3",
        "{\"scores\": [[1,2,3],[1,2,\"x\"]]} | a score that is no number: '\"x\"'",
        "{\"labels\": [1,2]} | labels where it gave scores",
        "{\"labels\": [1,3]} | the label '3', not a number from 0 to 2",
        "{\"labels\": [1,-1]} | the label '-1', not a number from 0 to 2",
        "{\"labels\": [1,1.5]} | the label '1.5', not a number from 0 to 2",
      })
  void endsOnAnAnswerThatIsNone(String text, String line) throws IOException {
    try (HttpOracle oracle = open(QUICK)) {
      ScoreOracle scores = oracle.scores().orElseThrow();
      server.script = (request, question, exchange) -> TinyServer.say(exchange, 200, text);
      assertThatThrownBy(() -> scores.scores(images(2, 4)))
          .isInstanceOf(OracleUnavailableException.class)
          .hasMessageContaining("/model: answers with " + line)
          .message()
          .doesNotContain("\n");
      assertThatThrownBy(() -> scores.scores(images(1, 5)))
          .isInstanceOf(OracleUnavailableException.class);
      assertThat(server.requests()).as("asked no more").isEqualTo(2);
      assertThat(scores.queries()).isZero();
    }
  }

  @Test
  void passesOnWhatIsNotFinite() throws IOException {
    try (HttpOracle oracle = open(QUICK)) {
      server.script =
          (request, question, exchange) ->
              TinyServer.say(exchange, 200, "{\"scores\": [[1,NaN,3],[1,null,Infinity]]}");
      double[] scores = Ops.toDoubles(oracle.scores().orElseThrow().scores(images(2, 6)));
      assertThat(scores).containsExactly(1, Double.NaN, 3, 1, Double.NaN, Double.POSITIVE_INFINITY);
    }
  }

  @Test
  void givesUpAnAnswerWithoutEnd() throws IOException {
    try (HttpOracle oracle = open(QUICK)) {
      server.script =
          (request, question, exchange) -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] piece = new byte[1 << 16];
            try (OutputStream out = exchange.getResponseBody()) {
              for (int i = 0; i < 10_000; i++) {
                out.write(piece);
              }
            }
          };
      assertThatThrownBy(() -> oracle.scores().orElseThrow().scores(images(1, 7)))
          .isInstanceOf(OracleUnavailableException.class)
          .hasMessageMatching(".*answers with more than \\d+ bytes.*");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 413, 422, 500})
  void aRefusalConcernsOnlyTheseImages(int status) throws IOException {
    try (HttpOracle oracle = open(QUICK.withRetries(0))) {
      ScoreOracle scores = oracle.scores().orElseThrow();
      server.script =
          (request, question, exchange) -> {
            if (question.path("images").toString().contains("[1.0,")) {
              TinyServer.say(exchange, status, "will\nnot");
            } else {
              server.scores(question, exchange);
            }
          };
      Tensor images = images(8, 8);
      images.select(0, 5).fill_(Ops.scalar(1));
      assertThatThrownBy(() -> scores.scores(images))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("/model: answers with status " + status)
          .message()
          .doesNotContain("\n");
      int before = server.answered.size();
      assertThat(Ops.toDoubles(scores.scores(images.narrow(0, 0, 5))))
          .containsExactly(expected(images.narrow(0, 0, 5)), within(1e-15));
      // The first four had been answered already.
      assertThat(server.answered).hasSize(before + 1);
      for (int i = 1; i < 19; i++) {
        assertThatThrownBy(() -> scores.scores(images.narrow(0, 5, 1)))
            .isInstanceOf(UncheckedIOException.class);
      }
      scores.scores(images.narrow(0, 6, 1)); // an answer in between
      for (int i = 0; i < 19; i++) {
        assertThatThrownBy(() -> scores.scores(images.narrow(0, 5, 1)))
            .isInstanceOf(UncheckedIOException.class);
      }
      assertThatThrownBy(() -> scores.scores(images.narrow(0, 5, 1)))
          .isInstanceOf(OracleUnavailableException.class);
    }
  }

  @Test
  void endsWhereItIsNotLetIn() throws IOException {
    server.script = (request, question, exchange) -> TinyServer.say(exchange, 401, "no key");
    assertThatThrownBy(() -> open(QUICK))
        .hasMessageContaining("answers with status 401: 'no key'; check the address");
    assertThat(server.requests()).isEqualTo(1);
    EndpointConfig config =
        EndpointConfig.of(1, 2, 2).withPolicy(QUICK).withAuthorization("Bearer 123");
    server.script = (request, question, exchange) -> server.scores(question, exchange);
    HttpOracle.open(server.address(), config).close();
    assertThat(server.headers).containsExactly("null", "Bearer 123");
    assertThat(config.toString()).doesNotContain("123");
  }

  @Test
  void keepsItsRate() throws IOException {
    long start = System.nanoTime();
    try (HttpOracle oracle = open(QUICK.withRequestsPerSecond(10).withBatch(1))) {
      oracle.scores().orElseThrow().scores(images(4, 9));
    }
    assertThat(server.requests()).isEqualTo(5);
    assertThat((System.nanoTime() - start) * 1e-9).isGreaterThan(0.4);
  }

  @Test
  void aBudgetStopsExactlyThere() throws IOException {
    Path journal = folder.resolve("journal.jsonl");
    try (HttpOracle oracle = journalled(journal, QUICK.withBudget(8))) {
      ScoreOracle scores = oracle.scores().orElseThrow();
      scores.scores(images(2, 10));
      assertThatThrownBy(() -> scores.scores(images(20, 11)))
          .isInstanceOf(OracleUnavailableException.class)
          .hasMessageContaining(
              "the budget of 8 queries is spent; 8 answers are kept in " + journal);
      assertThat(server.answered).hasSize(8);
      assertThat(server.batches).containsExactly(1, 2, 4, 1);
    }
    // The same budget is spent in the next run, too; a larger one goes on without asking again.
    try (HttpOracle oracle = journalled(journal, QUICK.withBudget(8))) {
      ScoreOracle scores = oracle.scores().orElseThrow();
      scores.scores(images(2, 10));
      assertThatThrownBy(() -> scores.scores(images(20, 11)))
          .isInstanceOf(OracleUnavailableException.class);
      assertThat(server.answered).hasSize(8);
    }
    try (HttpOracle oracle = journalled(journal, QUICK.withBudget(23))) {
      ScoreOracle scores = oracle.scores().orElseThrow();
      scores.scores(images(2, 10));
      scores.scores(images(20, 11));
      assertThat(oracle.asked()).isEqualTo(23);
      assertThat(server.answered).hasSize(23).doesNotHaveDuplicates();
    }
  }

  /** A random search that depends on every answer. */
  private static double[] search(ScoreOracle oracle, long seed) {
    float[] best = new float[4];
    double least = Double.POSITIVE_INFINITY;
    for (int step = 0; step < 40; step++) {
      Rng rng = Rng.of(seed, Rng.Purpose.OTHER, step, 0);
      float[] tried = new float[12];
      for (int i = 0; i < 12; i++) {
        tried[i] = (float) Math.clamp(best[i % 4] + rng.uniform(-0.3, 0.3), 0, 1);
      }
      try (Scope scope = Scope.open()) {
        double[] scores = Ops.toDoubles(oracle.scores(Ops.floats(tried, 3, 1, 2, 2)));
        for (int i = 0; i < 3; i++) {
          double margin = scores[i * 3] - Math.max(scores[i * 3 + 1], scores[i * 3 + 2]);
          if (margin < least) {
            least = margin;
            System.arraycopy(tried, i * 4, best, 0, 4);
          }
        }
      }
    }
    return new double[] {least, best[0], best[1], best[2], best[3], oracle.queries()};
  }

  @ParameterizedTest
  @ValueSource(strings = {"server dies", "address is gone", "line half written"})
  void goesOnWhereItStood(String end) throws IOException {
    double[] whole;
    try (HttpOracle oracle = open(QUICK)) {
      whole = search(oracle.scores().orElseThrow(), 5);
    }
    HashSet<String> all = new HashSet<>(server.answered);
    int asked = server.answered.size();
    server.answered.clear();
    Path journal = folder.resolve("journal.jsonl");
    int port = server.port();
    try (HttpOracle oracle = journalled(journal, QUICK.withRetries(1))) {
      ScoreOracle scores = oracle.scores().orElseThrow();
      TinyServer first = server;
      int before = server.requests();
      server.script =
          (request, question, exchange) -> {
            if (request - before == 17) {
              if (end.equals("server dies")) {
                new Thread(first::close).start();
                sleep(2000);
              }
              TinyServer.say(exchange, 404, "");
            } else {
              first.scores(question, exchange);
            }
          };
      Throwable failure = catchThrowable(() -> search(scores, 5));
      assertThat(failure)
          .isInstanceOf(OracleUnavailableException.class)
          .hasMessageContaining("answers are kept in " + journal);
    }
    List<String> before = List.copyOf(server.answered);
    assertThat(before.size()).isBetween(10, asked - 10);
    if (end.equals("line half written")) {
      Files.writeString(journal, "{\"image\":\"0123", StandardOpenOption.APPEND);
    }
    server.close();
    server = new TinyServer(port);
    try (HttpOracle oracle = journalled(journal, QUICK)) {
      assertThat(search(oracle.scores().orElseThrow(), 5)).isEqualTo(whole);
      assertThat(oracle.asked()).isEqualTo(asked);
    }
    // Together both servers were asked what one was asked, and nothing twice.
    HashSet<String> both = new HashSet<>(before);
    both.addAll(server.answered);
    assertThat(both).isEqualTo(all);
    assertThat(before.size() + server.answered.size()).isEqualTo(asked);
    // A third run asks nothing at all; the endpoint may be gone.
    server.close();
    try (HttpOracle oracle = journalled(journal, QUICK)) {
      assertThat(search(oracle.scores().orElseThrow(), 5)).isEqualTo(whole);
    }
  }

  /** The k-th asking gets the k-th answer: an endpoint that wavers is shown wavering. */
  @Test
  void tellsTrulyOfAnEndpointThatWavers() throws IOException {
    server.script =
        (request, question, exchange) ->
            TinyServer.say(exchange, 200, "{\"scores\": [[" + request + ",0.5,0.25]]}");
    Path journal = folder.resolve("journal.jsonl");
    for (int run = 0; run < 2; run++) {
      try (HttpOracle oracle = journalled(journal, QUICK)) {
        ScoreOracle scores = oracle.scores().orElseThrow();
        Tensor image = images(1, 12);
        for (int k = 1; k < 4; k++) {
          assertThat(Ops.toDoubles(scores.scores(image))).containsExactly(k, 0.5, 0.25);
        }
      }
    }
    assertThat(server.requests()).isEqualTo(4);
  }

  @Test
  void refusesAJournalThatDoesNotFit() throws IOException {
    Path journal = folder.resolve("journal.jsonl");
    try (HttpOracle oracle = journalled(journal, QUICK)) {
      oracle.scores().orElseThrow().scores(images(3, 13));
      assertThatThrownBy(() -> journalled(journal, QUICK))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("journal.jsonl: is in use by another run");
    }
    EndpointConfig other =
        EndpointConfig.of(1, 2, 2).withPolicy(QUICK).withBox(new Box(0, 255)).withJournal(journal);
    assertThatThrownBy(() -> HttpOracle.open(server.address(), other))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("journal.jsonl: is a journal of {\"endpoint\":")
        .hasMessageContaining("name another file");
    String text = Files.readString(journal);
    assertThat(text.lines()).hasSize(5);
    Path damaged = folder.resolve("damaged.jsonl");
    for (String replaced : List.of("\"answer\":[", "\"image\":\"")) {
      int at = text.lastIndexOf(replaced);
      Files.writeString(damaged, text.substring(0, at) + "?" + text.substring(at + 1));
      assertThatThrownBy(() -> journalled(damaged, QUICK))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged.jsonl: line 5: is damaged; delete the line, or name");
    }
    Files.writeString(damaged, "hello\n");
    assertThatThrownBy(() -> journalled(damaged, QUICK))
        .hasMessageContaining("damaged.jsonl: is no journal of queries; name another file");
    assertThat(Files.readString(damaged)).isEqualTo("hello\n");
    Files.write(damaged, new byte[] {(byte) 0xff, (byte) 0xfe, '\n'});
    assertThatThrownBy(() -> journalled(damaged, QUICK))
        .hasMessageContaining("damaged.jsonl: line 1: is damaged");
    assertThatThrownBy(() -> journalled(folder.resolve("none/journal"), QUICK))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none/journal");
  }

  @Test
  void aKeyInTheAddressIsNeverWritten() throws IOException {
    URI address = URI.create(server.address() + "?key=secret");
    Path journal = folder.resolve("journal.jsonl");
    HttpOracle.open(address, EndpointConfig.of(1, 2, 2).withPolicy(QUICK).withJournal(journal))
        .close();
    assertThat(Files.readString(journal)).contains("/model\"").doesNotContain("secret");
    server.close();
    assertThatThrownBy(() -> HttpOracle.open(address, EndpointConfig.of(1, 2, 2).withPolicy(QUICK)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/model: cannot be reached (nobody answers there), 3 times")
        .message()
        .doesNotContain("secret");
    for (String bad : List.of("ftp://host/", "file:///x", "http://me:secret@host/", "http:/x")) {
      assertThatThrownBy(() -> HttpOracle.open(URI.create(bad), EndpointConfig.of(1, 2, 2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("address must");
    }
  }

  @Test
  void refusesPoliciesThatMakeNoSense() {
    EndpointPolicy policy = EndpointPolicy.of();
    assertThatThrownBy(() -> policy.withBatch(0)).hasMessage("batch must be >= 1, got 0");
    assertThatThrownBy(() -> policy.withTimeout(Duration.ZERO)).hasMessageContaining("timeout");
    assertThatThrownBy(() -> policy.withRetries(-1)).hasMessageContaining("retries must be >= 0");
    assertThatThrownBy(() -> policy.withWaits(Duration.ZERO, Duration.ofSeconds(1)))
        .hasMessageContaining("backoff must be > 0");
    assertThatThrownBy(() -> policy.withWaits(Duration.ofSeconds(1), Duration.ofSeconds(-1)))
        .hasMessageContaining("longestWait must be > 0");
    assertThatThrownBy(() -> policy.withRequestsPerSecond(Double.NaN))
        .hasMessage("requestsPerSecond must be > 0, got NaN");
    assertThatThrownBy(() -> policy.withBudget(0)).hasMessage("budget must be >= 1, got 0");
    assertThatThrownBy(() -> EndpointConfig.of(1, 0, 2)).hasMessageContaining("imageShape");
    assertThatThrownBy(() -> EndpointConfig.of(1, 2, 2).withClasses(1))
        .hasMessage("classes must be >= 2, got 1");
  }

  private static void sleep(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
