package dev.semblance.app.report;

import static dev.semblance.app.report.Html.text;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Queries with what came back, as plain HTML. Right and wrong differ in colour and in shape. */
final class Gallery {
  /** Queries shown, at most. */
  static final int MOST_QUERIES = 100;

  /** Hits shown for each, at most. */
  static final int MOST_HITS = 10;

  private static final String CHECK =
      "<svg class=\"mark\" viewBox=\"0 0 16 16\" aria-hidden=\"true\"><circle cx=\"8\" cy=\"8\" r=\"8\"/>"
          + "<path d=\"M4.4 8.4l2.4 2.4 4.8-5.2\"/></svg>";
  private static final String CROSS =
      "<svg class=\"mark\" viewBox=\"0 0 16 16\" aria-hidden=\"true\"><rect width=\"16\" height=\"16\" rx=\"2\"/>"
          + "<path d=\"M4.8 4.8l6.4 6.4M11.2 4.8l-6.4 6.4\"/></svg>";

  private final ReportData data;
  private final @Nullable SpriteSheet sheet;

  Gallery(ReportData data, @Nullable SpriteSheet sheet) {
    this.data = data;
    this.sheet = sheet;
  }

  String html(String id, List<Retrieval> retrievals, String none) {
    if (retrievals.isEmpty()) {
      return Page.empty(none);
    }
    StringBuilder html = new StringBuilder();
    html.append("<div class=\"filters js\" data-for=\"").append(id).append("\"></div>");
    html.append("<ol class=\"retrievals\" id=\"").append(id).append("\">");
    for (Retrieval retrieval : retrievals) {
      retrieval(html, retrieval);
    }
    return html.append("</ol>").toString();
  }

  private void retrieval(StringBuilder html, Retrieval retrieval) {
    long right = retrieval.hits().stream().filter(Retrieval.Hit::right).count();
    html.append("<li class=\"retrieval\" data-label=\"").append(retrieval.label());
    html.append("\" data-wrong=\"").append(retrieval.hits().size() - right).append("\">");
    html.append("<div class=\"query\">");
    picture(html, retrieval.picture(), retrieval.label(), "q", "");
    html.append("<div class=\"who\"><span class=\"role\">query</span><b>");
    html.append(text(name(retrieval.label()))).append("</b>");
    if (sheet != null && data.pictures() != null) {
      html.append("<span class=\"id\">")
          .append(text(DataJson.shortened(data.pictures().names().apply(retrieval.picture()))))
          .append("</span>");
    }
    html.append("</div></div>");
    if (retrieval.hits().isEmpty()) {
      html.append("<p class=\"empty\">Nothing came back.</p>");
    } else {
      html.append("<ol class=\"hits\">");
      retrieval.hits().forEach(hit -> hit(html, hit));
      html.append("</ol>");
    }
    if (!retrieval.note().isBlank()) {
      html.append("<p class=\"note\">").append(text(retrieval.note())).append("</p>");
    }
    html.append("</li>");
  }

  private void hit(StringBuilder html, Retrieval.Hit hit) {
    String verdict = hit.right() ? "right" : "wrong";
    html.append("<li class=\"hit ").append(verdict).append("\"><span class=\"frame\">");
    picture(html, hit.picture(), hit.label(), "h", verdict + ": ");
    html.append(hit.right() ? CHECK : CROSS).append("</span><span class=\"cap\">");
    html.append(text(name(hit.label()))).append("</span><span class=\"dist\">");
    html.append(Html.number(hit.distance())).append("</span></li>");
  }

  private void picture(StringBuilder html, int row, int label, String size, String verdict) {
    Integer cell = sheet == null ? null : sheet.cells().get(row);
    if (sheet == null || cell == null) {
      html.append("<span class=\"pic none ").append(size).append("\" role=\"img\" aria-label=\"");
      html.append(verdict).append(text(name(label))).append("\">");
      html.append(text(name(label))).append("</span>");
      return;
    }
    html.append("<span class=\"pic ").append(size);
    html.append(
        String.format(
            Locale.ROOT,
            "\" style=\"--c:%d;--r:%d\" role=\"img\" aria-label=\"",
            cell % sheet.columns(),
            cell / sheet.columns()));
    html.append(verdict).append(text(name(label))).append("\"></span>");
  }

  private String name(int label) {
    return data.classNames().get(label);
  }
}
