package dev.semblance.adversarial.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/**
 * An endpoint that scores images of [1, 2, 2] by three fixed linear functions; a script says how it
 * misbehaves. It remembers every image that it answered.
 */
final class TinyServer implements AutoCloseable {
  static final double[][] WEIGHTS = {
    {1, -2, 0.5, 0.25}, {-0.5, 1.5, 1, -1}, {0.25, 0.5, -1.5, 1},
  };

  /** What happens at a request. */
  @FunctionalInterface
  interface Script {
    /** Answers the request of that number, from 0. */
    void answer(int request, JsonNode question, HttpExchange exchange) throws IOException;
  }

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  final List<String> answered = Collections.synchronizedList(new ArrayList<>());
  final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
  final List<Long> times = Collections.synchronizedList(new ArrayList<>());
  final List<String> headers = Collections.synchronizedList(new ArrayList<>());
  volatile Script script = (request, question, exchange) -> scores(question, exchange);
  private int requests;

  TinyServer(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(threads);
    server.createContext(
        "/model",
        exchange -> {
          try (exchange) {
            times.add(System.nanoTime());
            headers.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            JsonNode question = JSON.readTree(exchange.getRequestBody());
            int number;
            synchronized (this) {
              number = requests++;
            }
            script.answer(number, question, exchange);
          }
        });
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/model");
  }

  int port() {
    return server.getAddress().getPort();
  }

  synchronized int requests() {
    return requests;
  }

  void scores(JsonNode question, HttpExchange exchange) throws IOException {
    remember(question);
    List<String> rows = new ArrayList<>();
    for (JsonNode image : question.path("images")) {
      rows.add(
          Arrays.stream(WEIGHTS)
              .map(weights -> Double.toString(dot(weights, image)))
              .collect(Collectors.joining(",", "[", "]")));
    }
    say(exchange, 200, "{\"scores\": [" + String.join(",", rows) + "]}");
  }

  void labels(JsonNode question, HttpExchange exchange) throws IOException {
    remember(question);
    List<String> rows = new ArrayList<>();
    for (JsonNode image : question.path("images")) {
      int best = 0;
      for (int k = 1; k < 3; k++) {
        best = dot(WEIGHTS[k], image) > dot(WEIGHTS[best], image) ? k : best;
      }
      rows.add(Integer.toString(best));
    }
    say(exchange, 200, "{\"labels\": [" + String.join(",", rows) + "]}");
  }

  private void remember(JsonNode question) {
    batches.add(question.path("images").size());
    question.path("images").forEach(image -> answered.add(image.toString()));
  }

  private static double dot(double[] weights, JsonNode image) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i] * image.get(i).floatValue();
    }
    return sum;
  }

  static void say(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
