package dev.semblance.app.report;

/**
 * A measured number with its 95 % interval and one plain sentence on what it means.
 *
 * @param name the key in machine output, for instance {@code precision_at_1}
 * @param label the name for people, for instance {@code Precision at 1}
 * @param scale how the number is written
 * @param value the number; NaN is shown as not measured
 * @param low the lower end of the 95 % interval; NaN if there is none
 * @param high the upper end of the 95 % interval; NaN if there is none
 * @param explanation one sentence, may be empty
 */
public record Metric(
    String name,
    String label,
    Scale scale,
    double value,
    double low,
    double high,
    String explanation) {

  /** How a number is written. */
  public enum Scale {
    /** A share of one, written in per cent and drawn on a common axis. */
    FRACTION,
    /** Any other number, written as it is. */
    NUMBER
  }

  public Metric {
    if (low > high) {
      throw new IllegalArgumentException(
          "low must be <= high in metric " + name + ", got " + low + " > " + high);
    }
  }

  /**
   * A metric with the label, the scale and the sentence that the house gives to its name; a name
   * unknown to it becomes its own label, without a sentence.
   */
  public static Metric of(String name, double value, double low, double high) {
    Glossary.Entry entry = Glossary.entry(name);
    return new Metric(name, entry.label(), entry.scale(), value, low, high, entry.explanation());
  }

  /** As {@link #of(String, double, double, double)}, without an interval. */
  public static Metric of(String name, double value) {
    return of(name, value, Double.NaN, Double.NaN);
  }

  /** Whether both ends of the interval are there. */
  public boolean hasInterval() {
    return Double.isFinite(low) && Double.isFinite(high);
  }
}
