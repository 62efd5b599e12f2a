package dev.semblance.app.report.plate;

import java.util.List;
import java.util.Locale;

/** A line chart as an svg element: a frame, ticks, and one line for each series. */
public final class Chart {
  private static final int LEFT = 52;
  private static final int TOP = 12;
  private static final int BOTTOM = 40;

  private Chart() {}

  /**
   * One line.
   *
   * @param name for the key
   * @param x rising
   * @param y of the same length
   * @param steps whether the value holds until the next x
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Line(String name, double[] x, double[] y, boolean steps) {
    public Line {
      if (x.length != y.length || x.length == 0) {
        throw new IllegalArgumentException(
            "x and y must have the same length, at least 1, got " + x.length + " and " + y.length);
      }
    }
  }

  /** The chart; y from {@code low} to {@code high}. */
  public static String svg(
      int width, int height, String xName, double low, double high, List<Line> lines) {
    double from = Double.POSITIVE_INFINITY;
    double to = Double.NEGATIVE_INFINITY;
    for (Line line : lines) {
      from = Math.min(from, line.x[0]);
      to = Math.max(to, line.x[line.x.length - 1]);
    }
    to = to > from ? to : from + 1;
    double top = high > low ? high : low + 1;
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n"
            .formatted(width, height, width, height));
    double w = width - LEFT - 26.0;
    double h = height - TOP - (double) BOTTOM;
    for (int tick = 0; tick <= 4; tick++) {
      double y = TOP + h - h * tick / 4;
      svg.append(
          element(
              "<line class=\"grid\" x1=\"%d\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
              LEFT, LEFT + w, y, y));
      svg.append(
          element(
              "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
              LEFT - 7, y + 4, number(low + (top - low) * tick / 4)));
      double x = LEFT + w * tick / 4;
      svg.append(
          element(
              "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
              x, TOP + h + 16, number(from + (to - from) * tick / 4)));
    }
    svg.append(
        element(
            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
            LEFT + w / 2, height - 5, PlatePage.text(xName)));
    for (int k = 0; k < lines.size(); k++) {
      Line line = lines.get(k);
      StringBuilder path = new StringBuilder();
      for (int i = 0; i < line.x.length; i++) {
        double x = LEFT + w * (line.x[i] - from) / (to - from);
        double y = TOP + h * (1 - (line.y[i] - low) / (top - low));
        if (i > 0 && line.steps) {
          path.append(String.format(Locale.ROOT, "H%.1f", x));
        }
        path.append(String.format(Locale.ROOT, i == 0 ? "M%.1f %.1f" : "L%.1f %.1f", x, y));
      }
      svg.append(
          element(
              "<path d=\"%s\" fill=\"none\" stroke=\"var(--c%d)\" stroke-width=\"2\"/>",
              path, k % 10));
      if (lines.size() > 1) {
        svg.append(
            element(
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"end\" style=\"fill:var(--c%d)\">%s</text>",
                LEFT + w - 6, TOP + 14 + 16 * k, k % 10, PlatePage.text(line.name)));
      }
    }
    return svg.append("</svg>").toString();
  }

  private static String element(String form, Object... values) {
    return String.format(Locale.ROOT, form, values) + "\n";
  }

  private static String number(double value) {
    double size = Math.abs(value);
    if (value == Math.rint(value) && size < 1e6) {
      return String.format(Locale.ROOT, "%,d", (long) value);
    }
    return String.format(
        Locale.ROOT, size >= 1e5 || size < 1e-3 ? "%.1e" : size >= 10 ? "%.1f" : "%.3g", value);
  }
}
