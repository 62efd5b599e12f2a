package dev.semblance.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.store.TensorBoard;
import dev.semblance.core.train.Listener;
import dev.semblance.core.train.StepReport;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes {@code metrics.jsonl} and TensorBoard's event file: the mean of every {@code every} steps,
 * and validations.
 */
final class RunLog implements Listener, AutoCloseable {
  private final BufferedWriter lines;
  private final TensorBoard board;
  private final long every;
  private final long stepsPerEpoch;
  private double lossSum;
  private double[] termSums = new double[0];
  private long count;
  private long items;
  private double since;

  /** Goes on after {@code nextStep}: what an interrupted session logged beyond it is dropped. */
  RunLog(Run run, long nextStep, double seconds, long every, long stepsPerEpoch)
      throws IOException {
    this.every = every;
    this.stepsPerEpoch = stepsPerEpoch;
    this.since = seconds;
    Path file = run.metrics();
    if (Files.exists(file)) {
      List<String> kept = new ArrayList<>();
      for (String line : Files.readAllLines(file)) {
        if (step(line) < nextStep) {
          kept.add(line);
        }
      }
      Atomic.text(file, kept.isEmpty() ? "" : String.join("\n", kept) + "\n");
    }
    this.lines =
        Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    this.board = TensorBoard.append(run.events(), nextStep);
  }

  private static long step(String line) {
    try {
      JsonNode node = Output.JSON.readTree(line);
      return node == null ? Long.MAX_VALUE : node.path("step").asLong(Long.MAX_VALUE);
    } catch (IOException torn) { // the last line of a killed run
      return Long.MAX_VALUE;
    }
  }

  @Override
  public void onStep(long step, StepReport report, double seconds) {
    if (termSums.length != report.terms().size()) {
      termSums = new double[report.terms().size()];
    }
    lossSum += report.loss();
    for (int i = 0; i < termSums.length; i++) {
      termSums[i] += report.terms().get(i).value();
    }
    count++;
    items += report.items();
    if ((step + 1) % every != 0) {
      return;
    }
    ObjectNode line = Output.object();
    line.put("step", step);
    line.put("epoch", (step + 1) / (double) stepsPerEpoch);
    line.put("loss", lossSum / count);
    for (int i = 0; i < termSums.length; i++) {
      line.put(report.terms().get(i).name(), termSums[i] / count);
      termSums[i] = 0;
    }
    line.put("items_per_second", items / Math.max(1e-9, seconds - since));
    line.put("seconds", seconds);
    lossSum = 0;
    count = 0;
    items = 0;
    since = seconds;
    write(step, line, "train/");
  }

  @Override
  public void onEvaluation(long step, List<StepReport.Term> metrics) {
    ObjectNode line = Output.object();
    line.put("step", step);
    line.put("epoch", (step + 1) / (double) stepsPerEpoch);
    metrics.forEach(metric -> line.put("validation_" + metric.name(), metric.value()));
    write(step, line, "");
  }

  private void write(long step, ObjectNode line, String prefix) {
    try {
      lines.write(Output.JSON.writeValueAsString(line));
      lines.newLine();
      lines.flush();
      for (var entry : line.properties()) {
        if (!entry.getKey().equals("step")) {
          board.scalar(
              prefix + entry.getKey().replaceFirst("^validation_", "validation/"),
              step,
              entry.getValue().asDouble());
        }
      }
      board.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    lines.close();
    board.close();
  }
}
