package dev.semblance.app.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Text and numbers as they stand in a page. */
final class Html {
  private Html() {}

  /** Text made safe inside elements and quoted attributes, whatever it holds. */
  static String text(String raw) {
    StringBuilder safe = new StringBuilder(raw.length() + 16);
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        case '\'' -> safe.append("&#39;");
        // Control characters have no meaning in a page, and NUL is an error in one.
        default -> safe.append(c < ' ' && c != '\n' && c != '\t' ? '\uFFFD' : c);
      }
    }
    return safe.toString();
  }

  /** JSON made safe inside a script element: no tag can open or close in it. */
  static String json(String json) {
    // These characters only occur inside JSON strings, where the escape means the same.
    return json.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }

  /** A number of a metric, for people. */
  static String number(Metric.Scale scale, double value) {
    if (Double.isNaN(value)) {
      return "not measured";
    }
    return scale == Metric.Scale.FRACTION && Double.isFinite(value)
        ? String.format(Locale.ROOT, "%.2f\u2009%%", 100 * value)
        : number(value);
  }

  /** A number with about four significant digits. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "\u221E" : "\u2212\u221E";
    }
    double size = Math.abs(value);
    if (value == Math.rint(value) && size < 1e15) {
      return String.format(Locale.ROOT, "%,d", (long) value);
    }
    if (size < 1e-3 || size >= 1e6) {
      return String.format(Locale.ROOT, "%.2e", value);
    }
    int decimals = size >= 1000 ? 1 : size >= 100 ? 2 : size >= 1 ? 3 : 4;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** A small rate in per cent, without zeros that say nothing: 0.1 %, 0.001 %. */
  static String rate(double rate) {
    return Double.isFinite(rate)
        ? BigDecimal.valueOf(100 * rate)
                .round(new MathContext(3))
                .stripTrailingZeros()
                .toPlainString()
            + "\u2009%"
        : number(rate);
  }

  /** A share in per cent with one decimal below ten, without the sign. */
  static String percent(double share) {
    double percent = 100 * share;
    return String.format(Locale.ROOT, percent < 9.95 ? "%.1f" : "%.0f", percent);
  }
}
