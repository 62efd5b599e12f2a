package dev.semblance.adversarial.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * What an endpoint said about some images.
 *
 * @param scores whether the rows are scores; else each row is one label
 * @param rows one for each image; NaN where there is no answer
 */
record EndpointAnswer(boolean scores, List<double[]> rows) {
  /** Python writes NaN and Infinity as they are, which JSON does not know. */
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /** The question, as {@code docs/endpoint.md} has it. */
  static byte[] question(List<float[]> images, List<Long> shape) throws IOException {
    ObjectNode body = JSON.createObjectNode();
    ArrayNode rows = body.putArray("images");
    for (float[] image : images) {
      ArrayNode row = rows.addArray();
      for (float value : image) {
        row.add(value);
      }
    }
    ArrayNode sides = body.putArray("shape");
    shape.forEach(sides::add);
    return JSON.writeValueAsBytes(body);
  }

  /**
   * Reads the answer about {@code count} images.
   *
   * @param classes of the labels and scores; 0 where it is not known yet
   * @throws IOException one line, where it is none
   */
  static EndpointAnswer read(URI address, byte[] bytes, int count, int classes) throws IOException {
    JsonNode answer;
    try {
      answer = JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw wrong(address, "what is no JSON (" + e.getOriginalMessage() + ")");
    }
    boolean scores = answer.path("scores").isArray();
    JsonNode rows = scores ? answer.path("scores") : answer.path("labels");
    if (!rows.isArray()) {
      throw wrong(address, "neither \"scores\" nor \"labels\"");
    }
    if (rows.size() != count) {
      throw wrong(address, rows.size() + " answers for " + count + " images");
    }
    List<double[]> read = new ArrayList<>();
    for (JsonNode row : rows) {
      read.add(
          scores ? scores(address, row, classes) : new double[] {label(address, row, classes)});
    }
    return new EndpointAnswer(scores, read);
  }

  private static double[] scores(URI address, JsonNode row, int classes) throws IOException {
    if (!row.isArray() || row.size() < 2 || (classes > 0 && row.size() != classes)) {
      throw wrong(
          address,
          (row.isArray() ? row.size() + " scores" : "no list of scores")
              + " for an image"
              + (classes > 0 ? ", not " + classes : ", not 2 or more"));
    }
    double[] scores = new double[row.size()];
    for (int k = 0; k < scores.length; k++) {
      JsonNode value = row.get(k);
      if (!value.isNumber() && !value.isNull()) {
        throw wrong(address, "a score that is no number: " + FileProblem.quote(value.toString()));
      }
      scores[k] = value.isNull() ? Double.NaN : value.doubleValue();
    }
    return scores;
  }

  private static double label(URI address, JsonNode value, int classes) throws IOException {
    if (value.isNull()) {
      return Double.NaN;
    }
    boolean fits = value.isIntegralNumber() && value.canConvertToInt() && value.intValue() >= 0;
    if (!fits || (classes > 0 && value.intValue() >= classes)) {
      throw wrong(
          address,
          "the label "
              + FileProblem.quote(value.toString())
              + ", not a number from 0"
              + (classes > 0 ? " to " + (classes - 1) : ""));
    }
    return value.intValue();
  }

  /** The line for an answer that is none. */
  static IOException wrong(URI address, String what) {
    return FileProblem.of(address, "answers with " + what, "see docs/endpoint.md");
  }
}
