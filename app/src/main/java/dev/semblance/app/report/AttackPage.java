package dev.semblance.app.report;

import static dev.semblance.app.report.Html.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes the page of an attack or of a security curve: one HTML file without scripts, with its
 * styles and pictures inside, that asks the network for nothing.
 */
public final class AttackPage {
  /** Up to this side a picture is shown with its pixels visible. */
  private static final int PIXELATED = 112;

  private AttackPage() {}

  /**
   * Writes {@code index.html} into a folder, which is made if need be.
   *
   * @return the file
   * @throws IOException naming the file, when it cannot be written
   */
  public static Path write(Path folder, AttackData data) throws IOException {
    return Report.place(folder, html(data));
  }

  /** The page as text. */
  static String html(AttackData data) {
    Page page =
        new Page(
            ReportData.of(data.title(), data.command())
                .withMetrics(data.metrics())
                .withWarnings(data.warnings())
                .withFacts(data.facts()));
    StringBuilder links = new StringBuilder();
    StringBuilder body = new StringBuilder();
    if (!data.examples().isEmpty()) {
      section(
          links,
          body,
          "examples",
          "Pictures",
          "What fools it",
          "Left the image, in the middle what was added to it, magnified around grey, right the"
              + " sum; beside both what the model says. "
              + (data.shown() > data.examples().size()
                  ? "%d of %,d images, chosen so that many classes are seen."
                      .formatted(data.examples().size(), data.shown())
                  : ""),
          examples(data.examples()));
    }
    if (!data.charts().isEmpty()) {
      StringBuilder charts = new StringBuilder("<div class=\"charts\">");
      data.charts().forEach(chart -> charts.append(chart.html()));
      section(
          links,
          body,
          "curves",
          "Curves",
          "How much it takes",
          "Bands are exact 95\u00A0% intervals.",
          charts.append("</div>").toString());
    }
    section(
        links,
        body,
        "results",
        "Results",
        "Results",
        "Each share with its exact 95\u00A0% interval: what another draw of the images could have"
            + " shown.",
        page.metrics());
    if (!data.classes().isEmpty()) {
      section(
          links,
          body,
          "classes",
          "Classes",
          "Class by class",
          "The weakest first: what is right before, and what is left of it.",
          classes(data.classes()));
    }
    section(
        links,
        body,
        "provenance",
        "Provenance",
        "Provenance",
        "The command that does it again, and what it was done with.",
        page.command() + page.facts());
    return Report.filled(
        Report.resource("attack.html"),
        Map.of(
            "title",
            text(data.title()),
            "style",
            Report.resource("report.css") + Report.resource("attack.css"),
            "sentence",
            text(data.sentence()),
            "headlines",
            page.headlines(),
            "warnings",
            page.warnings(),
            "links",
            links.toString(),
            "body",
            body.toString()));
  }

  private static void section(
      StringBuilder links,
      StringBuilder body,
      String id,
      String link,
      String heading,
      String lead,
      String content) {
    links.append("<li><a href=\"#%s\">%s</a></li>\n".formatted(id, text(link)));
    body.append("<section id=\"%s\" aria-labelledby=\"h-%s\">\n".formatted(id, id))
        .append("<h2 id=\"h-%s\">%s</h2>\n".formatted(id, text(heading)))
        .append("<p class=\"lead\">")
        .append(text(lead))
        .append("</p>\n")
        .append(content)
        .append("\n</section>\n");
  }

