package dev.semblance.generative.gan;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Listener;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.generative.eval.ModeCount;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/**
 * Watches a training of two players for the known ways in which it goes wrong, and names the likely
 * remedy of each in one line.
 *
 * <p>It reads the terms of {@link GanLearner}: as a {@link Listener} of the run, or fed by hand. A
 * fault is told once, when it has lasted for the patience, and again only after it had gone. Owns a
 * small tensor of counters until it is closed.
 */
@Source(key = "chintala2016train", where = "10 and 11: track failures early")
public final class GanFlightRecorder implements Listener, AutoCloseable {
  static final String DISCRIMINATOR = "discriminator";
  static final String DISCRIMINATOR_GRADIENT = "discriminator_gradient";
  static final String GENERATOR_GRADIENT = "generator_gradient";
  static final String TRAIN_OVER_HELD_OUT = "train_over_held_out";

  private final GanFamily.Loss loss;
  private final Limits limits;
  private final List<Finding> findings = new ArrayList<>();
  private final List<Consumer<Finding>> readers = new ArrayList<>();

  /** Steps in a row: discriminator wins, its gradient explodes, the generator's does. */
  private final Tensor streaks;

  private long latest = -1;

  /** Classes missing in the latest count, and those of them already told. */
  private List<Integer> missed = List.of();

  private List<Integer> lostTold = List.of();

  /**
   * When something is a fault.
   *
   * @param discriminatorLoss below it the discriminator has won
   * @param gradientNorm above it a player's gradient explodes
   * @param trainOverHeldOut share of pairs in which the discriminator prefers a training image to a
   *     held-out one; above it it knows them by heart
   * @param share of a class among samples, as a part of that among the data, below which it is lost
   * @param patience steps in a row
   */
  public record Limits(
      double discriminatorLoss,
      double gradientNorm,
      double trainOverHeldOut,
      double share,
      int patience) {
    public Limits {
      Check.positive("discriminatorLoss", discriminatorLoss);
      Check.positive("gradientNorm", gradientNorm);
      Check.between("trainOverHeldOut", trainOverHeldOut, 0.5, 1);
      Check.between("share", share, 0, 1);
      Check.atLeast("patience", patience, 1);
    }

    /**
     * Loss 0.01 and norm 100 (the latter from chintala2016train, 10); 0.65 is four standard errors
     * of the share over two batches of 128; a tenth of the share it should have; 50 steps.
     */
    public static Limits of() {
      return new Limits(0.01, 100, 0.65, 0.1, 50);
    }
  }

  /** What can go wrong, and what usually helps. */
  public enum Fault {
    DISCRIMINATOR_WINS(
        "the discriminator has won and the generator learns nothing",
        "lower discriminator_rate_factor, set real_target=0.9 or instance_noise=0.1, or take"
            + " penalty=r1"),
    DISCRIMINATOR_EXPLODES(
        "the discriminator's gradient explodes",
        "lower the rate, set clip, or take discriminator_norm=spectral or penalty=r1"),
    GENERATOR_EXPLODES(
        "the generator's gradient explodes",
        "lower the rate, set clip, or take loss=hinge with discriminator_norm=spectral"),
    MODES_LOST(
        "classes of the data are missing among the samples",
        "raise the batch, set replay=1024, raise discriminator_steps, or take"
            + " conditioning=projection"),
    DISCRIMINATOR_OVERFITS(
        "the discriminator knows its training images by heart",
        "add data or augmentation, narrow it, or set instance_noise=0.1");

    private final String meaning;
    private final String remedy;

    Fault(String meaning, String remedy) {
      this.meaning = meaning;
      this.remedy = remedy;
    }

    /** What usually helps, in the words of the command line. */
    public String remedy() {
      return remedy;
    }
  }

  /**
   * A fault, or a way back.
   *
   * @param step at which it was found
   * @param fault or, for a way back, the latest one
   * @param line for people: what, how much, what helps
   */
  public record Finding(long step, Fault fault, String line) {}

  /** Watches a game with the given loss. */
  public GanFlightRecorder(GanFamily.Loss loss, Limits limits) {
    this.loss = loss;
    this.limits = limits;
    try (Scope scope = Scope.open()) {
      this.streaks = Scope.own(Ops.longs(new long[3]));
    }
  }

  /** With the usual limits. */
  public static GanFlightRecorder of(GanFamily.Loss loss) {
    return new GanFlightRecorder(loss, Limits.of());
  }

