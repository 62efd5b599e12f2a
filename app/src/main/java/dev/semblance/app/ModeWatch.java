package dev.semblance.app;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Listener;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Conditional;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Pixels;
import dev.semblance.generative.Sampler;
import dev.semblance.generative.eval.ModeCount;
import dev.semblance.generative.eval.NearestClass;
import dev.semblance.generative.gan.GanFlightRecorder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts the classes among samples of a model in training and tells its flight recorder. An image
 * is of the class of the training image nearest to it; held-out images, seen the same way, say what
 * shares the classes should have.
 */
final class ModeWatch implements Listener, AutoCloseable {
  private static final int SAMPLES = 500;
  private static final int TOGETHER = 50;
  private static final int KNOWN = 2000;
  private static final long KNOWN_BYTES = 64L << 20;

  private final Net model;
  private final Preprocessing preprocessing;
  private final NearestClass nearest;
  private final ModeCount wanted;
  private final long[] asked;
  private final GanFlightRecorder recorder;
  private final long seed;
  private ModeCount.@Nullable Modes latest;

  private ModeWatch(
      Net model,
      Preprocessing preprocessing,
      NearestClass nearest,
      ModeCount wanted,
      long[] asked,
      GanFlightRecorder recorder,
      long seed) {
    this.model = model;
    this.preprocessing = preprocessing;
    this.nearest = nearest;
    this.wanted = wanted;
    this.asked = asked;
    this.recorder = recorder;
    this.seed = seed;
  }

  /**
   * Of a run.
   *
   * @param model borrowed; its weights are set before each count
   */
  static ModeWatch of(
      Net model,
      Preprocessing preprocessing,
      Trainer.Parts parts,
      ImageSet heldOut,
      GanFlightRecorder recorder,
      long seed) {
    ImageSet training = parts.training();
    ImageShape shape = preprocessing.shape();
    long each = (long) Double.BYTES * shape.channels() * shape.height() * shape.width();
    int known = (int) Math.max(1, Math.min(KNOWN, KNOWN_BYTES / each));
    try (Scope scope = Scope.open()) {
      long[] rows = Drawn.rows(training.size(), Math.min(known, training.size()), seed);
      NearestClass nearest = NearestClass.of(training.images(rows), training.labelsOf(rows));
      long[] seen = Drawn.rows(heldOut.size(), Math.min(SAMPLES, heldOut.size()), seed);
      int classes = parts.whole().classNames().size();
      return new ModeWatch(
          model,
          preprocessing,
          nearest,
          ModeCount.of(nearest.labels(heldOut.images(seen)), classes),
          heldOut.labelsOf(seen),
          recorder,
          seed);
    }
  }

  /** The classes that are not lost among samples of the present weights. */
  Term count() {
    long[] seen = new long[SAMPLES];
    for (int from = 0; from < SAMPLES; from += TOGETHER) {
      int first = from;
      try (Scope scope = Scope.open()) {
        long[] labels =
            nearest.labels(
                Ops.withoutGradient(
                    () ->
                        Pixels.bytes(
                            ((Sampler) model)
                                .sample(Noise.of(seed, first, TOGETHER), condition(first)),
                            preprocessing)));
        System.arraycopy(labels, 0, seen, first, TOGETHER);
      }
    }
    ModeCount.Modes modes = wanted.measure(seen);
    latest = modes;
    return new Term("modes", modes.classes() - recorder.lost(modes).size());
  }

  /** Of a model that takes classes, the classes of held-out images in turn. */
  private Condition condition(int first) {
    if (!(model instanceof Conditional conditional) || conditional.classes() == 0) {
      return Condition.none();
    }
    long[] labels = new long[TOGETHER];
    for (int i = 0; i < TOGETHER; i++) {
      labels[i] = asked[(first + i) % asked.length];
    }
    return new Condition.Labels(labels);
  }

  @Override
  public void onEvaluation(long step, List<Term> metrics) {
    if (latest != null) {
      recorder.onModes(step, latest);
    }
  }

  @Override
  public void close() {
    nearest.close();
  }
}