  private static String examples(List<Example> examples) {
    StringBuilder html = new StringBuilder("<ol class=\"examples\">");
    for (Example example : examples) {
      html.append("<li class=\"example ").append(example.fooled() ? "fooled" : "stood");
      html.append("\"><header><b>").append(text(example.label())).append("</b>");
      html.append("<span class=\"id\">").append(text(example.name())).append("</span>");
      html.append("<span class=\"verdict\">").append(text(example.verdict())).append("</span>");
      html.append("</header><div class=\"sum\">");
      figure(html, example.clean(), "the image", "the image", example.before(), "before");
      html.append("<span class=\"sign\" aria-hidden=\"true\">+</span>");
      figure(
          html,
          example.perturbation(),
          "the change, magnified",
          "the change, \u00D7\u2009" + Html.number(example.magnification()),
          List.of(),
          "change");
      html.append("<span class=\"sign\" aria-hidden=\"true\">=</span>");
      figure(html, example.adversarial(), "the changed image", "the sum", example.after(), "after");
      html.append("</div><p class=\"note\">");
      example.sizes().forEach(size -> html.append("<span>").append(text(size)).append("</span>"));
      if (example.fooled() && !example.asFile().isEmpty()) {
        Guess file = example.asFile().getFirst();
        html.append("<span class=\"file\">as an 8-bit PNG: <b>")
            .append(text(file.name()))
            .append("</b> ")
            .append(percent(file.probability()))
            .append(example.file() ? ", still fooled" : ", <em>no longer fooled</em>")
            .append("</span>");
      }
      html.append("</p></li>");
    }
    return html.append("</ol>").toString();
  }

  private static void figure(
      StringBuilder html,
      PngImage image,
      String spoken,
      String caption,
      List<Guess> guesses,
      String kind) {
    boolean small = Math.max(image.width(), image.height()) <= PIXELATED;
    html.append("<figure class=\"").append(kind).append(small ? " small" : "");
    html.append("\"><img alt=\"").append(text(spoken)).append("\" width=\"");
    html.append(image.width()).append("\" height=\"").append(image.height());
    html.append("\" src=\"").append(image.address()).append("\"><figcaption>");
    html.append("<span class=\"what\">").append(text(caption)).append("</span>");
    if (!guesses.isEmpty()) {
      html.append("<ol class=\"guesses\">");
      for (Guess guess : guesses) {
        html.append(
            String.format(
                Locale.ROOT,
                "<li style=\"--p:%.1f%%\"><span>",
                Math.max(0, 100 * guess.probability())));
        html.append(text(guess.name())).append("</span><span class=\"n\">");
        html.append(percent(guess.probability())).append("</span></li>");
      }
      html.append("</ol>");
    }
    html.append("</figcaption></figure>");
  }

  private static String percent(double probability) {
    if (Double.isNaN(probability)) {
      return "";
    }
    return (probability > 0.9995 && probability < 1
            ? "99.9"
            : String.format(Locale.ROOT, "%.1f", 100 * probability))
        + "\u2009%";
  }

  private static String classes(List<ClassRow> rows) {
    StringBuilder html =
        new StringBuilder(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Classes\">"
                + "<table class=\"plain classes\"><thead><tr><th scope=\"col\">Class</th>"
                + "<th scope=\"col\" class=\"n\">Images</th>"
                + "<th scope=\"col\" class=\"n\">Right before</th>"
                + "<th scope=\"col\" class=\"n\">Right after</th>"
                + "<th scope=\"col\" class=\"n\">95\u2009% interval</th>"
                + "<th scope=\"col\" class=\"bar\"></th>"
                + "<th scope=\"col\">Most often taken for</th></tr></thead><tbody>");
    for (ClassRow row : rows) {
      double before = (double) row.right() / row.n();
      double after = (double) row.standing() / row.n();
      html.append("<tr><th scope=\"row\">").append(text(row.name()));
      html.append("</th><td class=\"n\">").append("%,d".formatted(row.n()));
      html.append("</td><td class=\"n\">").append(Html.percent(before)).append("\u2009%");
      html.append("</td><td class=\"n\">").append(Html.percent(after)).append("\u2009%");
      html.append("</td><td class=\"n soft\">").append(Html.percent(row.low()));
      html.append("\u2009\u2013\u2009").append(Html.percent(row.high()));
      html.append(
          String.format(
              Locale.ROOT,
              "</td><td class=\"bar\" aria-hidden=\"true\"><i style=\"width:%.1f%%\"></i>"
                  + "<b style=\"width:%.1f%%\"></b></td><td>",
              100 * before,
              100 * after));
      if (row.times() > 0) {
        html.append(text(row.becomes())).append(" <span class=\"soft\">");
        html.append("%,d\u00D7".formatted(row.times())).append("</span>");
      }
      html.append("</td></tr>");
    }
    return html.append("</tbody></table></div>").toString();
  }
}