  /** Adds a reader of findings. */
  public GanFlightRecorder tell(Consumer<Finding> reader) {
    readers.add(reader);
    return this;
  }

  /** All findings so far. */
  public List<Finding> findings() {
    return List.copyOf(findings);
  }

  @Override
  public void onStep(long step, StepReport report, double seconds) {
    onTerms(step, report.terms());
  }

  @Override
  public void onEvaluation(long step, List<Term> metrics) {
    for (Term term : metrics) {
      if (term.name().equals(TRAIN_OVER_HELD_OUT) && term.value() > limits.trainOverHeldOut) {
        found(step, Fault.DISCRIMINATOR_OVERFITS, term.value(), limits.trainOverHeldOut);
      }
    }
  }

  /** Looks at the terms of a step, once. */
  void onTerms(long step, List<Term> terms) {
    if (step == latest) {
      return;
    }
    latest = step;
    long[] lasted = Ops.toLongs(streaks);
    for (Term term : terms) {
      switch (term.name()) {
        case DISCRIMINATOR -> {
          // The critic's value is a difference of means and meets 0 where the players are even.
          boolean won =
              loss != GanFamily.Loss.WASSERSTEIN && term.value() < limits.discriminatorLoss;
          count(lasted, 0, won, step, Fault.DISCRIMINATOR_WINS, term.value());
        }
        case DISCRIMINATOR_GRADIENT ->
            count(lasted, 1, high(term), step, Fault.DISCRIMINATOR_EXPLODES, term.value());
        case GENERATOR_GRADIENT ->
            count(lasted, 2, high(term), step, Fault.GENERATOR_EXPLODES, term.value());
        default -> {}
      }
    }
    set(lasted);
  }

  private boolean high(Term term) {
    return term.value() > limits.gradientNorm;
  }

  private void count(
      long[] lasted, int place, boolean wrong, long step, Fault fault, double value) {
    lasted[place] = wrong ? lasted[place] + 1 : 0;
    if (lasted[place] == limits.patience) {
      found(
          step,
          fault,
          value,
          fault == Fault.DISCRIMINATOR_WINS ? limits.discriminatorLoss : limits.gradientNorm);
    }
  }

  /** The classes that a count misses, by the limits. */
  public List<Integer> lost(ModeCount.Modes modes) {
    return modes.lost(limits.share);
  }

  /**
   * Looks at which classes samples are of, as a classifier of the data sees them. A class is lost
   * when it is missing in two such counts in a row: early samples are of few classes, and one count
   * may miss a rare one.
   */
  public void onModes(long step, ModeCount.Modes modes) {
    List<Integer> missing = lost(modes);
    List<Integer> lost = missing.stream().filter(missed::contains).toList();
    if (!lostTold.containsAll(lost)) {
      String numbers = "classes " + lost + " of " + modes.classes() + ", counts " + modes.counts();
      add(new Finding(step, Fault.MODES_LOST, line(step, Fault.MODES_LOST, numbers)));
    }
    missed = missing;
    lostTold = lost;
  }

  private void found(long step, Fault fault, double value, double limit) {
    String numbers = (float) value + ", limit " + (float) limit;
    add(new Finding(step, fault, line(step, fault, numbers)));
  }

  private static String line(long step, Fault fault, String numbers) {
    return "step " + step + ": " + fault.meaning + " (" + numbers + "); " + fault.remedy;
  }

  private void add(Finding finding) {
    findings.add(finding);
    readers.forEach(reader -> reader.accept(finding));
  }

  /** Whether a fault of the updates has lasted. */
  public boolean isFailing() {
    for (long lasted : Ops.toLongs(streaks)) {
      if (lasted >= limits.patience) {
        return true;
      }
    }
    return false;
  }

  /** Whether the latest step had no fault. */
  boolean isCalm() {
    for (long lasted : Ops.toLongs(streaks)) {
      if (lasted > 0) {
        return false;
      }
    }
    return true;
  }

  /** The training went back to its state after {@code step}. */
  void rolledBack(long step) {
    set(new long[3]);
    Fault fault = findings.isEmpty() ? null : findings.getLast().fault();
    if (fault != null) {
      add(
          new Finding(
              step,
              fault,
              "went back to the healthy state after step " + step + "; " + fault.remedy));
    }
  }

  private void set(long[] lasted) {
    try (Scope scope = Scope.open()) {
      streaks.copy_(Ops.longs(lasted));
    }
  }

  /** The live counters. */
  Tensor state() {
    return streaks;
  }

  @Override
  public void close() {
    Scope.release(streaks);
  }
}
