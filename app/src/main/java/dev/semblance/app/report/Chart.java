package dev.semblance.app.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;

/**
 * Shares against a number, drawn into the page itself: it needs no script.
 *
 * @param title above the drawing
 * @param axis what the horizontal axis is
 * @param scale of that axis
 * @param mark a place on the axis that is marked, NaN for none
 * @param markName what stands there
 * @param note a sentence below
 * @param lines at least one
 */
public record Chart(
    String title,
    String axis,
    Scale scale,
    double mark,
    String markName,
    String note,
    List<Line> lines) {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 290;
  private static final int LEFT = 46;
  private static final int RIGHT = 18;
  private static final int TOP = 12;
  private static final int BOTTOM = 40;

  public Chart {
    lines = List.copyOf(lines);
  }

  /** How the horizontal axis runs. */
  public enum Scale {
    /** From 0. */
    LINEAR,
    /** From 0, with marks at whole numbers only. */
    WHOLE,
    /** Logarithmic from 1, which stands for everything below it too. */
    LOGARITHMIC
  }

  /**
   * One line of it.
   *
   * @param name in the key
   * @param stairs whether the value holds until the next place, rather than joining it
   * @param x places, ascending; borrowed
   * @param y shares 0..1; borrowed
   * @param low lower ends of the intervals, empty for none; borrowed
   * @param high upper ends; borrowed
   */
  @SuppressWarnings("ArrayRecordComponent") // plain columns, never compared
  public record Line(
      String name, boolean stairs, double[] x, double[] y, double[] low, double[] high) {
    public Line {
      if (x.length != y.length || low.length != high.length) {
        throw new IllegalArgumentException(
            "x and y, low and high of line "
                + name
                + " must have one length each, got "
                + x.length
                + ", "
                + y.length
                + ", "
                + low.length
                + " and "
                + high.length);
      }
      if (low.length != 0 && low.length != x.length) {
        throw new IllegalArgumentException(
            "intervals of line " + name + " must be " + x.length + " or none, got " + low.length);
      }
    }

    /** A line without intervals. */
    public static Line of(String name, boolean stairs, double[] x, double[] y) {
      return new Line(name, stairs, x, y, new double[0], new double[0]);
    }
  }

  /** The chart as a card of the page. */
  String html() {
    double most = 0;
    for (Line line : lines) {
      for (double x : line.x()) {
        most = Math.max(most, x);
      }
    }
    double right = Double.isNaN(mark) ? most : Math.max(most, mark);
    right = right > 0 ? right : 1;
    StringBuilder html = new StringBuilder("<figure class=\"card\"><header><h3>");
    html.append(Html.text(title)).append("</h3>");
    if (lines.size() > 1) {
      html.append("<span class=\"key\">");
      for (int i = 0; i < lines.size(); i++) {
        html.append("<span><i style=\"background:var(--c").append(i % 10).append(")\"></i>");
        html.append(Html.text(lines.get(i).name())).append("</span>");
      }
      html.append("</span>");
    }
    html.append("</header><div class=\"plotted\">");
    html.append("<svg viewBox=\"0 0 ").append(WIDTH).append(' ').append(HEIGHT);
    html.append("\" role=\"img\" aria-label=\"").append(Html.text(spoken())).append("\">");
    axes(html, right);
    if (!Double.isNaN(mark)) {
      double x = place(mark, right);
      html.append(
          tag(
              "<line class=\"limit\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
              x, x, TOP, HEIGHT - BOTTOM));
      html.append(
          tag(
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">",
              x > WIDTH / 2.0 ? x - 5 : x + 5,
              HEIGHT - BOTTOM - 7,
              x > WIDTH / 2.0 ? "end" : "start"));
      html.append(Html.text(markName)).append("</text>");
    }
    for (int i = 0; i < lines.size(); i++) {
      draw(html, lines.get(i), i % 10, right);
    }
    html.append("</svg></div>");
    if (!note.isBlank()) {
      html.append("<p class=\"remark\">").append(Html.text(note)).append("</p>");
    }
    return html.append("</figure>").toString();
  }

  private void axes(StringBuilder html, double right) {
    for (int percent = 0; percent <= 100; percent += 20) {
      double y = height(percent / 100.0);
      html.append(
          tag(
              "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
              percent == 0 ? "base" : "grid", LEFT, WIDTH - RIGHT, y, y));
      html.append(
          tag(
              "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d\u2009%%</text>",
              LEFT - 6, y + 4, percent));
    }
    for (double tick : ticks(right)) {
      double x = place(tick, right);
      html.append(
          tag(
              "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
              x, x, TOP, HEIGHT - BOTTOM));
      html.append(
          tag(
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
              x, HEIGHT - BOTTOM + 16, written(tick)));
    }
    html.append(tag("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", WIDTH - RIGHT, HEIGHT - 6));
    html.append(Html.text(axis)).append("</text>");
  }

  private void draw(StringBuilder html, Line line, int tone, double right) {
    if (line.x().length == 0) {
      return;
    }
    if (line.low().length > 0) {
      StringBuilder band = new StringBuilder(path(line, line.high(), right));
      double[] back = line.low();
      for (int i = back.length - 1; i >= 0; i--) {
        if (line.stairs() && i < back.length - 1) {
          band.append(point('L', place(line.x()[i + 1], right), height(back[i])));
        }
        band.append(point('L', place(line.x()[i], right), height(back[i])));
      }
      html.append("<path class=\"band\" style=\"fill:var(--c").append(tone).append(")\" d=\"");
      html.append(band).append("Z\"/>");
    }
    html.append("<path class=\"line\" style=\"stroke:var(--c").append(tone).append(")\" d=\"");
    html.append(path(line, line.y(), right)).append("\"/>");
    if (!line.stairs()) {
      for (int i = 0; i < line.x().length; i++) {
        html.append("<circle style=\"fill:var(--c").append(tone);
        html.append(
            tag(
                ")\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>",
                place(line.x()[i], right), height(line.y()[i])));
        html.append(
            Html.text(line.name() + " at " + written(line.x()[i]) + ": " + percent(i, line)));
        html.append("</title></circle>");
      }
    }
  }

  private static String percent(int i, Line line) {
    String value = Html.percent(line.y()[i]) + "\u2009%";
    return line.low().length == 0
        ? value
        : value + " [" + Html.percent(line.low()[i]) + ", " + Html.percent(line.high()[i]) + "]";
  }

  private String path(Line line, double[] values, double right) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      double x = place(line.x()[i], right);
      if (i > 0 && line.stairs()) {
        path.append(point('L', x, height(values[i - 1])));
      }
      path.append(point(i == 0 ? 'M' : 'L', x, height(values[i])));
    }
    return path.toString();
  }

  private String spoken() {
    StringBuilder text = new StringBuilder(title).append(": ");
    for (Line line : lines) {
      int last = line.x().length - 1;
      if (last >= 0) {
        text.append(line.name())
            .append(" from ")
            .append(Html.percent(line.y()[0]))
            .append(" % to ")
            .append(Html.percent(line.y()[last]))
            .append(" %; ");
      }
    }
    return text.append(axis).toString();
  }

  private double place(double value, double right) {
    double share =
        scale == Scale.LOGARITHMIC
            ? Math.log(Math.max(1, value)) / Math.log(Math.max(2, right))
            : value / right;
    return LEFT + Math.clamp(share, 0, 1) * (WIDTH - LEFT - RIGHT);
  }

  private static double height(double share) {
    return TOP + (1 - Math.clamp(share, 0, 1)) * (HEIGHT - TOP - BOTTOM);
  }

  private double[] ticks(double right) {
    if (scale == Scale.LOGARITHMIC) {
      int decades = (int) Math.floor(Math.log10(Math.max(2, right)));
      double[] ticks = new double[decades + 1];
      for (int i = 0; i <= decades; i++) {
        ticks[i] = Math.pow(10, i);
      }
      return ticks;
    }
    double raw = scale == Scale.WHOLE ? Math.max(1, right / 5) : right / 5;
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double step = 10 * power;
    for (double nice : new double[] {1, 2, 5}) {
      if (nice * power >= raw * 0.999) {
        step = nice * power;
        break;
      }
    }
    double[] ticks = new double[(int) Math.floor(right / step * (1 + 1e-9)) + 1];
    for (int i = 0; i < ticks.length; i++) {
      ticks[i] = i * step;
    }
    return ticks;
  }

  private static String written(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,d", (long) value)
        : new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }

  private static String point(char kind, double x, double y) {
    return tag("%c%.1f %.1f", kind, x, y);
  }

  private static String tag(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
