package dev.semblance.app.report;

import static dev.semblance.app.report.Html.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The parts of a report that are plain HTML, readable without scripts. */
final class Page {
  /** Classes up to which the confusion is a table; beyond, the script draws it. */
  static final int MOST_TABLE_CLASSES = 20;

  private static final int HEADLINES = 4;
  private static final int MOST_PAIRS = 12;

  private final ReportData data;

  Page(ReportData data) {
    this.data = data;
  }

  String warnings() {
    if (data.warnings().isEmpty()) {
      return "";
    }
    StringBuilder html = new StringBuilder();
    html.append(
        "<aside class=\"warnings\" aria-label=\"Warnings\"><h2>Before you read on</h2><ul>");
    data.warnings().forEach(w -> html.append("<li>").append(text(w)).append("</li>"));
    return html.append("</ul></aside>").toString();
  }

  String command() {
    if (data.command().isBlank()) {
      return empty("The command that made this report was not recorded.");
    }
    return "<div class=\"command\"><span class=\"prompt\" aria-hidden=\"true\">$</span>"
        + "<code id=\"command\" tabindex=\"0\" aria-label=\"The command that made this report\">"
        + words(data.command())
        + "</code><button type=\"button\" id=\"copy\" class=\"js\">Copy</button></div>";
  }

  /** The command, every word whole on its line where it fits. */
  private static String words(String command) {
    StringBuilder html = new StringBuilder();
    for (String word : command.split(" ", -1)) {
      html.append(html.isEmpty() ? "" : " ").append("<span>").append(text(word)).append("</span>");
    }
    return html.toString();
  }

  /** The first results, large. */
  String headlines() {
    StringBuilder html = new StringBuilder();
    data.metrics().stream()
        .limit(HEADLINES)
        .forEach(
            metric ->
                html.append("<div class=\"headline\"><dt>")
                    .append(text(metric.label()))
                    .append(
                        Double.isNaN(metric.value()) ? "</dt><dd class=\"missing\">" : "</dt><dd>")
                    .append(Html.number(metric.scale(), metric.value()))
                    .append("</dd></div>"));
    return html.isEmpty() ? "" : "<dl class=\"headlines\">" + html + "</dl>";
  }

  String metrics() {
    if (data.metrics().isEmpty()) {
      return empty("No results were recorded for this run.");
    }
    double low = axisLow();
    boolean axis = data.metrics().stream().anyMatch(Page::drawn);
    StringBuilder html = new StringBuilder("<table class=\"metrics\"><thead><tr>");
    html.append("<th scope=\"col\">Metric</th><th scope=\"col\" class=\"n\">Value</th>");
    html.append(
        "<th scope=\"col\" class=\"n\">95\u2009% interval</th><th scope=\"col\" class=\"plot\">");
    if (axis) {
      html.append("<span class=\"axis\"><span>")
          .append(Math.round(100 * low))
          .append("</span><span>")
          .append(Math.round(50 + 50 * low))
          .append("</span><span>100\u2009%</span></span>");
    }
    html.append("</th></tr></thead><tbody>");
    for (Metric metric : data.metrics()) {
      html.append("<tr><th scope=\"row\"><span class=\"label\">")
          .append(text(metric.label()))
          .append("</span>");
      if (!metric.explanation().isBlank()) {
        html.append("<span class=\"why\">").append(text(metric.explanation())).append("</span>");
      }
      html.append("</th><td class=\"n value\">")
          .append(Html.number(metric.scale(), metric.value()))
          .append("</td><td class=\"n interval\">")
          .append(interval(metric))
          .append("</td><td class=\"plot\">")
          .append(drawn(metric) ? whisker(metric, low) : "")
          .append("</td></tr>");
    }
    return html.append("</tbody></table>").toString();
  }

  String facts() {
    if (data.facts().isEmpty()) {
      return empty("Nothing further was recorded about this run.");
    }
    StringBuilder html = new StringBuilder("<dl class=\"facts\">");
    for (Fact fact : data.facts()) {
      html.append("<div><dt>")
          .append(text(fact.name()))
          .append("</dt><dd>")
          .append(text(fact.value()))
          .append("</dd></div>");
    }
    return html.append("</dl>").toString();
  }

