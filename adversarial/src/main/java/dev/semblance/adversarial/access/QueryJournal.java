package dev.semblance.adversarial.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.file.FileProblem;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint was asked and what it answered, on disk, so that a run that was cut off goes on
 * without asking again.
 *
 * <p>One JSON object a line: first the endpoint, then an image's digest and its answer, in the
 * order of asking. The k-th time that a run asks about an image it gets the k-th answer in the
 * file, so that an endpoint that answers differently each time is told truly, too. A line that was
 * being written when the process was killed is dropped. An answer is forced to disk before it is
 * used.
 */
final class QueryJournal implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private final Path file;
  private final FileChannel channel;
  private final Map<String, Deque<double[]>> answers = new HashMap<>();
  private long size;

  private QueryJournal(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens a journal, or begins one.
   *
   * @param about what it is a journal of; must be the same each time
   * @throws IOException one line naming file and line, where it is of another endpoint, damaged, in
   *     use or not writable
   */
  static QueryJournal open(Path file, ObjectNode about) throws IOException {
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw FileProblem.writing(file, e);
    }
    QueryJournal journal = new QueryJournal(file, channel);
    boolean done = false;
    try {
      journal.lock();
      long end = journal.read(about);
      channel.truncate(end);
      channel.position(end);
      if (end == 0) {
        journal.write(JSON.writeValueAsString(about) + "\n");
      }
      done = true;
      return journal;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  private void lock() throws IOException {
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw FileProblem.of(file, "is in use by another run", "wait for it or name another journal");
    }
  }

  /** Reads all whole lines; where they end. */
  private long read(ObjectNode about) throws IOException {
    long end = 0;
    long number = 0;
    // Not closed: that would close the channel.
    BufferedReader reader =
        new BufferedReader(
            Channels.newReader(channel, StandardCharsets.UTF_8.newDecoder(), 1 << 16));
    StringBuilder line = new StringBuilder();
    try {
      for (int c = reader.read(); c >= 0; c = reader.read()) {
        if (c != '\n') {
          line.append((char) c);
          continue;
        }
        number++;
        String text = line.toString();
        line.setLength(0);
        end += text.getBytes(StandardCharsets.UTF_8).length + 1L;
        if (number == 1) {
          head(text, about);
        } else {
          take(text, number);
        }
      }
    } catch (java.nio.charset.CharacterCodingException e) {
      throw damaged(number + 1, e);
    }
    return end;
  }

  private void head(String text, ObjectNode about) throws IOException {
    JsonNode head;
    try {
      head = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw FileProblem.of(file, "is no journal of queries", "name another file", e);
    }
    // Compared as text: what was written as 0.0 is read as such.
    if (!head.toString().equals(about.toString())) {
      throw FileProblem.of(
          file,
          head.has("endpoint")
              ? "is a journal of " + head + ", not of " + about
              : "is no journal of queries",
          "name another file");
    }
  }

  private void take(String text, long number) throws IOException {
    JsonNode entry;
    try {
      entry = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw damaged(number, e);
    }
    JsonNode values = entry.path("answer");
    if (!entry.path("image").isTextual() || !values.isArray() || values.isEmpty()) {
      throw damaged(number, null);
    }
    double[] answer = new double[values.size()];
    for (int k = 0; k < answer.length; k++) {
      JsonNode value = values.get(k);
      if (!value.isNumber() && !value.isNull()) {
        throw damaged(number, null);
      }
      answer[k] = value.isNull() ? Double.NaN : value.doubleValue();
    }
    answers
        .computeIfAbsent(entry.path("image").textValue(), key -> new ArrayDeque<>(1))
        .add(answer);
    size++;
  }

  private IOException damaged(long number, @Nullable Throwable cause) {
    return FileProblem.at(
        file, "line " + number, "is damaged", "delete the line, or name another journal", cause);
  }

  /** The next answer about an image, or null where there is none and it must be asked for. */
  double @Nullable [] recall(String image) {
    Deque<double[]> known = answers.get(image);
    if (known == null) {
      return null;
    }
    double[] answer = known.poll();
    if (known.isEmpty()) {
      answers.remove(image);
    }
    return answer;
  }

  /** Keeps answers; NaN and infinities are kept as null. */
  void keep(List<String> images, List<double[]> values) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < images.size(); i++) {
      ObjectNode entry = JSON.createObjectNode().put("image", images.get(i));
      ArrayNode array = entry.putArray("answer");
      for (double value : values.get(i)) {
        if (Double.isFinite(value)) {
          array.add(value);
        } else {
          array.addNull();
        }
      }
      lines.append(JSON.writeValueAsString(entry)).append('\n');
    }
    write(lines.toString());
    size += images.size();
  }

  private void write(String text) throws IOException {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(false);
    } catch (IOException e) {
      throw FileProblem.writing(file, e);
    }
  }

  /** The number of answers in the file. */
  long size() {
    return size;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
