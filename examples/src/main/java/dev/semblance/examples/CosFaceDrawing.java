package dev.semblance.examples;

import dev.semblance.similarity.loss.HeadBounds;
import java.util.List;
import java.util.Locale;

/**
 * Draws the panels of {@link E03_CosFaceFigure}: features in the plane above, on the circle below.
 */
final class CosFaceDrawing {
  private static final int SIDE = 240;
  private static final int RADIUS = 90;
  private static final String[] COLOURS = {
    "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#777777", "#ee7733"
  };

  private CosFaceDrawing() {}

  static String svg(List<E03_CosFaceFigure.Panel> panels) {
    StringBuilder svg = new StringBuilder();
    int width = SIDE * panels.size();
    line(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"12\">",
        width,
        2 * SIDE + 24,
        width);
    line(svg, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
    for (int p = 0; p < panels.size(); p++) {
      E03_CosFaceFigure.Panel panel = panels.get(p);
      double middle = (p + 0.5) * SIDE;
      line(
          svg,
          "<text x=\"%.1f\" y=\"16\" text-anchor=\"middle\">%s, accuracy %.1f %%</text>",
          middle,
          panel.name(),
          100 * panel.accuracy());
      double longest = 1e-12;
      for (double[] point : panel.features()) {
        longest = Math.max(longest, Math.hypot(point[0], point[1]));
      }
      for (double[] point : panel.features()) {
        double length = Math.max(1e-12, Math.hypot(point[0], point[1]));
        dot(svg, middle, 24 + 0.5 * SIDE, point, RADIUS / longest);
        dot(svg, middle, 24 + 1.5 * SIDE, point, RADIUS / length);
      }
      String caption = String.format(Locale.ROOT, "gap %.1f\u00b0", panel.gap());
      if (panel.margin() >= 0) {
        double half = Math.toDegrees(HeadBounds.halfArcRadians(8, panel.margin()));
        caption += String.format(Locale.ROOT, ", closed form %.1f\u00b0", 45 - 2 * half);
      }
      line(
          svg,
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
          middle,
          2 * SIDE + 16,
          caption);
    }
    return svg.append("</svg>\n").toString();
  }

  private static void dot(StringBuilder svg, double x, double y, double[] point, double scale) {
    line(
        svg,
        "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"1.5\" fill=\"%s\" fill-opacity=\"0.5\"/>",
        x + scale * point[0],
        y - scale * point[1],
        COLOURS[(int) point[2] % COLOURS.length]);
  }

  private static void line(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