  /** The place where the curves are drawn, or a sentence. */
  String curves() {
    return data.curves().stream().allMatch(curve -> curve.values().length == 0)
        ? empty("No curves were recorded for this run.")
        : "<div id=\"curves\">" + scriptless("The curves are") + "</div>";
  }

  String map() {
    EmbeddingMap map = data.map();
    boolean some =
        map != null && map.projections().stream().anyMatch(view -> view.points().length > 0);
    return some
        ? "<div id=\"map\">" + scriptless("The map is") + "</div>"
        : empty("No map of the embedding was made for this run.");
  }

  String roc() {
    Roc roc = data.roc();
    if (roc == null || roc.fpr().length < 2) {
      return empty(
          data.classNames().size() == 1
              ? "There is only one class: no pair to tell apart, so no curve."
              : "Verification was not measured for this run.");
    }
    StringBuilder html = new StringBuilder("<div class=\"verification\"><div id=\"roc\">");
    html.append(scriptless("The curve is")).append("</div><div><table class=\"plain\"><tbody>");
    row(html, "Equal error rate", Html.number(Metric.Scale.FRACTION, roc.eer()), "");
    row(html, "Area under the curve", Html.number(Metric.Scale.FRACTION, roc.auc()), "");
    for (Roc.OperatingPoint point : roc.operatingPoints()) {
      row(
          html,
          "TPR at FPR "
              + Html.number(100 * point.fpr()).replaceAll("(\\.\\d*?)0+$", "$1")
              + "\u2009%",
          Html.number(Metric.Scale.FRACTION, point.tpr()),
          point.reliable() ? "" : "few pairs");
    }
    html.append("</tbody></table><p class=\"why\">")
        .append(
            "Two pictures are called the same when their distance is below a threshold. The curve"
                + " shows, for every threshold, how many same-class pairs are accepted (TPR)"
                + " against how many others are (FPR).")
        .append("</p>");
    if (roc.operatingPoints().stream().anyMatch(point -> !point.reliable())) {
      html.append("<p class=\"why\">\u201CFew pairs\u201D: fewer than ten wrong pairs stand behind")
          .append(" that number; take it as a hint.</p>");
    }
    if (!roc.note().isBlank()) {
      html.append("<p class=\"why\">").append(text(roc.note())).append("</p>");
    }
    return html.append("</div></div>").toString();
  }

  String confusion() {
    Confusion confusion = data.confusion();
    if (confusion == null || confusion.counts().length == 0) {
      return empty("The confusion of nearest neighbours was not measured for this run.");
    }
    int n = confusion.counts().length;
    if (n == 1) {
      return empty(
          "There is only one class, "
              + data.classNames().getFirst()
              + ": nothing to confuse it with.");
    }
    return (n <= MOST_TABLE_CLASSES
            ? heatTable(confusion)
            : "<div id=\"heat\">" + scriptless("The heat map is") + "</div>")
        + pairs(confusion);
  }

  private String heatTable(Confusion confusion) {
    long[][] counts = confusion.counts();
    StringBuilder html = new StringBuilder("<div class=\"scroll\" tabindex=\"0\" role=\"region\"");
    html.append(
        " aria-label=\"Confusion of nearest neighbours\"><table class=\""
            + (counts.length > 12 ? "heat many" : "heat")
            + "\" id=\"heat-table\">");
    html.append(
        "<thead><tr><td class=\"corner\"><span>query \u2193</span><span>nearest \u2192</span></td>");
    for (String name : data.classNames()) {
      html.append("<th scope=\"col\"><span>").append(text(name)).append("</span></th>");
    }
    html.append("<th scope=\"col\" class=\"total\"><span>queries</span></th></tr></thead><tbody>");
    for (int i = 0; i < counts.length; i++) {
      long total = confusion.total(i);
      html.append("<tr><th scope=\"row\"><span>")
          .append(text(data.classNames().get(i)))
          .append("</span></th>");
      for (int j = 0; j < counts.length; j++) {
        double share = total == 0 ? 0 : (double) counts[i][j] / total;
        String percent = counts[i][j] == 0 ? "" : Html.percent(share);
        html.append("<td class=\"").append(i == j ? "same" : "other");
        html.append(share > (i == j ? 0.5 : 0.3) ? " strong\"" : "\"");
        // Errors are few: their tint grows with the root, so that small shares can be seen.
        html.append(
            String.format(
                Locale.ROOT,
                " style=\"--p:%.3f\"",
                i == j ? share : Math.min(1, Math.sqrt(share))));
        html.append(" data-count=\"").append(counts[i][j]).append("\" data-percent=\"");
        html.append(percent).append("\"><span>").append(percent).append("</span></td>");
      }
      html.append("<td class=\"total\">").append(String.format(Locale.ROOT, "%,d", total));
      html.append("</td></tr>");
    }
    return html.append("</tbody></table></div>").toString();
  }

