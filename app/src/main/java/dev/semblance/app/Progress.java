package dev.semblance.app;

import dev.semblance.core.train.Listener;
import dev.semblance.core.train.StepReport;
import java.io.PrintStream;
import java.util.Locale;

/**
 * A progress bar on standard error: share done, loss, items a second, time left. Silent where
 * standard error is no terminal.
 */
final class Progress implements AutoCloseable, Listener {
  private static final long REDRAW_NANOS = 100_000_000;
  private static final int BAR = 24;

  private final PrintStream terminal;
  private final boolean visible;
  private final int columns;
  private final String what;
  private final long total;
  private final long started = System.nanoTime();
  private long drawn = Long.MIN_VALUE;
  private long first = -1;
  private double smoothLoss = Double.NaN;
  private long items;

  Progress(PrintStream terminal, boolean visible, int columns, String what, long total) {
    this.terminal = terminal;
    this.visible = visible;
    this.columns = columns;
    this.what = what;
    this.total = total;
  }

  /**
   * A bar for {@code total} items of work, visible if both ends of this process are at a terminal.
   */
  static Progress start(String what, long total) {
    // The launcher looks: the JVM itself cannot tell for standard error alone.
    boolean terminal = "1".equals(System.getenv("SEMBLANCE_TTY"));
    return new Progress(System.err, terminal, columns(), what, total);
  }

  private static int columns() {
    try {
      return Math.max(20, Integer.parseInt(System.getenv().getOrDefault("COLUMNS", "80")));
    } catch (NumberFormatException e) {
      return 80;
    }
  }

  /** The work done so far; {@code loss} may be NaN. */
  void update(long done, double loss) {
    if (first < 0) {
      first = done;
    }
    if (Double.isFinite(loss)) {
      smoothLoss = Double.isNaN(smoothLoss) ? loss : 0.9 * smoothLoss + 0.1 * loss;
    }
    long now = System.nanoTime();
    if (visible && (now - drawn >= REDRAW_NANOS || done >= total || drawn == Long.MIN_VALUE)) {
      drawn = now;
      terminal.print("\r" + line(done, (now - started) * 1e-9) + "\u001b[K");
      terminal.flush();
    }
  }

  /** One line of the bar, at most {@code columns - 1} characters. */
  String line(long done, double seconds) {
    double share = total == 0 ? 1 : Math.min(1, (double) done / total);
    int full = (int) Math.round(share * BAR);
    StringBuilder line = new StringBuilder(what);
    line.append(" [").append("#".repeat(full)).append(".".repeat(BAR - full)).append(']');
    line.append(String.format(Locale.ROOT, " %3.0f %%", share * 100));
    if (!Double.isNaN(smoothLoss)) {
      line.append(String.format(Locale.ROOT, "  loss %.4f", smoothLoss));
    }
    double since = Math.max(1e-9, seconds);
    long fresh = done - Math.max(0, first - 1);
    double rate = (items > 0 ? items : fresh) / since;
    line.append(String.format(Locale.ROOT, "  %,.0f items/s", rate));
    if (fresh > 0 && done < total) {
      line.append("  ").append(clock((total - done) * since / fresh)).append(" left");
    }
    return line.length() < columns ? line.toString() : line.substring(0, columns - 1);
  }

  static String clock(double seconds) {
    long whole = Math.max(0, Math.round(seconds));
    return whole >= 3600
        ? String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
  }

  @Override
  public void onStep(long step, StepReport report, double seconds) {
    items += report.items();
    update(step + 1, report.loss());
  }

  @Override
  public void close() {
    if (visible && drawn != Long.MIN_VALUE) {
      terminal.print("\r\u001b[K");
      terminal.flush();
    }
  }
}
