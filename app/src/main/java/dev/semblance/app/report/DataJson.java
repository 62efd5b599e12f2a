package dev.semblance.app.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The report's data as the one JSON object that its page carries and draws from. */
final class DataJson {
  private static final int MOST_CURVE_POINTS = 2_000;
  private static final int CURVE_STRETCHES = 600;
  private static final int MOST_ROC_POINTS = 2_000;
  private static final int MOST_CONFUSION_CELLS = 100_000;
  private static final int LONGEST_NAME = 80;

  private final JsonGenerator json;
  private final ReportData data;
  private final @Nullable SpriteSheet sheet;

  private DataJson(JsonGenerator json, ReportData data, @Nullable SpriteSheet sheet) {
    this.json = json;
    this.data = data;
    this.sheet = sheet;
  }

  /** Writes the object; numbers that are not finite become null. */
  static String of(ReportData data, @Nullable SpriteSheet sheet, @Nullable MapSample map)
      throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      DataJson writer = new DataJson(json, data, sheet);
      json.writeStartObject();
      json.writeStringField("title", data.title());
      json.writeStringField("command", data.command());
      writer.facts();
      writer.metrics();
      writer.curves();
      writer.strings("classNames", data.classNames());
      writer.strings("warnings", data.warnings());
      writer.map(map);
      writer.retrievals("gallery", data.gallery());
      writer.retrievals("mistakes", data.mistakes());
      writer.roc();
      writer.confusion();
      writer.sprite();
      json.writeEndObject();
    }
    return text.toString();
  }

  private void facts() throws IOException {
    json.writeArrayFieldStart("facts");
    for (Fact fact : data.facts()) {
      json.writeStartObject();
      json.writeStringField("name", fact.name());
      json.writeStringField("value", fact.value());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void metrics() throws IOException {
    json.writeArrayFieldStart("metrics");
    for (Metric metric : data.metrics()) {
      json.writeStartObject();
      json.writeStringField("name", metric.name());
      json.writeStringField("label", metric.label());
      number("value", metric.value());
      number("low", metric.low());
      number("high", metric.high());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void curves() throws IOException {
    json.writeArrayFieldStart("curves");
    for (Curve whole : data.curves()) {
      Curve curve = whole.thinned(MOST_CURVE_POINTS);
      json.writeStartObject();
      json.writeStringField("chart", curve.chart());
      json.writeStringField("name", curve.name());
      json.writeStringField("unit", curve.unit());
      json.writeNumberField("recorded", whole.values().length);
      json.writeNumberField(
          "notFinite", Arrays.stream(whole.values()).filter(v -> !Double.isFinite(v)).count());
      points(curve);
      if (curve.values().length < whole.values().length) {
        json.writeObjectFieldStart("means");
        points(whole.means(CURVE_STRETCHES));
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void points(Curve curve) throws IOException {
    json.writeFieldName("steps");
    json.writeArray(curve.steps(), 0, curve.steps().length);
    numbers("values", curve.values());
  }

  private void map(@Nullable MapSample map) throws IOException {
    if (map == null) {
      json.writeNullField("map");
      return;
    }
    json.writeObjectFieldStart("map");
    json.writeNumberField("total", map.total());
    integers("labels", map.labels());
    int[] cells = new int[map.pictures().length];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = cell(map.pictures()[i]);
    }
    integers("cells", cells);
    json.writeArrayFieldStart("projections");
    for (Projection projection : map.projections()) {
      json.writeStartObject();
      json.writeStringField("name", projection.name());
      json.writeStringField("note", projection.note());
      integers("points", projection.points());
      floats("x", projection.x());
      floats("y", projection.y());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void retrievals(String field, Iterable<Retrieval> retrievals) throws IOException {
    json.writeArrayFieldStart(field);
    for (Retrieval retrieval : retrievals) {
      json.writeStartObject();
      json.writeNumberField("cell", cell(retrieval.picture()));
      json.writeNumberField("label", retrieval.label());
      json.writeStringField("note", retrieval.note());
      json.writeArrayFieldStart("hits");
      for (Retrieval.Hit hit : retrieval.hits()) {
        json.writeStartObject();
        json.writeNumberField("cell", cell(hit.picture()));
        json.writeNumberField("label", hit.label());
        number("distance", hit.distance());
        json.writeBooleanField("right", hit.right());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void roc() throws IOException {
    if (data.roc() == null) {
      json.writeNullField("roc");
      return;
    }
    Roc roc = data.roc().thinned(MOST_ROC_POINTS);
    json.writeObjectFieldStart("roc");
    numbers("fpr", roc.fpr());
    numbers("tpr", roc.tpr());
    number("eer", roc.eer());
    number("auc", roc.auc());
    json.writeStringField("note", roc.note());
    json.writeArrayFieldStart("operatingPoints");
    for (Roc.OperatingPoint point : roc.operatingPoints()) {
      json.writeStartObject();
      number("fpr", point.fpr());
      number("tpr", point.tpr());
      json.writeBooleanField("reliable", point.reliable());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /** Rows are sparse: class, count, class, count; a thousand classes are mostly zeros. */
  private void confusion() throws IOException {
    if (data.confusion() == null) {
      json.writeNullField("confusion");
      return;
    }
    long[][] counts = data.confusion().counts();
    long least = leastShown(counts);
    json.writeObjectFieldStart("confusion");
    json.writeNumberField("leastShown", least);
    json.writeArrayFieldStart("totals");
    for (int i = 0; i < counts.length; i++) {
      json.writeNumber(data.confusion().total(i));
    }
    json.writeEndArray();
    json.writeArrayFieldStart("rows");
    for (int i = 0; i < counts.length; i++) {
      json.writeStartArray();
      for (int j = 0; j < counts.length; j++) {
        if (counts[i][j] >= least || (i == j && counts[i][j] > 0)) {
          json.writeNumber(j);
          json.writeNumber(counts[i][j]);
        }
      }
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static long leastShown(long[][] counts) {
    long[] some =
        Arrays.stream(counts).flatMapToLong(Arrays::stream).filter(c -> c > 0).sorted().toArray();
    return some.length <= MOST_CONFUSION_CELLS ? 1 : some[some.length - MOST_CONFUSION_CELLS] + 1;
  }

  private void sprite() throws IOException {
    if (sheet == null) {
      json.writeNullField("sprite");
      return;
    }
    json.writeObjectFieldStart("sprite");
    json.writeNumberField("columns", sheet.columns());
    json.writeNumberField("cellWidth", sheet.cellWidth());
    json.writeNumberField("cellHeight", sheet.cellHeight());
    json.writeArrayFieldStart("names");
    for (int row : sheet.cells().keySet()) {
      json.writeString(shortened(Objects.requireNonNull(data.pictures()).names().apply(row)));
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private int cell(int row) {
    return sheet == null ? -1 : sheet.cells().getOrDefault(row, -1);
  }

  /** A name that keeps its end, where paths differ. */
  static String shortened(String name) {
    return name.length() <= LONGEST_NAME
        ? name
        : "\u2026" + name.substring(name.length() - LONGEST_NAME + 1);
  }

  private void strings(String field, Iterable<String> values) throws IOException {
    json.writeArrayFieldStart(field);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  private void integers(String field, int[] values) throws IOException {
    json.writeFieldName(field);
    json.writeArray(values, 0, values.length);
  }

  private void numbers(String field, double[] values) throws IOException {
    json.writeArrayFieldStart(field);
    for (double value : values) {
      number(value);
    }
    json.writeEndArray();
  }

  private void floats(String field, float[] values) throws IOException {
    json.writeArrayFieldStart(field);
    for (float value : values) {
      if (Float.isFinite(value)) {
        json.writeNumber(value);
      } else {
        json.writeNull();
      }
    }
    json.writeEndArray();
  }

  private void number(String field, double value) throws IOException {
    json.writeFieldName(field);
    number(value);
  }

  private void number(double value) throws IOException {
    if (Double.isFinite(value)) {
      json.writeNumber(value);
    } else {
      json.writeNull();
    }
  }
}
