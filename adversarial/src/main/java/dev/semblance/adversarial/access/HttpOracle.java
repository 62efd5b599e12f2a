package dev.semblance.adversarial.access;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.file.FileProblem;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A model behind an HTTP endpoint, asked for scores or labels; the protocol is in {@code
 * docs/endpoint.md}.
 *
 * <p>With a journal every answer is on disk before it is used: a run that was cut off, by either
 * side, goes on where it stood when it is started again with the same seed, without asking twice,
 * and the budget counts what was asked in all runs together. Once the endpoint has failed for good
 * or the budget is spent, what is not in the journal throws {@link OracleUnavailableException} at
 * once.
 *
 * <p>One thread at a time.
 */
public final class HttpOracle implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** An answer with room for a page of apologies, and the longest number for each score. */
  private static final int ROOM = 1 << 20;

  private static final int LONGEST_NUMBER = 40;
  private static final int MOST_CLASSES = 100_000;

  /** An endpoint that refuses everything is not asked about every image there is. */
  private static final int MOST_REFUSALS = 20;

  private final URI shown;
  private final EndpointConfig config;
  private final Exchange exchange;
  private final @Nullable QueryJournal journal;
  private boolean givesScores;
  private int classes;
  private long asked;
  private int refusals;
  private @Nullable OracleUnavailableException stopped;
  private @Nullable ScoreOracle scoreOracle;
  private @Nullable LabelOracle labelOracle;

  /** Answers of calls that failed in the end. */
  private final Map<String, Deque<double[]>> unused = new HashMap<>();

  private HttpOracle(
      URI shown, EndpointConfig config, Exchange exchange, @Nullable QueryJournal journal) {
    this.shown = shown;
    this.config = config;
    this.exchange = exchange;
    this.journal = journal;
    this.asked = journal == null ? 0 : journal.size();
  }

  /**
   * Connects, and asks about one image of mid-grey, to learn what the endpoint answers with.
   *
   * @throws IOException one line, if it cannot be reached, answers otherwise than {@code
   *     docs/endpoint.md} says, or the journal cannot be used
   * @throws IllegalArgumentException for an address that is not http or https
   */
  public static HttpOracle open(URI address, EndpointConfig config) throws IOException {
    String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    if (!(scheme.equals("http") || scheme.equals("https")) || address.getHost() == null) {
      throw new IllegalArgumentException(
          "address must be http://... or https://... with a host, got " + address);
    }
    if (address.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "address must have no name and password in it; give them as authorization");
    }
    QueryJournal journal =
        config.journal().isEmpty()
            ? null
            : QueryJournal.open(config.journal().get(), about(address, config));
    Exchange exchange =
        new Exchange(address, shown(address), config.policy(), config.authorization());
    HttpOracle oracle = new HttpOracle(shown(address), config, exchange, journal);
    boolean done = false;
    try {
      oracle.learn();
      done = true;
      return oracle;
    } finally {
      if (!done) {
        oracle.close();
      }
    }
  }

  private static ObjectNode about(URI address, EndpointConfig config) {
    ObjectNode about = JSON.createObjectNode().put("endpoint", shown(address).toString());
    ArrayNode shape = about.putArray("shape");
    config.imageShape().forEach(shape::add);
    about.putArray("bounds").add(config.box().low()).add(config.box().high());
    return about;
  }

  /** For messages and the journal: a query often holds a key. */
  private static URI shown(URI address) {
    return URI.create(
        address.getScheme() + "://" + address.getRawAuthority() + address.getRawPath());
  }

  private void learn() throws IOException {
    int pixels = Math.toIntExact(config.imageShape().stream().reduce(1L, Math::multiplyExact));
    float[] grey = new float[pixels];
    Arrays.fill(grey, (float) (config.box().low() / 2 + config.box().high() / 2));
    double[] answer;
    try {
      answer = ask(List.of(grey)).getFirst();
    } catch (OracleUnavailableException e) {
      throw e.getCause() instanceof IOException reason
          ? reason
          : new IOException(e.getMessage(), e);
    }
    givesScores = answer.length > 1;
    if (!givesScores && config.classes().isEmpty()) {
      throw FileProblem.of(
          shown, "answers with labels, not how many there are", "give the number of classes");
    }
    classes = givesScores ? answer.length : config.classes().getAsInt();
    if (!givesScores && answer[0] >= classes) {
      throw EndpointAnswer.wrong(
          shown, "the label " + (long) answer[0] + ", not a number from 0 to " + (classes - 1));
    }
    if (givesScores) {
      scoreOracle = ScoreOracle.of(this::scores, classes, config.box());
      labelOracle = LabelOracle.of(scoreOracle);
    } else {
      labelOracle = LabelOracle.of(this::labels, classes, config.box());
    }
  }

  /** The oracle of scores, where the endpoint gives scores: float64 [n, classes]; one count. */
  public Optional<ScoreOracle> scores() {
    return Optional.ofNullable(scoreOracle);
  }

  /** The oracle of labels; it asks that of scores, where the endpoint gives scores. */
  public LabelOracle labels() {
    return Objects.requireNonNull(labelOracle);
  }

  /** The number of classes. */
  public int classes() {
    return classes;
  }

  /**
   * How many images the endpoint has answered, the one at opening included; over all runs, where
   * there is a journal.
   */
  public long asked() {
    return asked;
  }

  private Tensor scores(Tensor images) {
    List<double[]> answers = answers(images);
    double[] flat = new double[answers.size() * classes];
    for (int i = 0; i < answers.size(); i++) {
      System.arraycopy(answers.get(i), 0, flat, i * classes, classes);
    }
    return Ops.doubles(flat, answers.size(), classes);
  }

  private Tensor labels(Tensor images) {
    List<double[]> answers = answers(images);
    long[] labels = new long[answers.size()];
    for (int i = 0; i < labels.length; i++) {
      double label = answers.get(i)[0];
      labels[i] = Double.isNaN(label) ? -1 : (long) label;
    }
    return Ops.longs(labels, labels.length);
  }

  private List<double[]> answers(Tensor images) {
    long[] shape = config.imageShape().stream().mapToLong(Long::longValue).toArray();
    try (Scope scope = Scope.open()) {
      if (!Arrays.equals(Arrays.copyOfRange(images.shape(), 1, (int) images.dim()), shape)) {
        throw new IllegalArgumentException(
            "images must be [n, ...] of images "
                + config.imageShape()
                + ", got "
                + Shapes.of(images));
      }
      float[] flat = Ops.toFloats(images);
      int n = (int) images.size(0);
      List<float[]> rows = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        rows.add(Arrays.copyOfRange(flat, i * (flat.length / n), (i + 1) * (flat.length / n)));
      }
      return ask(rows);
    }
  }

  /** The answers: known ones, and what the endpoint says about the others. */
  private List<double[]> ask(List<float[]> images) {
    List<String> names = images.stream().map(HttpOracle::digest).toList();
    List<double @Nullable []> answers = new ArrayList<>();
    List<Integer> unknown = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      double[] known = recall(names.get(i));
      answers.add(known);
      if (known == null) {
        unknown.add(i);
      }
    }
    boolean done = false;
    try {
      for (int first = 0; first < unknown.size(); ) {
        int most = room();
        List<Integer> which = unknown.subList(first, Math.min(unknown.size(), first + most));
        List<double[]> said =
            request(
                which.stream().map(images::get).toList(), which.stream().map(names::get).toList());
        for (int i = 0; i < said.size(); i++) {
          answers.set(which.get(i), said.get(i));
        }
        first += said.size();
      }
      done = true;
      return answers.stream().map(Objects::requireNonNull).toList();
    } finally {
      if (!done) {
        keepForLater(names, answers);
      }
    }
  }

  private double @Nullable [] recall(String name) {
    Deque<double[]> left = unused.get(name);
    if (left != null) {
      double[] answer = left.poll();
      if (left.isEmpty()) {
        unused.remove(name);
      }
      return answer;
    }
    double[] known = journal == null ? null : journal.recall(name);
    if (known != null && classes > 0 && known.length != (givesScores ? classes : 1)) {
      throw stop(
          FileProblem.of(
              config.journal().orElseThrow(),
              "holds answers of " + known.length + " values and others",
              "name another journal"));
    }
    return known;
  }

  /** Answers of a call that failed in the end: who asks again gets them without a query. */
  private void keepForLater(List<String> names, List<double @Nullable []> answers) {
    for (int i = 0; i < names.size(); i++) {
      double[] answer = answers.get(i);
      if (answer != null) {
        unused.computeIfAbsent(names.get(i), name -> new ArrayDeque<>(1)).add(answer);
      }
    }
  }

  /** How many images the next request may have. */
  private int room() {
    long left = config.policy().budget() - asked;
    if (stopped == null && left < 1) {
      stopped =
          new OracleUnavailableException(
              shown
                  + ": the budget of "
                  + config.policy().budget()
                  + " queries is spent; "
                  + goOn("with a larger one"));
    }
    if (stopped != null) {
      throw stopped;
    }
    return (int) Math.min(left, config.policy().batch());
  }

  private List<double[]> request(List<float[]> images, List<String> names) {
    try {
      int width = classes == 0 ? MOST_CLASSES : classes;
      long most = ROOM + (long) images.size() * width * LONGEST_NUMBER;
      byte[] bytes =
          exchange.post(
              EndpointAnswer.question(images, config.imageShape()),
              (int) Math.min(most, Integer.MAX_VALUE));
      EndpointAnswer answer = EndpointAnswer.read(shown, bytes, images.size(), classes);
      if (classes > 0 && answer.scores() != givesScores) {
        throw EndpointAnswer.wrong(
            shown, givesScores ? "labels where it gave scores" : "scores where it gave labels");
      }
      if (journal != null) {
        journal.keep(names, answer.rows());
      }
      asked += images.size();
      refusals = 0;
      return answer.rows();
    } catch (RefusedException e) {
      if (++refusals < MOST_REFUSALS && classes > 0) {
        throw new UncheckedIOException(e.getMessage(), e);
      }
      throw stop(e);
    } catch (IOException e) {
      throw stop(e);
    }
  }

  private OracleUnavailableException stop(IOException reason) {
    OracleUnavailableException end =
        new OracleUnavailableException(reason.getMessage() + "; " + goOn("to go on"), reason);
    stopped = end;
    return end;
  }

  private String goOn(String when) {
    return journal == null
        ? "give a journal to be able to go on after such an end"
        : asked + " answers are kept in " + config.journal().orElseThrow() + ", run again " + when;
  }

  /** Names an image by its values. */
  private static String digest(float[] image) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * image.length);
    bytes.asFloatBuffer().put(image);
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(bytes.array());
      return HexFormat.of().formatHex(sum, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks SHA-256; use a standard JDK", e);
    }
  }

  @Override
  public void close() throws IOException {
    exchange.close();
    if (journal != null) {
      journal.close();
    }
  }
}