  private record Pair(int query, int nearest, long count, double share) {}

  private String pairs(Confusion confusion) {
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < confusion.counts().length; i++) {
      long total = confusion.total(i);
      for (int j = 0; j < confusion.counts().length; j++) {
        long count = confusion.counts()[i][j];
        if (i != j && count > 0) {
          pairs.add(new Pair(i, j, count, (double) count / total));
        }
      }
    }
    if (pairs.isEmpty()) {
      return "<p class=\"why\">No query has a nearest neighbour of another class.</p>";
    }
    pairs.sort(
        Comparator.comparingLong(Pair::count)
            .reversed()
            .thenComparing(Comparator.comparingDouble(Pair::share).reversed()));
    StringBuilder html = new StringBuilder("<h3>Most often confused</h3><ol class=\"pairs\">");
    pairs.stream()
        .limit(MOST_PAIRS)
        .forEach(
            pair ->
                html.append("<li><span><b>")
                    .append(text(data.classNames().get(pair.query())))
                    .append("</b> lands next to <b>")
                    .append(text(data.classNames().get(pair.nearest())))
                    .append("</b></span><span class=\"n\">")
                    .append(String.format(Locale.ROOT, "%,d", pair.count()))
                    .append("\u00D7, ")
                    .append(Html.percent(pair.share()))
                    .append("\u2009%</span></li>"));
    return html.append("</ol>").toString();
  }

  private double axisLow() {
    double least =
        data.metrics().stream()
            .filter(Page::drawn)
            .mapToDouble(metric -> metric.hasInterval() ? metric.low() : metric.value())
            .min()
            .orElse(0);
    return Math.max(0, Math.floor(10 * least - 0.2) / 10);
  }

  private static boolean drawn(Metric metric) {
    return metric.scale() == Metric.Scale.FRACTION && metric.value() >= 0 && metric.value() <= 1;
  }

  private static String interval(Metric metric) {
    if (!metric.hasInterval()) {
      return "";
    }
    return Html.number(metric.scale(), metric.low()).replace("\u2009%", "")
        + "\u2009\u2013\u2009"
        + Html.number(metric.scale(), metric.high());
  }

  private static String whisker(Metric metric, double low) {
    StringBuilder html =
        new StringBuilder("<span class=\"whisker\" aria-hidden=\"true\" data-low=\"");
    html.append(Math.round(100 * low)).append("\">");
    if (metric.hasInterval()) {
      double from = place(metric.low(), low);
      html.append(
          String.format(
              Locale.ROOT,
              "<i style=\"left:%.2f%%;width:%.2f%%\"></i>",
              from,
              place(metric.high(), low) - from));
    }
    return html.append(
            String.format(
                Locale.ROOT, "<b style=\"left:%.2f%%\"></b></span>", place(metric.value(), low)))
        .toString();
  }

  private static double place(double value, double low) {
    return 100 * Math.clamp((value - low) / (1 - low), 0, 1);
  }

  private static void row(StringBuilder html, String name, String value, String remark) {
    html.append("<tr><th scope=\"row\">").append(text(name)).append("</th><td class=\"n\">");
    html.append(text(value)).append("</td><td class=\"remark\">").append(text(remark));
    html.append("</td></tr>");
  }

  private static String scriptless(String what) {
    return "<noscript><p class=\"empty\">"
        + what
        + " drawn by a script, and scripts are switched off here.</p></noscript>";
  }

  static String empty(String sentence) {
    return "<p class=\"empty\">" + text(sentence) + "</p>";
  }
}
